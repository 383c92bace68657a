#include <ramie/tensor/ops/linalg_spectrum.h>

#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_diagonal.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Values = std::vector<double>;
Values values(const Tensor& x) { return x.to_vector<double>(); }
const double nan = std::nan("");

class Spectrum : public testing::Test {
 protected:
  void SetUp() override {
    if (context.recorder && default_device() != cpu()) GTEST_SKIP() << "LAPACK's tensors leave the device";
  }
};

Tensor turned(const Tensor& x) { return matrix_transpose(x); }
Tensor product(const Tensor& a, const Tensor& b, const Tensor& c) { return matmul(matmul(a, b), c); }
void expect_orthogonal_columns(const Tensor& x) {
  const Tensor one = matmul(turned(x), x);
  expect_near(one, broadcast_to(eye(x.shape(-1), float64), one.shape()), 1e-12);
}
std::vector<Tensor> views(const Tensor& x) { return x.size() ? odd_views(x) : std::vector<Tensor>{x}; }
void check(const TensorFunction& f, const std::vector<Tensor>& x, double tolerance = 1e-5) {
  const auto report = check_gradients([&](const std::vector<Tensor>& x) { return sin(f(x)); }, x,
                                      {.order = 2, .tolerance = tolerance});
  EXPECT_TRUE(report) << report.table;
}
const std::vector<Shape> shapes{{1, 1},    {3, 3},    {5, 3},    {3, 5}, {2, 4, 4}, {2, 3, 6, 2}, {80, 40},
                                {40, 130}, {0, 3, 2}, {2, 0, 3}, {3, 0}, {0, 0},    {1, 7}};

TEST_F(Spectrum, QrOfBatchesAndViews) {
  for (auto& shape : shapes) {
    const Tensor x = random_normal(shape);
    for (auto& v : views(x))
      for (auto mode : {QrMode::reduced, QrMode::complete}) {
        SCOPED_TRACE(str(shape));
        const auto [q, r] = qr(v, mode);
        const std::int64_t m = shape[-2], k = mode == QrMode::complete ? m : std::min(m, shape[-1]);
        EXPECT_EQ(q.shape(-1), k);
        EXPECT_EQ(r.shape(-2), k);
        expect_orthogonal_columns(q);
        expect_near(tril(r, -1), zeros_like(r));
        expect_near(matmul(q, r), x, 1e-12);
      }
  }
  expect_near(abs(qr(tensor({{3., 0.}, {4., 5.}}, float64)).r), Values{5, 4, 0, 3}, {2, 2}, 1e-14);
}

TEST_F(Spectrum, SvdOfBatchesAndViews) {
  for (auto& shape : shapes) {
    const Tensor x = random_normal(shape);
    for (auto& view : views(x)) {
      SCOPED_TRACE(str(shape));
      const auto [u, s, vh] = svd(view);
      expect_orthogonal_columns(u);
      expect_orthogonal_columns(turned(vh));
      expect_near(matmul(u * expand_dims(s, -2), vh), x, 1e-12);
      EXPECT_TRUE(all(s >= 0).item<bool>());
      EXPECT_TRUE(
          all(slice(s, -1, 0, std::max<std::int64_t>(s.shape(-1), 1) - 1) >= slice(s, -1, Range{1, {}, 1}))
              .item<bool>());
      expect_near(svdvals(view), s, 1e-12);
    }
  }
  expect_near(svdvals(tensor({{3., 0.}, {0., -4.}}, float64)), Values{4, 3}, {2}, 1e-14);
}

TEST_F(Spectrum, EighOfBatchesAndViews) {
  for (auto& shape : std::vector<Shape>{{1, 1}, {3, 3}, {2, 5, 5}, {60, 60}, {0, 2, 2}, {2, 0, 0}}) {
    const Tensor x = random_normal(shape), symmetric = x + turned(x);
    for (auto& view : views(symmetric)) {
      SCOPED_TRACE(str(shape));
      const auto [w, v] = eigh(view);
      expect_orthogonal_columns(v);
      expect_near(matmul(v * expand_dims(w, -2), turned(v)), symmetric, 1e-12);
      expect_near(eigvalsh(view), w, 1e-12);
    }
    expect_near(eigvalsh(x), 0.5 * eigvalsh(symmetric), 1e-12);  // what is not symmetric is made so
  }
  expect_near(eigvalsh(tensor({{2., 1.}, {1., 2.}}, float64)), Values{1, 3}, {2}, 1e-14);
}

TEST_F(Spectrum, PseudoInverses) {
  for (auto& shape : shapes) {
    if (Shape(shape).size() == 0) continue;
    const Tensor x = random_normal(shape), y = pinv(x);
    expect_near(product(x, y, x), x, 1e-10);
    expect_near(product(y, x, y), y, 1e-10);
    expect_near(matmul(x, y), turned(matmul(x, y)), 1e-9);
  }
  EXPECT_EQ(pinv(zeros({2, 0, 3})).shape(), (Shape{2, 3, 0}));
  expect_near(pinv(tensor({{2., 0.}, {0., 0.}}, float64)), Values{0.5, 0, 0, 0}, {2, 2}, 1e-15);
  expect_near(pinv(tensor({{2., 0.}, {0., 1.}}, float64), 0.6), Values{0.5, 0, 0, 0}, {2, 2}, 1e-15);
  const Tensor a = random_normal({6, 2}), b = random_normal({6});
  expect_near(matmul(transpose(a), b - matmul(a, lstsq(a, b))) + 1, ones({2}, float64), 1e-12);
  EXPECT_EQ(matrix_rank(matmul(a, transpose(a))).item(), 2);
  EXPECT_EQ(values(matrix_rank(zeros({2, 3, 3}))), (Values{0, 0}));
}

TEST_F(Spectrum, Norms) {
  const Tensor x = tensor({{3., 0.}, {-4., 0.}}, float64);
  for (auto& [order, norm] : std::vector<std::pair<MatrixNorm, double>>{{MatrixNorm::fro, 5},
                                                                        {MatrixNorm::nuc, 5},
                                                                        {MatrixNorm::one, 7},
                                                                        {MatrixNorm::infinity, 4},
                                                                        {MatrixNorm::two, 5}})
    EXPECT_NEAR(matrix_norm(x, order).item(), norm, 1e-14);
  EXPECT_EQ(matrix_norm(random_normal({2, 3, 4}), MatrixNorm::two).shape(), (Shape{2}));
}

TEST_F(Spectrum, DtypesAndWhatIsNotFinite) {
  for (int t = 1; t < dtype_count; ++t) {
    const Tensor x = astype(tensor({{2, 0}, {0, 4}}), static_cast<DType>(t));
    const DType expected = is_floating(x.dtype()) ? x.dtype() : float32;
    for (const Tensor& y : {qr(x).r, svd(x).u, svdvals(x), eigh(x).eigenvectors, eigvalsh(x), pinv(x)})
      EXPECT_EQ(y.dtype(), expected) << name(x.dtype());
    EXPECT_EQ(values(svdvals(x)), (Values{4, 2}));
    EXPECT_EQ(values(eigvalsh(x)), (Values{2, 4}));
  }
  for (double bad : {nan, double(INFINITY)}) {
    const Tensor x = stack({full({3, 3}, bad, float64), eye(3, float64)});
    const Values half{nan, nan, nan, 1, 1, 1};
    expect_near(svdvals(x), half, {2, 3}, 1e-14);
    expect_near(svd(x).s, half, {2, 3}, 1e-14);
    expect_near(eigvalsh(x), half, {2, 3}, 1e-14);
    expect_near(eigh(x).eigenvalues, half, {2, 3}, 1e-14);
    EXPECT_TRUE(std::isnan(qr(x).r[0][0][0].item()));
    EXPECT_TRUE(std::isnan(pinv(x)[0][0][0].item()));
  }
}

// Of vectors only what their signs do not change.
TEST_F(Spectrum, GradientsOfBothOrders) {
  const Tensor tall = random_normal({2, 4, 3}), wide = random_normal({3, 4}), weights = random_normal({4, 4});
  auto cut = [&](const Tensor& x) { return slice(slice(weights, 0, 0, x.shape(-2)), 1, 0, x.shape(-1)); };
  for (const Tensor& x : {tall, wide}) {
    check([](auto& x) { return qr(x[0]).q; }, {x});
    check([](auto& x) { return qr(x[0]).r; }, {x});
    check([](auto& x) { return svdvals(x[0]); }, {x});
    check([](auto& x) { return svd(x[0]).s; }, {x});
    check([&](auto& x) { return square(svd(x[0]).u) * cut(svd(x[0]).u); }, {x});
    check([&](auto& x) { return square(svd(x[0]).vh) * svd(x[0]).s[0][0]; }, {slice(tall, 0, 0, 1)});
    check(
        [](auto& x) {
          const auto [u, s, vh] = svd(x[0]);
          return matmul(u, vh);
        },
        {x});
    check([](auto& x) { return pinv(x[0]); }, {x});
  }
  const Tensor x = random_normal({2, 3, 3}), complete = random_normal({3, 4});
  check([](auto& x) { return eigh(x[0]).eigenvalues; }, {x});
  check([](auto& x) { return eigvalsh(x[0]); }, {x});
  check([](auto& x) { return square(eigh(x[0]).eigenvectors) * expand_dims(eigh(x[0]).eigenvalues, -1); },
        {x});
  check([](auto& x) { return qr(x[0], QrMode::complete).q; }, {complete});
  check([](auto& x) { return lstsq(x[0], x[1]); }, {slice(tall, 0, 0, 1), random_normal({4, 2})});
  for (auto order :
       {MatrixNorm::fro, MatrixNorm::nuc, MatrixNorm::one, MatrixNorm::infinity, MatrixNorm::two})
    check([&](auto& x) { return matrix_norm(x[0], order); }, {tall});
}

// Functions of the whole do not feel that vectors of equal values are not unique.
TEST_F(Spectrum, EqualValues) {
  const Tensor one = variable(eye(3, float64));
  expect_near(gradients(sum(svd(one).s), {one})[0], eye(3, float64), 1e-14);
  expect_near(gradients(sum(exp(eigh(one).eigenvalues)), {one})[0], std::exp(1) * eye(3, float64), 1e-14);
  check([](auto& x) { return pinv(x[0]); }, {eye(3, float64)});
}

TEST_F(Spectrum, Errors) {
  EXPECT_EQ(error_of([&] { eigh(zeros({2, 3})); }), "[eigh] the matrices of float32[2,3] are not square.");
  EXPECT_EQ(error_of([&] { svd(zeros({2})); }), "[svd] float32[2] is no matrix: two axes are needed.");
  const Tensor x = variable(random_normal({4, 2}));
  const std::string text = error_of([&] { gradients(sum(qr(x, QrMode::complete).q), {x}); });
  EXPECT_EQ(text.rfind("[qr_complete]", 0), 0) << text;
}

}  // namespace
}  // namespace ramie
