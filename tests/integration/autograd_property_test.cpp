// Random expressions: reverse mode, forward mode, vmap and finite differences must agree with each other.
//
//   RAMIE_PROPERTY_PROGRAMS=100000 ./integration_autograd_property_test    more of them
//   RAMIE_PROPERTY_SEED=123 ./integration_autograd_property_test           one of them, which is printed
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>

#include <ramie/autograd/jvp.h>
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/error.h>

#include "integration/expressions/ops.h"
#include "support/device.h"
#include "support/sanitizers.h"

namespace ramie {
namespace {

using expressions::List;
using expressions::Op;

constexpr int inputs = 3;
constexpr std::int64_t batch = 3, largest = 60;

struct Step {
  const Op* op;
  std::vector<std::size_t> from;
  int choice;
};

// Values 0..2 are the arguments; each step adds one; the last is the result.
struct Expression {
  std::vector<Shape> shapes;
  std::vector<Step> steps;

  Tensor operator()(const List& arguments) const {
    List values = arguments;
    for (auto& s : steps) values.push_back(run(s, values));
    return values.back();
  }
  static Tensor run(const Step& s, const List& values) {
    List x;
    for (auto i : s.from) x.push_back(values[i]);
    return s.op->f(x, s.choice);
  }
};
std::string str(const Expression& e) {
  std::ostringstream out;
  for (std::size_t i = 0; i < e.shapes.size(); ++i)
    out << "v" << i << " = float64" << ramie::str(e.shapes[i]) << "\n";
  for (std::size_t i = 0; i < e.steps.size(); ++i) {
    out << "v" << inputs + i << " = " << e.steps[i].op->name << "(";
    for (auto f : e.steps[i].from) out << "v" << f << ", ";
    out << "choice " << e.steps[i].choice << ")\n";
  }
  return out.str();
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : g_(seed) {}
  int below(std::size_t n) { return static_cast<int>(g_() % n); }
  Tensor normal(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(shape.size()));
    std::normal_distribution<double> normal;
    for (double& v : values) v = normal(g_);
    return from_vector(values, shape);
  }
  List normal(const std::vector<Shape>& shapes) {
    List out;
    for (auto& s : shapes) out.push_back(normal(s));
    return out;
  }

 private:
  std::mt19937_64 g_;
};

bool moderate(const Tensor& x) {
  if (x.size() > largest || x.rank() > 4 || x.size() == 0) return false;
  const double m = max(abs(x)).item();
  return std::isfinite(m) && m < 50;
}

// Shapes that broadcast with each other in most cases.
std::vector<Shape> random_shapes(Random& random) {
  const std::int64_t a = 1 + random.below(4), b = 1 + random.below(4);
  const Shape all[] = {{a, b}, {b}, {a, 1}, {}, {1, b}, {2, a, b}, {a}};
  std::vector<Shape> out;
  for (int i = 0; i < inputs; ++i) out.push_back(all[random.below(7)]);
  return out;
}

Expression random_expression(Random& random) {
  Expression e{random_shapes(random), {}};
  List values = random.normal(e.shapes);
  const int length = 2 + random.below(6);
  for (int tries = 0; tries < 40 && static_cast<int>(e.steps.size()) < length; ++tries) {
    const auto& ops = expressions::all_ops();
    Step s{&ops[static_cast<std::size_t>(random.below(ops.size()))], {}, random.below(12)};
    s.from.push_back(e.steps.empty() || random.below(3) == 0
                         ? static_cast<std::size_t>(random.below(values.size()))
                         : values.size() - 1);
    if (s.op->inputs == 2) s.from.push_back(static_cast<std::size_t>(random.below(values.size())));
    try {
      const Tensor y = Expression::run(s, values);
      if (!moderate(y)) continue;
      values.push_back(y);
      e.steps.push_back(s);
    } catch (const Error&) {  // shapes that do not fit
    }
  }
  return e;
}

double product(const Tensor& a, const Tensor& b) { return a.size() ? sum(a * b).item() : 0; }
double product(const List& a, const List& b) {
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out += product(a[i], b[i]);
  return out;
}
double norm_of(const List& a) { return std::sqrt(product(a, a)); }
bool close(double a, double b, double scale, double tolerance) {
  return std::abs(a - b) <= tolerance * (1 + scale + std::abs(a) + std::abs(b));
}
double difference(const Tensor& a, const Tensor& b) {
  return a.size() ? max(abs(a - b)).item() / (1 + max(abs(b)).item()) : 0;
}
List moved(const List& x, const List& v, double by) {
  List out;
  for (std::size_t i = 0; i < x.size(); ++i) out.push_back(x[i] + v[i] * by);
  return out;
}
List at(const List& batches, std::int64_t i) {
  List out;
  for (auto& b : batches) out.push_back(b[i]);
  return out;
}

// What does not agree; empty if all does.
class Check {
 public:
  Check(const Expression& e, Random& random)
      : f_(e), x_(random.normal(e.shapes)), v_(random.normal(e.shapes)) {
    for (auto& s : e.shapes) {
      Shape many = s;
      many.insert(0, batch);
      xs_.push_back(random.normal(many));
    }
    y_ = f_(x_);
    u_ = random.normal(y_.shape());
  }
  std::string run() {
    if (!moderate(y_)) return "";  // these values led elsewhere
    const auto [y, dy] = jvp(f_, x_, v_);
    const auto [value, pullback] = vjp(f_, x_);
    const List g = pullback(u_);
    if (difference(y, y_) > 1e-13 || difference(value, y_) > 1e-13) return "a transform changes the value";
    const double forward = product(u_, dy), reverse = product(g, v_);
    const double scale = norm_of(g) * norm_of(v_);
    if (!std::isfinite(forward) || scale > 1e6) return "";
    if (!close(forward, reverse, scale, 1e-11)) return text("jvp", forward, "vjp", reverse);
    if (auto e = check_differences(forward, scale); !e.empty()) return e;
    if (auto e = check_batches(); !e.empty()) return e;
    return check_second();
  }

 private:
  static std::string text(const char* a, double x, const char* b, double y) {
    std::ostringstream out;
    out.precision(17);
    out << a << " gives " << x << ", " << b << " " << y;
    return out.str();
  }
  double slope(double h) const {
    return (product(u_, f_(moved(x_, v_, h))) - product(u_, f_(moved(x_, v_, -h)))) / (2 * h);
  }
  // At several steps: a kink in the way of one may be out of that of another, and a curve wants small ones.
  std::string check_differences(double forward, double scale) const {
    double numeric = 0;
    for (const double h : {1e-5, 1e-6, 1e-4, 1e-7}) {
      numeric = slope(h);
      if (close(numeric, forward, scale, 1e-5)) return "";
    }
    return text("jvp", forward, "the differences", numeric);
  }
  Tensor pulled(const List& x) const { return sum(f_(x) * u_); }
  std::string check_batches() const {
    const Tensor y = vmap(f_)(xs_);
    const List g =
        vmap([this](const List& x) { return grad([this](const List& x) { return pulled(x); })(x); })(xs_);
    const List of_sum = grad([this](const List& x) { return sum(vmap(f_)(x) * u_); })(xs_);
    for (std::int64_t i = 0; i < batch; ++i) {
      const List x = at(xs_, i);
      if (const double d = difference(y[i], f_(x)); !(d < 1e-11))
        return text("vmap is off by", d, "row", double(i));
      const List single = grad([this](const List& x) { return pulled(x); })(x);
      if (const double big = norm_of(single); !(big < 1e6)) continue;
      for (std::size_t k = 0; k < single.size(); ++k) {
        if (const double d = difference(g[k][i], single[k]); !(d < 1e-9))
          return text("vmap of grad is off by", d, "row", double(i));
        if (const double d = difference(of_sum[k][i], single[k]); !(d < 1e-9))
          return text("grad of vmap is off by", d, "row", double(i));
      }
    }
    return "";
  }
  // Forward over reverse against reverse over forward and over reverse.
  std::string check_second() const {
    const auto loss = [this](const List& x) { return pulled(x); };
    const List a = hvp(loss, x_, v_);
    const List b = grad([&](const List& x) { return jvp(loss, x, v_).second; })(x_);
    const List c = grad([&](const List& x) { return along(grad(loss)(x), v_); })(x_);
    const double scale = norm_of(a);
    if (!(scale < 1e6)) return "";
    for (std::size_t k = 0; k < a.size(); ++k)
      for (auto* other : {&b, &c})
        if (const double d = difference(a[k], (*other)[k]) / (1 + scale); !(d < 1e-9))
          return text("the second orders differ by", d, "argument", double(k));
    return check_mixed(scale);
  }
  // The gradient of a batch of gradients by what the batch has in common.
  std::string check_mixed(double scale) const {
    const auto slope = [this](const Tensor& w, const List& rest) {
      return grad([&](const Tensor& w) { return pulled({w, rest[0], rest[1]}); })(w);
    };
    const List rest{xs_[1], xs_[2]};
    const auto mapped = [&](const Tensor& w) {
      return sum(vmap([&](const List& r) { return slope(w, r); })(rest) * v_[0]);
    };
    const auto looped = [&](const Tensor& w) {
      Tensor total = sum(w * 0);
      for (std::int64_t i = 0; i < batch; ++i) total = total + sum(slope(w, at(rest, i)) * v_[0]);
      return total;
    };
    const Tensor a = grad(mapped)(x_[0]), b = grad(looped)(x_[0]);
    if (!(norm_of({b}) < 1e6)) return "";
    const double d = difference(a, b) / (1 + scale);
    return d < 1e-9 ? "" : text("grad of vmap of grad is off by", d, "scale", scale);
  }
  static Tensor along(const List& g, const List& v) {
    Tensor out = sum(g[0] * v[0]);
    for (std::size_t i = 1; i < g.size(); ++i) out = out + sum(g[i] * v[i]);
    return out;
  }

  const Expression& f_;
  List x_, v_, xs_;
  Tensor y_, u_;
};

std::string failure(const Expression& e, std::uint64_t seed) {
  Random random(seed);
  try {
    return Check(e, random).run();
  } catch (const std::exception& error) {
    return error.what();
  }
}

// Steps are left out as long as it fails.
Expression shrunk(Expression e, std::uint64_t seed) {
  while (e.steps.size() > 1) {
    Expression shorter = e;
    shorter.steps.pop_back();
    if (failure(shorter, seed).empty()) break;
    e = shorter;
  }
  return e;
}

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(AutogradProperty, ModesAgreeOnRandomExpressions) {
  const std::uint64_t one = environment("RAMIE_PROPERTY_SEED", 0);
  const bool slow = address_sanitizer || thread_sanitizer || slow_device() || std::getenv("RAMIE_TEST_MODE");
  const std::uint64_t count = one ? 1 : environment("RAMIE_PROPERTY_PROGRAMS", slow ? 300 : 10000);
  int failures = 0;
  std::map<std::string, int> uses;
  for (std::uint64_t i = 0; i < count && failures < 5; ++i) {
    const std::uint64_t seed = one ? one : 1000 + i;
    Random random(seed);
    const Expression e = random_expression(random);
    if (one) std::cout << str(e);
    for (auto& s : e.steps) ++uses[s.op->name];
    if (failure(e, seed).empty()) continue;
    const Expression small = shrunk(e, seed);
    ADD_FAILURE() << "RAMIE_PROPERTY_SEED=" << seed << ": " << failure(small, seed) << "\n" << str(small);
    ++failures;
  }
  if (count < 10000) return;
  for (auto& op : expressions::all_ops()) EXPECT_GE(uses[op.name], 20) << op.name;
}

}  // namespace
}  // namespace ramie
