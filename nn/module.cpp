#include <ramie/nn/module.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include <ramie/nn/size_text.h>

namespace ramie::nn::detail {

void Printer::line(std::string_view name) {
  out_ << std::string(static_cast<std::size_t>(2 * depth_), ' ');
  if (!name.empty()) out_ << name << " = ";
}
void Printer::variable(std::string_view name, VariableBase& variable, const VariableKind& kind) {
  line(name);
  const Tensor& value = variable.cell()->value;
  out_ << kind.name() << "(" << (value ? str(value.layout()) : "empty") << ")\n";
}
void Printer::enter(std::string_view name, std::string_view type_name) {
  line(name);
  out_ << type_name << "(\n";
  ++depth_;
}
void Printer::leave() {
  --depth_;
  line("");
  out_ << ")\n";
}
void Printer::setting(std::string_view name, const std::string& text) {
  line(name);
  out_ << text << "\n";
}

std::string sizes(const std::vector<Found>& variables) {
  struct Total {
    int variables = 0;
    std::int64_t elements = 0, bytes = 0;
  };
  std::vector<std::pair<std::string, Total>> kinds;
  for (auto& f : variables) {
    const Tensor& value = f.variable->cell()->value;
    auto at = std::find_if(kinds.begin(), kinds.end(), [&](auto& k) { return k.first == f.kind->name(); });
    if (at == kinds.end()) at = kinds.insert(at, {f.kind->name(), {}});
    Total& t = at->second;
    ++t.variables;
    if (value) t.elements += value.size(), t.bytes += static_cast<std::int64_t>(value.layout().bytes());
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](auto& a, auto& b) { return a.second.bytes > b.second.bytes; });
  std::string out;
  for (auto& [name, t] : kinds)
    out += fmt::format("{}{}: {} ({}) in {} variable{}", out.empty() ? "" : "; ", name, grouped(t.elements),
                       bytes_text(static_cast<double>(t.bytes)), t.variables, t.variables == 1 ? "" : "s");
  return out.empty() ? "no variables" : out;
}

std::string whole_text(std::int64_t n) { return std::to_string(n); }
std::string setting_text(double x) { return fmt::format("{}", x); }
std::string setting_text(float x) { return fmt::format("{}", x); }
std::string setting_text(const std::string& s) { return fmt::format("'{}'", s); }
std::string setting_text(DType t) { return std::string(name(t)); }
std::string setting_text(const Shape& s) { return str(s); }
std::string setting_text(const Padding& p) {
  if (p.kind == Padding::Kind::same) return "SAME";
  if (p.kind == Padding::Kind::valid) return "VALID";
  if (p.kind == Padding::Kind::circular) return "CIRCULAR";
  if (p.kind == Padding::Kind::reflect) return "REFLECT";
  if (p.kind == Padding::Kind::causal) return "CAUSAL";
  std::string of_axes;
  for (int i = 0; i < p.axes; ++i)
    of_axes += fmt::format("{}({}, {})", i ? ", " : "", p.of[static_cast<std::size_t>(i)][0],
                           p.of[static_cast<std::size_t>(i)][1]);
  return fmt::format("({})", of_axes);
}

}  // namespace ramie::nn::detail
