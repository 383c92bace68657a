#include "support/frameworks.h"

#include <gtest/gtest-spi.h>

#include <cmath>
#include <set>

#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>

namespace ramie::frameworks {

Op reading(Op op) {
  op.reads_values = true;
  return op;
}
Op unary(Tensor (*f)(const Tensor&), double float32_error) {
  return Op([f](auto& x, auto&) { return f(x[0]); }, float32_error);
}
Op binary(Tensor (*f)(const Tensor&, const Tensor&), double float32_error) {
  return Op([f](auto& x, auto&) { return f(x[0], x[1]); }, float32_error);
}

// --- attributes --------------------------------------------------------------------------------------------

std::int64_t integer(const Json& attributes, const char* name) {
  return attributes.at(name).get<std::int64_t>();
}
Shape numbers(const Json& attributes, const char* name) {
  const Json& value = attributes.at(name);
  if (value.is_null()) return {};
  return value.is_array() ? Shape(value.get<std::vector<std::int64_t>>()) : Shape{value.get<std::int64_t>()};
}
Shape axes(const Json& attributes) { return numbers(attributes, "axis"); }
std::int64_t axis(const Json& attributes) { return integer(attributes, "axis"); }
bool flag(const Json& attributes, const char* name) { return attributes.at(name).get<bool>(); }
bool keepdims(const Json& attributes) { return flag(attributes, "keepdims"); }

namespace {

const std::vector<Case>& all_cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> cases;
    for (auto& file : family().files)
      for (auto& c : oracle::cases(file, "", "frameworks")) cases.push_back(c);
    return cases;
  }();
  return all;
}

// --- an op's results ---------------------------------------------------------------------------------------

struct Results {
  Tensors outputs, gradients, second, tangents;  // the last three as the case has them, without its blanks
};

// y with weights in its dtype, and their product summed.
Tensor weighed(const Tensors& y, const Tensors& weights) {
  Tensor total = zeros({}, float64);
  for (std::size_t i = 0; i < y.size(); ++i) total = total + astype(sum(y[i] * weights[i]), float64);
  return total;
}

// view: 0 for inputs in order, else one of their odd views.
Tensor given(const oracle::Array& a, DType dtype, std::size_t view) {
  const Tensor x = to_tensor(a);
  const Tensor y = x.dtype() == float64 ? x.astype(dtype) : x;
  if (view == 0 || y.rank() == 0) return y;
  const Tensors views = odd_views(y);
  return views[(view - 1) % (y.size() ? views.size() : 2)];  // an empty one has no gaps
}

struct Arguments {
  Tensors x, wanted, directions;  // wanted: those of x that have a gradient, as variables
};
Arguments arguments(const Case& c, DType dtype, std::size_t view) {
  Arguments a;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    a.x.push_back(given(c.inputs[i], dtype, view));
    if (!c.gradients[i]) continue;
    a.wanted.push_back(a.x[i] = variable(a.x[i]));
    if (!c.directions.empty()) a.directions.push_back(given(*c.directions[i], dtype, 0));
  }
  return a;
}

Tensors floating(const Tensors& all) {
  Tensors out;
  for (auto& y : all)
    if (y && is_floating(y.dtype())) out.push_back(y);
  return out;
}

Results results(const Case& c, const Op& op, DType dtype, bool second, std::size_t view = 0) {
  Arguments a = arguments(c, dtype, view);
  Results r{op.call(a.x, c.attributes), {}, {}, {}};
  if (c.cotangents.empty()) return r;
  const Tensors y = floating(r.outputs);
  Tensors dy;
  for (std::size_t i = 0; i < c.cotangents.size(); ++i)
    dy.push_back(variable(given(c.cotangents[i], dtype, 0).astype(y.at(i).dtype())));
  r.gradients = gradients(weighed(y, dy), a.wanted, BackwardOptions{.create_graph = second});
  if (!second) return r;
  const Tensor along = weighed(r.gradients, a.directions);
  r.second = gradients(along, a.wanted, BackwardOptions{.retain_graph = true});
  r.tangents = gradients(along, dy);
  return r;
}

// --- comparisons -------------------------------------------------------------------------------------------

std::map<std::string, double>& worst() {  // of each comparison, for the log
  static std::map<std::string, double> errors;
  return errors;
}

void expect(const Tensor& x, const oracle::Array& a, double tolerance, const std::string& what) {
  ASSERT_EQ(x.shape(), Shape(a.shape)) << what;
  std::vector<double> all = x.to_vector<double>(), found;
  for (std::size_t i = 0; i < all.size(); i += static_cast<std::size_t>(a.step)) found.push_back(all[i]);
  double error = relative_error(found, a.data);
  if (a.step > 1) {
    double sum = 0, scale = 1e-300;
    for (double v : all) sum += v, scale += std::abs(v);
    error = std::max(error, std::abs(sum - a.sum) / scale);
  }
  EXPECT_LE(error, tolerance) << what << ' ' << x << "\nexpected " << testing::PrintToString(a.data);
  double& w = worst()[what.substr(0, what.find(' '))];
  w = std::max(w, error);
}

void expect_zero(const Tensor& x, double tolerance, const std::string& what) {
  for (double v : x.to_vector<double>()) ASSERT_LE(std::abs(v), tolerance) << what << ' ' << x;
}

void expect_all(const Tensors& x, const std::vector<oracle::Array>& a, double tolerance,
                const std::string& what) {
  ASSERT_EQ(x.size(), a.size()) << what;
  for (std::size_t i = 0; i < x.size(); ++i) expect(x[i], a[i], tolerance, what + ' ' + std::to_string(i));
}

// Those of the inputs that have a gradient; where nothing is known of one, it is zero.
void expect_all(const Tensors& x, const std::vector<std::optional<oracle::Array>>& a, const Case& c,
                double tolerance, const std::string& what) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < c.gradients.size(); ++i) {
    if (!c.gradients[i]) continue;
    const std::string label = what + ' ' + std::to_string(i);
    const Tensor& y = x.at(next++);
    if (a[i])
      expect(y, *a[i], tolerance, label);
    else
      expect_zero(y, tolerance, label);
  }
}

void check_first(const Case& c, const Op& op, DType dtype, double tolerance, std::size_t view = 0) {
  const Results r = results(c, op, dtype, false, view);
  const std::string suffix = dtype == float64 ? "" : "32";
  expect_all(r.outputs, c.outputs, tolerance, "values" + suffix);
  if (!c.cotangents.empty()) expect_all(r.gradients, c.gradients, c, tolerance, "gradients" + suffix);
}

void check_second(const Case& c, const Op& op) {
  if (c.second.empty()) return;
  const Results r = results(c, op, float64, true);
  expect_all(r.second, c.second, c, 1e-10, "second");
  expect_all(r.tangents, c.tangents, 1e-10, "tangents");
}

void check_forward(const Case& c, const Op& op) {
  if (c.tangents.empty()) return;
  Tensors x, directions;
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    x.push_back(to_tensor(c.inputs[i]));
    directions.push_back(c.directions[i] ? to_tensor(*c.directions[i]) : Tensor());
  }
  const auto call = [&](const Tensors& in) { return op.call(in, c.attributes); };
  const auto [y, dy] = jvp(call, x, directions);
  expect_all(y, c.outputs, 1e-10, "values");
  expect_all(floating(dy), c.tangents, 1e-10, "jvp");
}

// A batch of two: the case, and the same with every input flipped, which has the op's own result.
void check_mapped(const Case& c, const Op& op) {
  if (c.inputs.empty() || op.reads_values) return;
  Tensors flipped, both;
  for (auto& a : c.inputs) {
    flipped.push_back(flip(to_tensor(a)));
    both.push_back(stack({to_tensor(a), flipped.back()}));
  }
  const Tensors y = vmap([&](const Tensors& x) { return op.call(x, c.attributes); })(both);
  const Tensors second = op.call(flipped, c.attributes);
  ASSERT_EQ(y.size(), c.outputs.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    expect(squeeze(slice(y[i], 0, 0, 1), {0}), c.outputs[i], 1e-10, "vmap");
    expect_near(squeeze(slice(y[i], 0, 1, 2), {0}), second[i], 1e-12);
  }
}

// --- the tests ---------------------------------------------------------------------------------------------

class Frameworks : public testing::TestWithParam<std::string> {
 protected:
  template <class F>
  void each(const F& check) {
    const Op& op = family().ops.at(GetParam());
    std::size_t number = 0;
    for (auto& c : all_cases()) {
      if (c.op != GetParam()) continue;
      SCOPED_TRACE(c);
      check(c, op, number++);
    }
    EXPECT_GT(number, 0u) << "no case of " << GetParam();
  }
};

TEST_P(Frameworks, ValuesAndGradients) {
  each([](const Case& c, const Op& op, std::size_t) { check_first(c, op, float64, 1e-10); });
}
TEST_P(Frameworks, SecondOrder) {
  each([](const Case& c, const Op& op, std::size_t) { check_second(c, op); });
}
TEST_P(Frameworks, OfOddViews) {
  each([](const Case& c, const Op& op, std::size_t n) { check_first(c, op, float64, 1e-10, 1 + n % 3); });
}
TEST_P(Frameworks, InFloat32) {
  each([](const Case& c, const Op& op, std::size_t) { check_first(c, op, float32, op.float32); });
}

TEST_P(Frameworks, Forward) {
  each([](const Case& c, const Op& op, std::size_t) { check_forward(c, op); });
}
TEST_P(Frameworks, UnderVmap) {
  each([](const Case& c, const Op& op, std::size_t) { check_mapped(c, op); });
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (auto& [name, op] : family().ops) out.push_back(name);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Ops, Frameworks, testing::ValuesIn(names()), [](auto& info) { return info.param; });

TEST(Table, NamesEveryOpOfTheData) {
  std::set<std::string> missing;
  for (auto& c : all_cases())
    if (!family().ops.contains(c.op)) missing.insert(c.op);
  EXPECT_TRUE(missing.empty()) << testing::PrintToString(missing);
}

// The same values with gradients of two times the size.
Op doubled(const Op& op) {
  return Op([op](const Tensors& x, const Json& attributes) {
    Tensors y = op.call(x, attributes);
    for (Tensor& t : y)
      if (is_floating(t.dtype())) t = t + (t - stop_gradient(t));
    return y;
  });
}

TEST(Table, WouldShowAWrongGradient) {
  const auto kept = worst();
  for (auto check : {+[](const Case&c, const Op&op) { check_first(c, op, float64, 1e-10); },
                     +[](const Case&c, const Op&op) { check_forward(c, op); }})
    for (auto& c : all_cases()) {
      if (c.tangents.empty() || c.tangents[0].data.empty() || c.tangents[0].data[0] == 0) continue;
      testing::TestPartResultArray failures;
      {
        testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &failures);
        check(c, doubled(family().ops.at(c.op)));
      }
      EXPECT_GT(failures.size(), 0) << c;
    }
  worst() = kept;
}

class Report : public testing::Environment {
  void TearDown() override {
    std::printf("%zu cases; the largest errors:", all_cases().size());
    for (auto& [what, error] : worst()) std::printf(" %s %.2g", what.c_str(), error);
    std::printf("\n");
  }
};
const auto* const report = testing::AddGlobalTestEnvironment(new Report);

}  // namespace
}  // namespace ramie::frameworks
