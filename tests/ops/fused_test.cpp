#include <ramie/tensor/ops/fused.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "support/device.h"
#include "support/ops.h"

namespace ramie::kernels {
namespace {

// A chain, and beside it what the single launches give.
class Both {
 public:
  explicit Both(Shape shape) : shape_(shape) {}

  // Any view of as many elements.
  std::uint16_t input(const Tensor& x) {
    tensors_.push_back(x);
    chain_.inputs.push_back(x.layout());
    values_.insert(values_.begin() + static_cast<std::ptrdiff_t>(tensors_.size()) - 1, reshape(x, shape_));
    return static_cast<std::uint16_t>(tensors_.size() - 1);
  }
  // All inputs come first.
  std::uint16_t add(const std::variant<Elementwise, Cast>& kernel, const std::vector<std::uint16_t>& x) {
    const Tensor y = std::visit([&](auto& k) { return single(k, x); }, kernel);
    Chain::Instruction i{kernel, {}, y.dtype()};
    std::copy(x.begin(), x.end(), i.operands.begin());
    chain_.instructions.push_back(i);
    values_.push_back(y);
    return static_cast<std::uint16_t>(values_.size() - 1);
  }
  std::uint16_t add(const Op& op, const std::vector<std::uint16_t>& x) { return add(Elementwise(op), x); }
  void result(std::uint16_t value) {
    chain_.results.push_back(static_cast<std::uint16_t>(value - tensors_.size()));
    chain_.outputs.push_back(values_[value].layout());
  }
  const Chain& chain() const { return chain_; }
  DType dtype(std::size_t value) const { return values_[value].dtype(); }
  std::size_t values() const { return values_.size(); }

  void expect_equal() const {
    expect_equal(launch_all(Fused(chain_), std::vector<Tensor>(tensors_)));
    std::vector<Tensor> owned;  // results may lie over these
    for (auto& x : tensors_) owned.push_back(x.layout().dense ? launch(Cast{x.dtype()}, x) : x);
    expect_equal(launch_all(Fused(chain_), std::move(owned)));
  }
  std::string text() const {
    std::string s;
    for (auto& x : chain_.inputs) s += "input " + str(x) + " strides " + str(x.strides) + "\n";
    for (auto& i : chain_.instructions) {
      s += std::string(name(i.dtype)) + " " + i.name();
      for (int t = 0; t < i.tensors(); ++t)
        s += " " + std::to_string(i.operands[static_cast<std::size_t>(t)]);
      if (const auto* e = std::get_if<Elementwise>(&i.kernel)) s += " " + e->attributes();
      s += "\n";
    }
    for (auto r : chain_.results) s += "result " + std::to_string(r) + "\n";
    return s;
  }

 private:
  void expect_equal(const std::vector<Tensor>& y) const {
    ASSERT_EQ(y.size(), chain_.results.size());
    for (std::size_t r = 0; r < y.size(); ++r)
      EXPECT_TRUE(same_bits(y[r], values_[tensors_.size() + chain_.results[r]]))
          << "result " << r << " of " << text();
  }
  Tensor single(const Elementwise& k, const std::vector<std::uint16_t>& x) const {
    if (x.size() == 1) return launch(k, values_[x[0]]);
    if (x.size() == 2) return launch(k, values_[x[0]], values_[x[1]]);
    return launch(k, values_[x[0]], values_[x[1]], values_[x[2]]);
  }
  Tensor single(const Cast& k, const std::vector<std::uint16_t>& x) const { return launch(k, values_[x[0]]); }
  static bool same_bits(const Tensor& a, const Tensor& b) {
    const Tensor x = a.to(cpu()), y = b.to(cpu());
    return x.layout() == y.layout() &&
           (x.size() == 0 || !std::memcmp(x.view().data, y.view().data, x.layout().bytes()));
  }

  Shape shape_;
  Chain chain_;
  std::vector<Tensor> tensors_, values_;
};

Elementwise with(const Op& op, int place, Scalar number) {
  return Elementwise::with_number(op, place, number);
}

TEST(Fused, AHandWorkedChain) {
  Both b({3});
  const auto x = b.input(tensor({1.0F, -2.0F, 3.0F})), row = b.input(broadcast_to(tensor(1.0F), {3}));
  b.result(b.add(ops::relu, {b.add(ops::add, {x, row})}));
  const auto y = launch_all(Fused(b.chain()), {tensor({1.0F, -2.0F, 3.0F}), broadcast_to(tensor(1.0F), {3})});
  EXPECT_EQ(y[0].to_vector<float>(), (std::vector<float>{2, 0, 4}));
  b.expect_equal();
}

// Sizes around those of vectors and tiles, over all that a value can be: an input, a number, a register, a
// result that is read again.
TEST(Fused, EverySize) {
  for (std::int64_t n : {0, 1, 7, 63, 64, 65, 511, 512, 513, 1000, 1024, 1025, 5000, 100003}) {
    if (slow_device() && n > 1025) continue;
    Both b({n});
    const auto x = b.input(random_normal({n}, float32)), y = b.input(random_normal({n}, float32));
    const auto sum = b.add(with(ops::multiply, 1, 0.5), {b.add(ops::add, {x, y})});
    const auto squares = b.add(ops::square, {sum});
    const auto less = b.add(ops::less, {x, squares});
    const auto chosen = b.add(ops::where, {less, sum, b.add(ops::exp, {x})});
    for (auto r : {sum, less, chosen}) b.result(r);
    b.expect_equal();
  }
}

TEST(Fused, ThreadsChangeNothing) {
  const Tensor x = random_normal({301, 211}, float32), row = random_normal({211}, float32),
               column = random_normal({301, 1}, float32);
  expect_same_bits_for_any_threads([&] {
    Both b({301, 211});
    const auto i = b.input(x), j = b.input(broadcast_to(row, x.shape())),
               k = b.input(broadcast_to(column, x.shape()));
    b.result(b.add(ops::tanh, {b.add(ops::multiply, {b.add(ops::add, {i, j}), k})}));
    b.expect_equal();
    return launch_all(Fused(b.chain()),
                      {x, broadcast_to(row, x.shape()), broadcast_to(column, x.shape())})[0];
  });
}

TEST(Fused, InputsOfAnyStrides) {
  for (const Shape& s : {Shape{5}, Shape{4, 7}, Shape{70, 90}, Shape{3, 4, 5}, Shape{2, 700}}) {
    const Tensor x = random_normal(s, float32);
    for (const Tensor& view : odd_views(x)) {
      Both b(s);
      const auto i = b.input(view), j = b.input(x), k = b.input(view);
      const auto y = b.add(ops::multiply, {i, b.add(ops::add, {j, k})});
      b.result(y);
      b.result(b.add(ops::less, {y, i}));
      b.expect_equal();
    }
  }
}

// Only the order counts: strides of different shapes meet, and results have shapes of their own.
TEST(Fused, InputsOfAnyShape) {
  const Tensor x = transpose(random_normal({6, 4}, float32)),
               y = transpose(random_normal({3, 2, 4}, float32)), z = random_normal({24}, float32),
               one = broadcast_to(tensor(3.0F), {2, 12});
  Both b({24});
  const auto i = b.input(x), j = b.input(y), k = b.input(z), l = b.input(one);
  b.result(b.add(ops::subtract, {b.add(ops::add, {i, j}), b.add(ops::multiply, {k, l})}));
  b.expect_equal();
  Chain chain = b.chain();
  chain.outputs[0] = Layout(float32, {2, 3, 4});
  EXPECT_EQ(launch_all(Fused(chain), {x, y, z, one})[0].shape(), (Shape{2, 3, 4}));
}

// A value is rounded to its dtype between two instructions, and converted to the next one's.
TEST(Fused, EveryDtype) {
  const DType types[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                         int64, float16, bfloat16, float32, float64};
  for (DType t : types)
    for (DType u : types) {
      const std::int64_t n = 70;
      Both b({n});
      const auto x = b.input(random_integers({n}, -3, 3).astype(t)),
                 y = b.input(random_integers({n}, 0, 5).astype(u)),
                 one = b.input(broadcast_to(random_integers({}, 1, 5).astype(u), {n}));
      const auto sum = b.add(ops::add, {x, y}), part = b.add(ops::divide, {sum, one});
      const auto product = b.add(ops::multiply, {part, x}), cast = b.add(Cast{t}, {product});
      const auto number = b.add(with(ops::add, 0, 1.3), {cast}), mask = b.add(ops::less_equal, {number, sum});
      const auto chosen = b.add(ops::where, {mask, cast, y}), same = b.add(Cast{u}, {b.add(Cast{u}, {y})});
      const auto last = b.add(ops::maximum, {same, chosen}), all = b.add(with(ops::equal, 1, 2), {one});
      for (auto r : {part, mask, last, same, all}) b.result(r);
      b.expect_equal();
    }
}

// The count of Adam: one element, an integer that is a state, and numbers at both places.
TEST(Fused, AScalarChain) {
  Both b({});
  const auto count = b.input(tensor(3, int32));
  const auto next = b.add(with(ops::add, 1, 1), {count});
  const auto decay = b.add(with(ops::power, 0, 0.9), {b.add(Cast{float32}, {next})});
  b.result(next);
  b.result(b.add(with(ops::subtract, 0, 1), {decay}));
  b.expect_equal();
}

TEST(Fused, AResultMayLieOverAnInput) {
  const auto square_and_sum = [](bool sum_first) {
    Both b({4});
    const auto x = b.input(tensor({1.0F, 2.0F, 3.0F, 4.0F}));
    const auto a = b.add(sum_first ? ops::add : ops::square, {x, x});
    b.result(a);
    return b;
  };
  Both b = square_and_sum(true);
  EXPECT_EQ(Fused(b.chain()).donors(1), std::vector<int>{0});
  b.result(b.add(ops::exp, {0}));  // reads x after the first result is written
  EXPECT_EQ(Fused(b.chain()).donors(1), (std::vector<int>{-1, 0}));
  std::vector<Tensor> x{tensor({1.0F, 2.0F, 3.0F, 4.0F})};
  const std::byte* bytes = x[0].view().data;
  const auto y = launch_all(Fused(b.chain()), std::move(x));
  EXPECT_EQ(y[1].view().data, bytes);
  EXPECT_EQ(y[0].to_vector<float>(), (std::vector<float>{2, 4, 6, 8}));
}

TEST(Fused, ComparesAndDescribesItself) {
  Both b({4});
  b.result(b.add(ops::relu, {b.add(with(ops::add, 1, 2), {b.input(tensor({1.0F, 2.0F, 3.0F, 4.0F}))})}));
  const Fused f(b.chain());
  EXPECT_EQ(f.attributes(), "add, relu");
  EXPECT_EQ(f.flops({}, {}), 8);
  EXPECT_EQ(f, Fused(b.chain()));
  Chain other = b.chain();
  other.instructions[0].kernel = with(ops::add, 1, 3);
  EXPECT_FALSE(f == Fused(other));
}

TEST(Fused, SaysWhatIsWrongWithAChain) {
  Both b({4});
  b.result(b.add(ops::relu, {b.input(tensor({1.0F, 2.0F, 3.0F, 4.0F}))}));
  const auto error = [&](const std::function<void(Chain&)>& spoil) {
    Chain c = b.chain();
    spoil(c);
    return error_of([&] { Fused{c}; });
  };
  EXPECT_EQ(error([](Chain& c) { c.instructions[0].operands[0] = 1; }),
            "[fused] instruction 0 (relu) reads the value 1, which comes later.");
  EXPECT_EQ(error([](Chain& c) { c.instructions[0].dtype = int32; }),
            "[fused] instruction 0 (relu) gives float32, not int32.");
  EXPECT_EQ(error([](Chain& c) { c.outputs[0] = Layout(float32, {3}); }),
            "[fused] output 0 is float32[3]: it is no dense layout of instruction 0's value.");
  EXPECT_EQ(error([](Chain& c) { c.inputs.push_back(Layout(float32, {3})); }),
            "[fused] inputs of different sizes: float32[4] and float32[3].");
  EXPECT_EQ(error([](Chain& c) { c.results.push_back(0), c.outputs.push_back(c.outputs[0]); }),
            "[fused] the value of instruction 0 is a result twice.");
  EXPECT_EQ(error([](Chain& c) { c.inputs.clear(); }),
            "[fused] 0 inputs, 1 instructions, 1 results, 1 outputs: a chain has 1 to 16 inputs, 1 to 64 "
            "instructions, and as many results as outputs.");
  EXPECT_EQ(error_of([&] { launch_all(Fused(b.chain()), {tensor({1.0F})}); }),
            "[fused] the inputs have other layouts than the chain was made for.");
}

// ---- random chains ----------------------------------------------------------------------------------------

#define RAMIE_POINTER(name) &ops::name,
const Op* const all_ops[] = {RAMIE_FLOATING_OPS(RAMIE_POINTER)};
const DType all_dtypes[] = {float32, float32, float32, float64, bfloat16, float16, bool_,
                            int32,   int64,   int16,   int8,    uint8,    uint32};

class RandomChain {
 public:
  explicit RandomChain(unsigned seed) : random_(seed), shape_(shape()), both_(shape_) {
    for (int i = below(4) + 1; i > 0; --i) both_.input(tensor_of(pick(all_dtypes)));
    for (int i = below(12) + 1; i > 0; --i) below(5) ? add_op() : add_cast();
    const auto inputs = both_.chain().inputs.size();
    for (std::size_t v = inputs; v < both_.values(); ++v)
      if (v + 1 == both_.values() || below(4) == 0) both_.result(static_cast<std::uint16_t>(v));
  }
  const Both& both() const { return both_; }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  template <class T, std::size_t n>
  const T& pick(const T (&list)[n]) {
    return list[below(static_cast<int>(n))];
  }
  std::uint16_t value() { return static_cast<std::uint16_t>(below(static_cast<int>(both_.values()))); }

  Shape shape() {
    const Shape shapes[] = {{},      {1},     {7},          {64},   {65},    {3, 5},
                            {40, 9}, {9, 70}, {2, 3, 4, 5}, {1030}, {3, 700}};
    return pick(shapes);
  }
  // Its values, or fewer that are broadcast, in one of many layouts.
  Tensor tensor_of(DType dtype) {
    Shape lengths = shape_;
    for (auto& n : lengths) n = below(4) == 0 ? 1 : n;
    Tensor x = (random_normal(lengths, float64) * 3).astype(dtype);
    if (below(3) == 0) x = pick_view(x);
    x = broadcast_to(x, shape_);
    return below(4) == 0 ? reshape(x, {shape_.size()}) : x;
  }
  Tensor pick_view(const Tensor& x) {
    const auto views = odd_views(x);
    return views[static_cast<std::size_t>(below(static_cast<int>(views.size())))];
  }
  void add_cast() { both_.add(Cast{pick(all_dtypes)}, {value()}); }
  void add_op() {
    const Op& op = *pick(all_ops);
    const int mode = op.operands == 3 ? below(3) : below(2);
    const Scalar a = below(2) ? Scalar(below(5) - 2) : Scalar(below(100) / 37.0 - 1);
    const Elementwise kernel = op.operands == 1 || mode == 0 ? Elementwise(op)
                               : mode == 1                   ? with(op, below(op.operands), a)
                                                             : Elementwise::with_numbers(op, a, 2);
    std::vector<std::uint16_t> x;
    for (int i = op.operands - std::popcount(kernel.is_number); i > 0; --i) x.push_back(value());
    both_.add(kernel, x);
  }

  std::mt19937 random_;
  Shape shape_;
  Both both_;
};

TEST(Fused, RandomChains) {
  const unsigned chains = slow_device() ? 500 : 3000;
  for (unsigned seed = 0; seed < chains && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomChain(seed).both().expect_equal();
  }
}

}  // namespace
}  // namespace ramie::kernels
