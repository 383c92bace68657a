#include <ramie/autograd/check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/text_table.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using Row = GradientCheck::Row;

// A fixed projection to one number, with weights that no symmetry of f can cancel.
Tensor project(const Tensor& y) {
  std::vector<double> w(static_cast<std::size_t>(y.size()));
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = 0.5 + std::fmod(0.754877666 * static_cast<double>(i + 1), 1.0);
  return sum(y * from_vector(w, y.shape()).to(y.device()).astype(y.dtype()));
}

// The index of the element at a position in row-major order.
Shape index_of(std::int64_t position, Shape shape) {
  for (int axis = shape.rank(); axis-- > 0;) {
    const auto length = shape[axis];
    shape[axis] = position % length;
    position /= length;
  }
  return shape;
}

// NaN counts as the worst.
bool worse(const Row& a, const Row& b) {
  return std::isnan(a.error) ? !std::isnan(b.error) : a.error > b.error;
}

class Check {
 public:
  Check(const TensorFunction& f, const std::vector<Tensor>& inputs, CheckOptions options)
      : f_(f), inputs_(inputs), options_(options) {}

  std::vector<Row> run(int order) {
    const std::vector<Tensor> analytic = gradients_at(inputs_, false);
    std::vector<Row> rows;
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      if (is_floating(inputs_[k].dtype())) compare(order, k, analytic[k].to_vector<double>(), rows);
    return rows;
  }
  // The gradients, as one projected number that can be differentiated again. Those without a graph count,
  // too: theirs may have been cut by mistake.
  Tensor projected_gradients(const std::vector<Tensor>& x) const {
    Tensor total;
    for (auto& g : gradients_at(x, true))
      if (g) total = total ? total + project(g) : project(g);
    return total ? total : zeros({}, float64).to(x[0].device());
  }

 private:
  double value(const std::vector<Tensor>& x) const { return project(f_(x)).item(); }

  std::vector<Tensor> gradients_at(const std::vector<Tensor>& x, bool create_graph) const {
    std::vector<Tensor> leaves = x, wrt;
    for (auto& t : leaves) {
      if (!is_floating(t.dtype())) continue;
      if (!t.graph()) t = variable(t);
      wrt.push_back(t);
    }
    std::vector<Tensor> found = gradients(project(f_(leaves)), wrt, {.create_graph = create_graph}), out;
    auto next = found.begin();
    for (auto& t : leaves) out.push_back(is_floating(t.dtype()) ? *next++ : Tensor());
    return out;
  }

  std::vector<Tensor> moved(std::size_t k, std::size_t element, double by) const {
    std::vector<Tensor> x = inputs_;
    std::vector<double> values = x[k].to_vector<double>();
    values[element] += by;
    x[k] = from_vector(values, x[k].shape()).to(x[k].device()).astype(x[k].dtype());
    return x;
  }

  void compare(int order, std::size_t k, const std::vector<double>& analytic, std::vector<Row>& rows) const {
    const std::vector<double> x = inputs_[k].to_vector<double>();
    const std::size_t first = rows.size();
    if (x.empty()) rows.push_back({order, static_cast<int>(k), inputs_[k].layout(), {}, 0, 0, 0, "empty"});
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Row row = element(order, k, i, x[i], analytic[i]);
      if (options_.all_elements || rows.size() == first)
        rows.push_back(row);
      else if (worse(row, rows.back()))
        rows.back() = row;
    }
  }
  Row element(int order, std::size_t k, std::size_t i, double x, double analytic) const {
    const Layout& l = inputs_[k].layout();
    const double h = options_.step * std::max(1.0, std::abs(x));
    const double up = value(moved(k, i, h)), down = value(moved(k, i, -h)), numeric = (up - down) / (2 * h);
    const double error =
        std::abs(numeric - analytic) / std::max({1.0, std::abs(numeric), std::abs(analytic)});
    return {order,    static_cast<int>(k),
            l,        index_of(static_cast<std::int64_t>(i), l.shape),
            analytic, numeric,
            error,    verdict(error, up, down, h, numeric)};
  }
  const char* verdict(double error, double up, double down, double h, double slope) const {
    if (std::isnan(error)) return "NaN";
    if (error <= options_.tolerance) return "ok";
    const double here = value(inputs_), right = (up - here) / h, left = (here - down) / h;
    return std::abs(right - left) > 0.01 * std::max(1.0, std::abs(slope)) ? "kink" : "WRONG";
  }

  const TensorFunction& f_;
  const std::vector<Tensor>& inputs_;
  CheckOptions options_;
};

std::string table_of(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> text{
      {"order", "input", "shape", "element", "analytic", "numeric", "error", "verdict"}};
  for (auto& r : rows) {
    const bool empty = r.layout.size == 0;
    const auto number = [&](double v) { return empty ? "-" : fmt::format("{:.10g}", v); };
    text.push_back({fmt::format("{}", r.order), fmt::format("{}", r.input), str(r.layout),
                    empty ? "-" : str(r.element), number(r.analytic), number(r.numeric),
                    empty ? "-" : fmt::format("{:.2g}", r.error), r.verdict});
  }
  return detail::text_table(text);
}

// What helps where a check of small floats failed: their differences drown in rounding.
std::string advice(const std::vector<Row>& rows, const CheckOptions& options) {
  for (auto& r : rows)
    if (r.error > options.tolerance && r.layout.dtype != float64 && (options.step < 1e-3))
      return fmt::format(
          "Input {} is {}: a step of {:g} drowns in rounding. Check in float64, or with a step of 1e-2 and a "
          "tolerance of 1e-2.\n",
          r.input, str(r.layout), options.step);
  return "";
}

}  // namespace

GradientCheck check_gradients(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              CheckOptions options) {
  if (options.order < 1 || options.order > 2)
    fail("check_gradients", fmt::format("order {} is not 1 or 2.", options.order));
  Check first(f, inputs, options);
  GradientCheck report;
  report.rows = first.run(1);
  if (options.order == 2) {
    const TensorFunction g = [&](const std::vector<Tensor>& x) { return first.projected_gradients(x); };
    const auto second = Check(g, inputs, options).run(2);
    report.rows.insert(report.rows.end(), second.begin(), second.end());
  }
  for (auto& r : report.rows) report.worst = std::max(report.worst, std::isnan(r.error) ? INFINITY : r.error);
  report.passed = report.worst <= options.tolerance;
  report.table = table_of(report.rows) + advice(report.rows, options);
  return report;
}

std::string compare(const std::string& name, const Tensor& mine, const Tensor& autograds) {
  if (mine.shape() != autograds.shape())
    return fmt::format("{}: WRONG, your shape is {}, autograd's {}", name, str(mine.shape()),
                       str(autograds.shape()));
  const auto a = mine.to_vector<double>(), b = autograds.to_vector<double>();
  if (a == b) return fmt::format("{}: exact", name);
  double worst = 0, scale = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::isnan(a[i] - b[i]) ? INFINITY : std::abs(a[i] - b[i]);
    if (difference > worst) worst = difference, at = i;
    scale = std::max(scale, std::abs(b[i]));
  }
  if (worst <= 1e-5 * scale) return fmt::format("{}: approximate, max diff {:.2g}", name, worst);
  return fmt::format("{}: WRONG, max diff {:.2g} at {}", name, worst,
                     str(index_of(static_cast<std::int64_t>(at), mine.shape())));
}

}  // namespace ramie
