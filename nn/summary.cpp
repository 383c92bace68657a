#include <ramie/nn/summary.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <ostream>

#include <ramie/nn/size_text.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {
namespace {

// What is launched; the values that cells get, it keeps to itself.
class LaunchCounter final : public Recorder {
 public:
  explicit LaunchCounter(std::function<void(double flops)> count) : count_(std::move(count)) {}
  void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) override {
    if (!launch.type->flops) return;
    count_(launch.type->flops(launch.kernel.get(), layouts(out), layouts(in)));
  }
  const Tensor& get(const std::shared_ptr<Cell>& cell) override {
    if (const auto at = values_.find(cell); at != values_.end()) return at->second;
    return around_ ? around_->get(cell) : cell->value;
  }
  void set(const std::shared_ptr<Cell>& cell, Tensor value) override { values_[cell] = std::move(value); }
  void read(const char*, const Tensor&) override {}
  void forget(const Storage& storage) override {
    if (around_) around_->forget(storage);
  }

 private:
  static std::vector<const Layout*> layouts(std::span<const Tensor> x) {
    std::vector<const Layout*> out;
    for (auto& t : x) out.push_back(t ? &t.layout() : nullptr);
    return out;
  }
  std::function<void(double)> count_;
  std::map<std::shared_ptr<Cell>, Tensor> values_;
  Recorder* around_ = context.recorder;
};

bool lies_in(std::string_view path, std::string_view module) {
  return module.empty() || path == module || (path.starts_with(module) && path[module.size()] == '.');
}

// Random streams, for one, are no layers.
bool has_part(const SummaryRow& row) { return row.calls > 0 || row.bytes > 0 || row.flops > 0; }

// RNN<GRUCell> is an RNN; its cell has a row of its own.
std::string layer_text(const SummaryRow& row) {
  const std::string name = row.type_name.substr(0, row.type_name.find('<'));
  return row.calls > 1 ? fmt::format("{} x{}", name, row.calls) : name;
}

using Line = std::array<std::string, 6>;

Line line(const std::string& path, const SummaryRow& r) {
  return {path,
          layer_text(r),
          r.output ? str(*r.output) : "",
          detail::grouped(r.parameters),
          detail::bytes_text(static_cast<double>(r.bytes)),
          detail::amount_text(r.flops)};
}

std::string aligned(const Line& line, const std::array<std::size_t, 6>& widths) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i)
    out += i < 3 ? fmt::format("{:<{}}  ", line[i], widths[i]) : fmt::format("{:>{}}  ", line[i], widths[i]);
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

}  // namespace

const SummaryRow& Summary::at(std::string_view path) const {
  std::string there;
  for (auto& row : rows) {
    if (row.path == path) return row;
    if (!row.path.empty()) there += (there.empty() ? "" : ", ") + row.path;
  }
  fail("summary", fmt::format("the model has no module \"{}\". Its modules are {}.", path, there));
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  std::vector<Line> lines{{"path", "layer", "output", "parameters", "bytes", "FLOPs"}};
  for (auto& row : summary.rows)
    if (!row.path.empty() && has_part(row)) lines.push_back(line(row.path, row));
  lines.push_back(line("total", summary.total()));
  std::array<std::size_t, 6> widths{};
  for (auto& l : lines)
    for (std::size_t i = 0; i < l.size(); ++i) widths[i] = std::max(widths[i], l[i].size());
  std::string rule;
  for (std::size_t i = 0, n = aligned(lines[0], widths).size() - 1; i < n; ++i) rule += "─";
  for (std::size_t i = 0; i < lines.size(); ++i)
    out << (i == 1 || i + 1 == lines.size() ? rule + "\n" : "") << aligned(lines[i], widths);
  return out;
}

namespace detail {

class Summarizer::Rows final : public Observer {
 public:
  explicit Rows(ModulePaths paths) : paths_(std::move(paths)) {
    const auto& all = paths_.all();
    if (all.empty() || !all[0].path.empty()) rows.emplace_back();  // a model that is no module
    first_ = rows.size();
    for (auto& m : all) rows.push_back({m.path, m.type_name});
    own_flops_.resize(rows.size());
  }
  void after(const ModuleId& id, const Tensor&, Tensor* output) override {
    const int at = paths_.find(id);
    if (at < 0) return;
    SummaryRow& row = rows[first_ + static_cast<std::size_t>(at)];
    ++row.calls;
    if (output && *output && !row.output) row.output = output->layout();
  }
  // Of the innermost module that runs.
  void add_flops(double flops) {
    const auto& running = running_modules();
    for (auto id = running.rbegin(); id != running.rend(); ++id)
      if (const int at = paths_.find(*id); at >= 0) {
        own_flops_[first_ + static_cast<std::size_t>(at)] += flops;
        return;
      }
    own_flops_[0] += flops;
  }
  void add_up() {
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (auto& row : rows)
        if (lies_in(rows[i].path, row.path)) row.flops += own_flops_[i];
    own_flops_.assign(rows.size(), 0);
  }
  std::vector<SummaryRow> rows;

 private:
  ModulePaths paths_;
  std::size_t first_ = 0;
  std::vector<double> own_flops_;
};

Summarizer::Summarizer(ModulePaths paths, const std::vector<Found>& variables)
    : rows_(std::make_shared<Rows>(std::move(paths))) {
  for (auto& f : variables) {
    const Tensor value = f.variable->value();
    if (!value || is<RngState>(f.path, *f.kind)) continue;
    for (auto& row : rows_->rows) {
      if (!lies_in(f.path, row.path)) continue;
      row.bytes += static_cast<std::int64_t>(value.layout().bytes());
      if (is<Param>(f.path, *f.kind)) row.parameters += value.size();
    }
  }
}

void Summarizer::run(const std::function<Tensor()>& f) {
  const Observing observing(rows_);
  LaunchCounter counter([&](double flops) { rows_->add_flops(flops); });
  const Restore<Recorder*> counting(context.recorder, &counter);
  const Restore<bool> no_grad(context.grad_enabled, false);
  const Tensor output = f();
  SummaryRow& model = rows_->rows[0];
  if (output && !model.output) model.output = output.layout();
  rows_->add_up();
}

Summary Summarizer::finish() const { return {rows_->rows}; }

}  // namespace detail
}  // namespace ramie::nn
