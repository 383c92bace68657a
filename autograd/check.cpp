#include <ramie/autograd/check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// A fixed projection to one number, with weights that no symmetry of f can cancel.
Tensor project(const Tensor& y) {
  std::vector<double> w(static_cast<std::size_t>(y.size()));
  for (std::size_t i = 0; i < w.size(); ++i)
    w[i] = 0.5 + std::fmod(0.754877666 * static_cast<double>(i + 1), 1.0);
  return sum(y * from_vector(w, y.shape()).to(y.device()).astype(y.dtype()));
}

class Check {
 public:
  Check(const TensorFunction& f, const std::vector<Tensor>& inputs, CheckOptions options)
      : f_(f), inputs_(inputs), options_(options) {}

  GradientCheck run(const char* what) {
    const std::vector<Tensor> analytic = gradients_at(inputs_, false);
    for (std::size_t k = 0; k < inputs_.size(); ++k)
      if (is_floating(inputs_[k].dtype())) compare(what, k, analytic[k].to_vector<double>());
    return report_;
  }
  // The gradients, as one projected number that can be differentiated again.
  Tensor projected_gradients(const std::vector<Tensor>& x) const {
    Tensor total;
    for (auto& g : gradients_at(x, true))
      if (g && g.graph()) total = total ? total + project(g) : project(g);
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

  void compare(const char* what, std::size_t k, const std::vector<double>& analytic) {
    const std::vector<double> x = inputs_[k].to_vector<double>();
    double worst = 0;
    std::string line = fmt::format("{} input {}: no elements\n", what, k);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double h = options_.step * std::max(1.0, std::abs(x[i]));
      const double up = value(moved(k, i, h)), down = value(moved(k, i, -h));
      const double numeric = (up - down) / (2 * h);
      const double error =
          std::abs(numeric - analytic[i]) / std::max({1.0, std::abs(numeric), std::abs(analytic[i])});
      if (i > 0 && !(error > worst) && !std::isnan(error)) continue;
      worst = std::isnan(error) ? INFINITY : error;
      line = fmt::format("{} input {} element {}: analytic {:.10g}, numeric {:.10g}, error {:.2g}{}\n", what,
                         k, i, analytic[i], numeric, error,
                         error > options_.tolerance ? kink(up, down, h, numeric) : "");
      if (std::isnan(error)) break;
    }
    report_.table += line;
    report_.worst = std::max(report_.worst, worst);
    report_.passed = report_.worst <= options_.tolerance;
  }
  const char* kink(double up, double down, double h, double slope) const {
    const double here = value(inputs_), right = (up - here) / h, left = (here - down) / h;
    return std::abs(right - left) > 0.01 * std::max(1.0, std::abs(slope)) ? " (kink?)" : "";
  }

  const TensorFunction& f_;
  const std::vector<Tensor>& inputs_;
  CheckOptions options_;
  GradientCheck report_;
};

}  // namespace

GradientCheck check_gradients(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              CheckOptions options) {
  if (options.order < 1 || options.order > 2)
    fail("check_gradients", fmt::format("order {} is not 1 or 2.", options.order));
  Check first(f, inputs, options);
  GradientCheck report = first.run("first order,");
  if (options.order == 1) return report;
  const TensorFunction g = [&](const std::vector<Tensor>& x) { return first.projected_gradients(x); };
  GradientCheck second = Check(g, inputs, options).run("second order,");
  return {report.passed && second.passed, std::max(report.worst, second.worst), report.table + second.table};
}

}  // namespace ramie
