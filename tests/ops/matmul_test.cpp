#include <ramie/autograd/ops/matmul.h>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/ops/matmul.h>

#include "ops/doubling_epilogue.h"
#include "support/ops.h"

namespace ramie {
namespace {

TEST(Matmul, IsJaxs) {
  for (const auto& c : oracle::cases("matmul")) check_case(c, [](auto& x) { return matmul(x[0], x[1]); });
}

TEST(Matmul, HandWorked) {
  const Tensor a = tensor({{1, 2, 3}, {4, 5, 6}}), b = tensor({{1, 0}, {0, 1}, {2, -1}});
  expect_near(matmul(a, b), {7, -1, 16, -1}, {2, 2});
  expect_near(matmul(a, tensor({1, 1, 1})), {6, 15}, {2});
  expect_near(matmul(tensor({1, -1}), a), {-3, -3, -3}, {3});
  expect_near(matmul(tensor({1, 2}), tensor({3, 4})), {11}, {});
}

Tensor naive(const Tensor& a, const Tensor& b) { return launch(kernels::naive::Matmul{}, a, b); }

// All sizes around tiles and vectors, plain, transposed, flipped and with gaps.
TEST(Matmul, EqualsTheNaiveKernel) {
  for (const auto& [dtype, tolerance] : {std::pair(float64, 1e-13), std::pair(float32, 1e-5)})
    for (const auto& [m, n, k] : {std::array{1, 1, 1},
                                  {3, 5, 7},
                                  {1, 33, 65},
                                  {64, 1, 100},
                                  {17, 31, 500},
                                  {130, 140, 20},
                                  {1, 700, 3},
                                  {600, 3, 40}}) {
      const Tensor a = random_normal({m, k}, dtype), b = random_normal({k, n}, dtype);
      const Tensor expected = naive(a, b);
      expect_near(matmul(a, b), expected, tolerance);
      for (auto& p : odd_views(a))
        for (auto& q : odd_views(b)) expect_near(matmul(p, q), expected, tolerance);
    }
}

TEST(Matmul, SplitsLargeProducts) {
  const Tensor a = random_normal({1030, 70}, float32), b = random_normal({70, 1100}, float32);
  const Tensor expected = naive(a, b);
  expect_near(matmul(a, b), expected, 1e-5);
  expect_near(matmul(a, contiguous(b.T()).T()), expected, 1e-5);
  expect_near(matmul(contiguous(a.T()).T(), b), expected, 1e-5);
}

TEST(Matmul, BroadcastsBatches) {
  const Tensor a = random_normal({2, 1, 3, 4}), b = random_normal({5, 4, 6});
  const Tensor y = matmul(a, b);
  ASSERT_EQ(y.shape(), (Shape{2, 5, 3, 6}));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 5; ++j) expect_near(y.index({i, j}), matmul(a.index({i, 0}), b[j]), 1e-14);
}

// Batch axes that are no single stride, with and without matrices that must be copied first.
TEST(Matmul, BatchesOfAnyStrides) {
  const Tensor heads = random_normal({3, 5, 4, 6});  // (batch, time, head, features)
  const Tensor q = swapaxes(heads, 1, 2), k = swapaxes(random_normal({3, 5, 4, 6}), 1, 2);
  const auto expect_naive = [](const Tensor& a, const Tensor& b) {
    expect_near(matmul(a, b), naive(a, b), 1e-13);
  };
  expect_naive(q, swapaxes(k, -1, -2));
  expect_naive(flip(q), swapaxes(k, -1, -2));
  expect_naive(broadcast_to(flip(random_normal({3, 1, 5, 6})), {3, 4, 5, 6}), swapaxes(k, -1, -2));
  expect_naive(broadcast_to(flip(random_normal({5, 6})), {3, 4, 5, 6}),
               broadcast_to(random_normal({6, 2}), {3, 4, 6, 2}));
  expect_naive(broadcast_to(random_normal({1, 1}), {5, 6}), broadcast_to(random_normal({}), {6, 2}));
  expect_naive(slice(q, 0, 0, 3, 2), slice(swapaxes(k, -1, -2), 0, 0, 3, 2));
}

// Sizes around the tiles of whole numbers.
TEST(Matmul, IntegersOfAnySize) {
  for (DType t : {bool_, uint8, int8, int16, int32, uint32, int64})
    for (const auto& [m, n, k] : {std::array{1, 1, 1}, {33, 31, 17}, {32, 64, 16}, {5, 70, 33}}) {
      const Tensor a = random_integers({2, m, k}, 0, 100, t), b = random_integers({2, k, n}, 0, 100, t);
      expect_near(matmul(a, b), naive(a, b), 0);
      expect_near(matmul(flip(a), flip(b)), naive(flip(a), flip(b)), 0);
    }
}

// The CPU is always strict; others round the factors of float32 only where they may.
TEST(Matmul, PrecisionIsAskedFor) {
  const Tensor a = random_normal({32, 64}, float32), b = random_normal({64, 16}, float32);
  const auto error = [](const Tensor& x, const Tensor& y) {
    return relative_error(matmul(x, y).to_vector<double>(),
                          naive(astype(x, float64), astype(y, float64)).to_vector<double>());
  };
  EXPECT_LE(error(a, b), 1e-6);
  for (const auto& [p, least, most] :
       {std::tuple(Precision::tf32, 2e-5, 2e-3), {Precision::bf16, 2e-5, 2e-2}}) {
    const PrecisionScope scope(p);
    const bool rounds = default_device().kind != DeviceKind::cpu;
    EXPECT_GE(error(a, b), rounds ? least : 0) << str(p);
    EXPECT_LE(error(a, b), rounds ? most : 1e-6) << str(p);
    EXPECT_LE(error(astype(a, float64), astype(b, float64)), 1e-14);
    const PrecisionScope strict(Precision::strict);
    EXPECT_LE(error(a, b), 1e-6);
  }
}

TEST(Matmul, SmallFloatsAndIntegers) {
  const Tensor a = random_integers({3, 4, 5}, -9, 9), b = random_integers({3, 5, 2}, -9, 9);
  const Tensor y = matmul(a, b);
  EXPECT_EQ(y.dtype(), int32);
  expect_near(matmul(astype(a, float64), astype(b, float64)), y, 0);
  for (DType t : {float16, bfloat16}) {
    EXPECT_EQ(matmul(astype(a, t), astype(b, t)).dtype(), t);
    expect_near(matmul(astype(a, t), astype(b, t)), y, t == float16 ? 1e-3 : 8e-3);
  }
  EXPECT_EQ(matmul(astype(a, int8), astype(b, float32)).dtype(), float32);
  const Tensor yes = astype(tensor({{1, 0}, {1, 1}}), bool_);
  EXPECT_EQ(matmul(yes, yes).to_vector<int>(), (std::vector<int>{1, 0, 1, 1}));
}

// Whole numbers wrap around, as numpy's do.
TEST(Matmul, IntegersWrapAround) {
  const Tensor a = full({1, 2}, 100, int8);
  EXPECT_EQ(matmul(a, a.T()).item<int>(), 20000 - 78 * 256);
}

TEST(Matmul, OfNothingIsZero) {
  expect_near(matmul(zeros({2, 0}), zeros({0, 3})), std::vector<double>(6, 0), {2, 3});
  expect_near(matmul(zeros({2, 0}, bfloat16), zeros({0, 3}, bfloat16)), std::vector<double>(6, 0), {2, 3});
  EXPECT_EQ(matmul(zeros({0, 4}), zeros({4, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(matmul(zeros({5, 0, 4}), zeros({4, 3})).shape(), (Shape{5, 0, 3}));
  EXPECT_EQ(matmul(zeros({0, 2, 4}), zeros({0, 4, 3})).shape(), (Shape{0, 2, 3}));
}

TEST(Matmul, GradientsEqualDifferences) {
  for (const auto& [p, q] : {std::pair(Shape{3, 2}, Shape{2, 4}),
                             {{2}, {2, 3}},
                             {{3, 2}, {2}},
                             {{3}, {3}},
                             {{2, 3, 2}, {2, 2}},
                             {{2, 1, 2, 3}, {2, 3, 2}}}) {
    const auto report = check_gradients([](const Tensor& a, const Tensor& b) { return square(matmul(a, b)); },
                                        {random_normal(p), random_normal(q)}, {.order = 2});
    EXPECT_TRUE(report) << str(p) << str(q) << report.table;
  }
}

TEST(Matmul, BitsDoNotDependOnThreads) {
  const Tensor a = random_normal({1030, 70}, float32), b = random_normal({70, 600}, float32),
               c = random_normal({4, 70, 33}, float32);
  expect_same_bits_for_any_threads([&] { return matmul(a, b); });
  expect_same_bits_for_any_threads([&] { return matmul(a, c); });
  const Tensor x = random_normal({32, 3136}, float32), w = random_normal({3136, 256}, float32),
               dy = random_normal({32, 256}, float32);
  expect_same_bits_for_any_threads([&] { return matmul(x, w); });
  expect_same_bits_for_any_threads([&] { return matmul(x.T(), dy); });
  expect_same_bits_for_any_threads([&] { return matmul(dy, w.T()); });
}

// All ways to compute a product: in parts and blocks, turned, with vectors, through other dtypes.
TEST(Matmul, HandsEachElementToTheEpilogueOnce) {
  const DeviceScope on(cpu());
  for (DType t : {float32, float64, bfloat16, int32})
    for (const auto& [m, n, k] : {std::array{1, 1, 1},
                                  {3, 5, 7},
                                  {1, 33, 65},
                                  {1, 700, 3},
                                  {64, 1, 100},
                                  {600, 3, 40},
                                  {5, 40, 1},
                                  {300, 70, 1},
                                  {2, 3, 0},
                                  {0, 3, 2},
                                  {17, 31, 500},
                                  {130, 140, 20}}) {
      SCOPED_TRACE(std::string(name(t)) + str(Shape{m, n, k}));
      const Tensor a = random_normal({2, m, k}).astype(t), b = random_normal({2, k, n}).astype(t),
                   turned = contiguous(swapaxes(b, 1, 2));
      for_some_threads([&] {
        expect_epilogue(kernels::Matmul{}, a, b);
        expect_epilogue(kernels::Matmul{}, a, swapaxes(turned, 1, 2));
        expect_epilogue(kernels::Matmul{}, a[0], b[1]);
      });
    }
}

// Pieces that pay for a call: some rows each, though the sums come in several parts.
TEST(Matmul, HandsLargePiecesToTheEpilogue) {
  const DeviceScope on(cpu());
  for (const auto& [m, n, k] : {std::array{1030, 300, 700}, {130, 2100, 40}, {2100, 130, 600}}) {
    const int pieces =
        expect_epilogue(kernels::Matmul{2}, random_normal({m, k}, float32), random_normal({k, n}, float32));
    EXPECT_GE(m * n / pieces, 500) << m;
  }
}

TEST(Matmul, NamesWhatDoesNotFit) {
  const auto error = [](const Shape& a, const Shape& b) {
    return error_of([&] { matmul(zeros(a), zeros(b)); });
  };
  EXPECT_EQ(error({2, 3}, {4, 5}),
            "[matmul] the last axis of a (3) must be as long as the last but one of b (4): a is "
            "float32[2,3], b float32[4,5].");
  EXPECT_EQ(
      error({2, 3}, {4}),
      "[matmul] the last axis of a (3) must be as long as that of b (4): a is float32[2,3], b float32[4].");
  EXPECT_EQ(error({}, {4}), "[matmul] a number is no matrix: a is float32[], b float32[4]. Multiply with *.");
  EXPECT_EQ(error({2, 3, 4}, {3, 4, 5}),
            "[matmul] shapes (2,) and (3,) do not broadcast: axis 1 from the right has lengths 2 and 3; they "
            "must be equal "
            "or 1.");
  const auto of_kernel = [](const Tensor& a, const Tensor& b) {
    return error_of([&] { launch(kernels::Matmul{}, a, b); });
  };
  EXPECT_EQ(of_kernel(zeros({2, 3}), zeros({4, 5})),
            "[matmul] the columns of a (3) are not the rows of b (4): a is float32[2,3], b float32[4,5].");
  EXPECT_EQ(of_kernel(zeros({2, 3}), zeros({3, 5}, float64)),
            "[matmul] the dtypes differ: a is float32[2,3], b float64[3,5].");
  EXPECT_EQ(of_kernel(zeros({2, 3}), zeros({1, 3, 5})),
            "[matmul] matrices with the same number of batch axes are needed: a is float32[2,3], b "
            "float32[1,3,5].");
  EXPECT_EQ(of_kernel(zeros({2, 3, 3}), zeros({1, 3, 5})),
            "[matmul] the batch axes differ: a is float32[2,3,3], b float32[1,3,5].");
}

}  // namespace
}  // namespace ramie
