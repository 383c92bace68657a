// What all elementwise ops share: JAX's values and gradients, promotion, broadcasting, strides, threads,
// errors.
#include <ramie/autograd/ops/elementwise.h>

#include <map>

#include "support/ops.h"

namespace ramie {
namespace {

using List = std::vector<Tensor>;
using Op = std::function<Tensor(const List&, const oracle::Json&)>;
#define UNARY(f)                                                   \
  {                                                                \
#f, [](const List& x, const oracle::Json&) { return f(x[0]); } \
  }
#define BINARY(f)                                                        \
  {                                                                      \
#f, [](const List& x, const oracle::Json&) { return f(x[0], x[1]); } \
  }
const std::map<std::string, Op> all_ops = {
    UNARY(negative),
    UNARY(abs),
    UNARY(sign),
    UNARY(square),
    UNARY(exp),
    UNARY(expm1),
    UNARY(sin),
    UNARY(cos),
    UNARY(tanh),
    UNARY(sigmoid),
    UNARY(softplus),
    UNARY(erf),
    UNARY(relu),
    UNARY(relu6),
    UNARY(silu),
    UNARY(floor),
    UNARY(ceil),
    UNARY(round),
    UNARY(reciprocal),
    UNARY(sqrt),
    UNARY(rsqrt),
    UNARY(log),
    UNARY(log1p),
    UNARY(erf_inv),
    BINARY(add),
    BINARY(subtract),
    BINARY(multiply),
    BINARY(divide),
    BINARY(power),
    BINARY(maximum),
    BINARY(minimum),
    BINARY(remainder),
    {"where", [](const List& x, const oracle::Json&) { return where(x[0], x[1], x[2]); }},
    {"leaky_relu",
     [](const List& x, const oracle::Json& a) { return leaky_relu(x[0], a.value("negative_slope", 0.01)); }},
    {"elu", [](const List& x, const oracle::Json& a) { return elu(x[0], a.value("alpha", 1.0)); }},
    {"gelu", [](const List& x, const oracle::Json& a) { return gelu(x[0], a.value("approximate", true)); }},
    {"log_sigmoid", [](const List& x, const oracle::Json&) { return -softplus(-x[0]); }},
};

TEST(Elementwise, ValuesAndGradientsAreThoseOfJax) {
  for (const auto& c : oracle::cases("elementwise")) {
    ASSERT_TRUE(all_ops.contains(c.op)) << c.op;
    check_case(c, [&](const List& x) { return all_ops.at(c.op)(x, c.attributes); });
  }
}

TEST(Elementwise, DtypesPromote) {
  const DType types[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                         int64, float16, bfloat16, float32, float64};
  for (DType a : types) {
    for (DType b : types) {
      const Tensor y = ones({3}, a) + ones({3}, b);
      EXPECT_EQ(y.dtype(), promote(a, b)) << name(a) << " + " << name(b);
      EXPECT_EQ(y.to_vector<double>(), std::vector<double>(3, promote(a, b) == bool_ ? 1 : 2))
          << name(a) << name(b);
      EXPECT_EQ(less(ones({1}, a), zeros({1}, b)).dtype(), bool_);
    }
    EXPECT_EQ(exp(ones({2}, a)).dtype(), is_floating(a) ? a : float32);
    EXPECT_EQ((ones({2}, a) / ones({2}, a)).dtype(), is_floating(a) ? a : float32);
    EXPECT_EQ((ones({2}, a) * 1.5).dtype(), is_floating(a) ? a : float32);
    EXPECT_EQ((ones({2}, a) * 2).dtype(), a == bool_ ? int32 : a);
  }
}

TEST(Elementwise, ANumberNeverWidens) {
  EXPECT_EQ((tensor({1, 2}, int8) + 1).to_vector<int>(), (std::vector<int>{2, 3}));
  EXPECT_EQ((tensor({127}, int8) + 1).to_vector<int>(), (std::vector<int>{-128}));
  EXPECT_EQ((tensor({255}, uint8) + 1).to_vector<int>(), (std::vector<int>{0}));
  EXPECT_EQ((tensor({1.0F}) + 1e-9).to_vector<float>(), (std::vector<float>{1}));
  // The number is rounded to the tensor's dtype before it is added.
  const Tensor y = tensor({1000}, bfloat16) * 1.001;
  EXPECT_EQ(y.item<float>(), float(BFloat16(1000 * float(BFloat16(1.001F)))));
}

TEST(Elementwise, IntegersWrap) {
  const std::int32_t top = std::numeric_limits<std::int32_t>::max(),
                     bottom = std::numeric_limits<std::int32_t>::min();
  const Tensor x = from_vector(std::vector<std::int32_t>{top, bottom});
  EXPECT_EQ((x + 1).to_vector<std::int32_t>(), (std::vector<std::int32_t>{bottom, bottom + 1}));
  EXPECT_EQ((x * 2).to_vector<std::int32_t>(), (std::vector<std::int32_t>{-2, 0}));
  EXPECT_EQ(abs(x).to_vector<std::int32_t>(), (std::vector<std::int32_t>{top, bottom}));
  const std::int64_t large = (std::int64_t{1} << 53) + 1;  // no double holds it
  const Tensor z = from_vector(std::vector<std::int64_t>{large});
  EXPECT_EQ((z + large).item<std::int64_t>(), 2 * large);
  EXPECT_EQ(maximum(z, 1).item<std::int64_t>(), large);
}

TEST(Elementwise, UnsignedIntegersUseTheirWholeRange) {
  const Tensor x = from_vector(std::vector<std::uint32_t>{4000000000U, 1});
  EXPECT_EQ((x / 2).to_vector<double>(), (std::vector<double>{2e9, 0.5}));
  EXPECT_EQ((x > 2).to_vector<int>(), (std::vector<int>{1, 0}));
  EXPECT_EQ((x + x).to_vector<std::uint32_t>(), (std::vector<std::uint32_t>{3705032704U, 2}));
}

TEST(Elementwise, HalfPrecisionComputesInFloat) {
  for (DType t : {float16, bfloat16}) {
    const Tensor x = random_normal({37}, t), y = random_normal({37}, t), wide = x.astype(float32);
    EXPECT_EQ((x * y + x).to_vector<float>(),
              ((wide * y.astype(float32)).astype(t).astype(float32) + wide).astype(t).to_vector<float>());
    EXPECT_EQ(tanh(x).to_vector<float>(), tanh(wide).astype(t).to_vector<float>());
  }
}

// Every combination of lengths 1 and n that broadcasts, against a loop.
TEST(Elementwise, Broadcasts) {
  const Shape lengths = {2, 3, 5};
  for (int mask = 0; mask < 64; ++mask) {
    Shape a = lengths, b = lengths;
    for (int i = 0; i < 3; ++i) a[i] = mask >> i & 1 ? 1 : a[i], b[i] = mask >> (i + 3) & 1 ? 1 : b[i];
    const Tensor x = random_normal(a), y = random_normal(b);
    const Shape joint = broadcast("test", a, b);
    const Tensor xs = contiguous(broadcast_to(x, joint)), ys = contiguous(broadcast_to(y, joint));
    EXPECT_EQ((x - y).to_vector<double>(), (xs - ys).to_vector<double>()) << str(a) << str(b);
  }
}

TEST(Elementwise, BroadcastsLongAndShortRows) {
  for (std::int64_t rows : {1, 2, 7, 300}) {
    for (std::int64_t columns : {1, 2, 3, 10, 64, 65, 100, 511, 512, 513, 1300}) {
      const Tensor x = random_normal({rows, columns}), row = random_normal({columns}),
                   column = random_normal({rows, 1});
      const auto a = x.to_vector<double>(), b = row.to_vector<double>(), c = column.to_vector<double>();
      std::vector<double> sums, products;
      for (std::size_t i = 0; i < a.size(); ++i) {
        sums.push_back(a[i] + b[i % b.size()]);
        products.push_back(c[i / b.size()] * a[i]);
      }
      EXPECT_EQ((x + row).to_vector<double>(), sums) << rows << " " << columns;
      EXPECT_EQ((column * x).to_vector<double>(), products) << rows << " " << columns;
      EXPECT_EQ((x.astype(float32) + row).to_vector<double>(),
                (x.astype(float32).astype(float64) + row).to_vector<double>());
    }
  }
}

// Channels and masks of images: rows of a few elements, and those of one, repeated. Tiles end in the middle
// of a row, and images in the middle of a tile.
TEST(Elementwise, BroadcastsOverPixelsAndChannels) {
  for (const DType t : {float32, float64, float16, uint8, bool_, int64})
    for (const std::int64_t channels : {1, 2, 3, 4, 8, 9})
      for (const std::int64_t pixels : {1, 5, 700}) {
        const Tensor x = random_normal({3, pixels, channels}).astype(float32);
        for (const Shape& shape :
             {Shape{3, pixels, 1}, Shape{3, 1, channels}, Shape{1, pixels, 1}, Shape{3, 1, 1}}) {
          const Tensor y = (random_normal(shape) * 4).astype(t);
          const Tensor dense = contiguous(broadcast_to(y, x.shape()));
          EXPECT_EQ((x * y).to_vector<double>(), (x * dense).to_vector<double>())
              << str(x.shape()) << str(y.layout());
          EXPECT_EQ(where(y, x, 0).to_vector<double>(), where(dense, x, 0).to_vector<double>());
        }
      }
}

TEST(Elementwise, EightAxesAndNone) {
  const Tensor x = random_normal({2, 1, 3, 1, 2, 1, 2, 3}), y = random_normal({1, 2, 1, 3, 1, 2, 2, 1});
  const Tensor z = x * y;
  EXPECT_EQ(z.shape(), (Shape{2, 2, 3, 3, 2, 2, 2, 3}));
  const Tensor xs = contiguous(broadcast_to(x, z.shape())), ys = contiguous(broadcast_to(y, z.shape()));
  EXPECT_EQ(z.to_vector<double>(), (xs * ys).to_vector<double>());
  EXPECT_EQ((tensor(2.5) + tensor(1.5)).item(), 4);
  EXPECT_EQ((tensor(2.5) + tensor(1.5)).rank(), 0);
}

TEST(Elementwise, EmptyTensors) {
  for (const Shape& s : {Shape{0}, Shape{3, 0}, Shape{0, 2, 0}}) {
    EXPECT_EQ(exp(zeros(s)).shape(), s);
    EXPECT_EQ((zeros(s) + ones(s)).size(), 0);
    EXPECT_EQ((zeros(s, int32) < 3).dtype(), bool_);
  }
  EXPECT_EQ((zeros({0, 3}) + ones({3})).shape(), (Shape{0, 3}));
  EXPECT_EQ((zeros({0, 3}) * ones({1, 1})).shape(), (Shape{0, 3}));
}

TEST(Elementwise, AnyStrides) {
  for (const Shape& s : {Shape{5}, Shape{4, 7}, Shape{70, 90}, Shape{3, 4, 5}, Shape{2, 700}}) {
    const Tensor x = random_normal(s, float32), y = random_normal(s, float32);
    const auto expected = (x * y).to_vector<float>();
    for (const Tensor& view : odd_views(x)) {
      EXPECT_EQ((view * y).to_vector<float>(), expected) << str(s);
      EXPECT_EQ((y * view).to_vector<float>(), expected) << str(s);
      EXPECT_EQ(exp(view).to_vector<float>(), exp(x).to_vector<float>()) << str(s);
      EXPECT_EQ((view < y).to_vector<int>(), (x < y).to_vector<int>()) << str(s);
      EXPECT_EQ(where(view > 0, view, y).to_vector<float>(), where(x > 0, x, y).to_vector<float>()) << str(s);
    }
  }
}

// An element's bits do not depend on its place: the rest of a row goes through the same vectors.
TEST(Elementwise, EveryLengthHasTheSameBits) {
  const Tensor x = random_normal({67}, float32), y = abs(random_normal({67}, float32));
  for (const auto& f : std::vector<std::function<Tensor(const Tensor&, const Tensor&)>>{
           [](auto&a, auto&b) { return a / b; }, [](auto&a, auto&) { return gelu(a); },
           [](auto&a, auto&b) { return power(b, a); }, [](auto&a, auto&b) { return a < b; },
           [](auto&a, auto&) { return erf(a); }, [](auto&a, auto&b) { return log(b) + sin(a * 30000); }}) {
    const auto whole = f(x, y).to_vector<float>();
    for (std::int64_t n = 1; n <= 67; ++n) {
      const auto part = f(x.slice(0, 67 - n, 67), y.slice(0, 67 - n, 67)).to_vector<float>();
      EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.end() - n)) << n;
    }
  }
}

// Vectors begin where they are aligned, which depends on the dtype, and on where a slice begins.
TEST(Elementwise, EveryDtypeAtEveryOffset) {
  for (int t = 0; t < dtype_count; ++t) {
    const Tensor x = random_integers({100}, 0, 5, static_cast<DType>(t)),
                 y = random_integers({100}, 0, 5, static_cast<DType>(t));
    const auto whole = (x + y).to_vector<double>(), a = x.to_vector<double>(), b = y.to_vector<double>();
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(whole[i], t == 0 ? a[i] || b[i] : a[i] + b[i]);
    for (std::int64_t begin = 0; begin < 9; ++begin)
      for (std::int64_t n : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 64, 90}) {
        const auto part = [&](const Tensor& v) { return v.slice(0, begin, begin + n); };
        EXPECT_EQ((part(x) + part(y)).to_vector<double>(),
                  std::vector<double>(whole.begin() + begin, whole.begin() + begin + n));
        EXPECT_EQ((part(x) < part(y)).to_vector<int>(), part(x < y).to_vector<int>());
      }
  }
}

TEST(Elementwise, MoreElementsThanThreadsOfAGrid) {
  const std::int64_t n = (std::int64_t{1} << 22) + 5;
  const auto values = (arange(0, n, 1, float64) * 2).to_vector<std::int64_t>();
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < n; ++i) wrong += values[static_cast<std::size_t>(i)] != 2 * i;
  EXPECT_EQ(wrong, 0);
}

TEST(Elementwise, AnyNumberOfThreadsGivesTheSameBits) {
  const Tensor x = random_normal({50021}, float32), m = random_normal({331, 173}, float32),
               row = random_normal({173}, float32);
  expect_same_bits_for_any_threads([&] { return tanh(x) * x + 1; });
  expect_same_bits_for_any_threads([&] { return gelu(m + row); });
  expect_same_bits_for_any_threads([&] { return exp(transpose(m)) / (transpose(m) + 3); });
  expect_same_bits_for_any_threads([&] { return (x.astype(float16) * 3).astype(float32); });
  expect_same_bits_for_any_threads([&] { return x < 0.5; });
}

TEST(Elementwise, GradientsReachBroadcastAndConvertedOperands) {
  const Tensor a = variable(random_normal({3, 1}, float32)), b = variable(random_normal({4}, float64));
  const auto g = gradients(a * b, {a, b}, ones({3, 4}, float64));
  EXPECT_TRUE(g[0].layout().same(a.layout()));
  EXPECT_TRUE(g[1].layout().same(b.layout()));
  const double total = b.to_vector<double>()[0] + b.to_vector<double>()[1] + b.to_vector<double>()[2] +
                       b.to_vector<double>()[3];
  EXPECT_NEAR(g[0].to_vector<double>()[0], total, 1e-6);
  const Tensor h = variable(random_normal({5}, float16));
  EXPECT_EQ(gradients(h * random_normal({5}, float32), {h}, ones({5}, float32))[0].dtype(), float16);
  const Tensor w = variable(random_normal({5}, float32));
  EXPECT_EQ(gradients(w * tensor({1, 2, 3, 4, 5}), {w}, ones({5}))[0].to_vector<double>(),
            (std::vector<double>{1, 2, 3, 4, 5}));
}

TEST(Elementwise, Errors) {
  EXPECT_EQ(error_of([] {
              zeros({2, 3}) + zeros({4});
            }),
            "[add] shapes (2, 3) and (4,) do not broadcast: axis 1 from the right has lengths 3 and 4; they "
            "must be equal "
            "or 1.");
  EXPECT_EQ(error_of([] { where(ones({2}, bool_), zeros({3}), zeros({3})); }).substr(0, 8), "[where] ");
  EXPECT_EQ(error_of([] { exp(Tensor()); }),
            "[tensor] an undefined Tensor was used: it was never assigned, or was moved from.");
  EXPECT_EQ(error_of([] { zeros({2}) * Tensor(); }), error_of([] { exp(Tensor()); }));
  const std::string text = "bool has no such arithmetic: use not_equal or logical_not, or astype first.";
  EXPECT_EQ(error_of([] { ones({2}, bool_) - ones({2}, bool_); }), "[subtract] " + text);
  EXPECT_EQ(error_of([] { -ones({2}, bool_); }), "[negative] " + text);
}

}  // namespace
}  // namespace ramie
