// Fused chains of all ops and dtypes, at random, and inputs for them.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <ramie/tensor/cuda/transfer.h>
#include <ramie/tensor/ops/fused.h>

namespace ramie::kernels {

inline std::vector<const Op*> all_ops() {
#define RAMIE_ADDRESS(name) &ops::name,
  return {RAMIE_FLOATING_OPS(RAMIE_ADDRESS)};
#undef RAMIE_ADDRESS
}
inline constexpr DType all_dtypes[] = {bool_, uint8,   int8,     int16,   int32,  uint32,
                                       int64, float16, bfloat16, float32, float64};

struct TestChain {
  Chain chain;
  std::vector<Tensor> x;
  std::string text() const {
    std::string s;
    for (auto& l : chain.inputs) s += "input " + str(l) + " strides " + str(l.strides) + "\n";
    for (auto& i : chain.instructions) {
      s += std::string(name(i.dtype)) + " " + i.name();
      for (int t = 0; t < i.tensors(); ++t)
        s += " " + std::to_string(i.operands[static_cast<std::size_t>(t)]);
      s += "\n";
    }
    return s;
  }
};

class ChainMaker {
 public:
  explicit ChainMaker(unsigned seed, const Shape& shape) : random_(seed), shape_(shape) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  // Dense, broadcast along some axes, turned, backwards, or beginning anywhere.
  void input(DType dtype, int kind) {
    Shape strides = Layout(dtype, shape_).strides;
    std::int64_t begin = kind == 5 ? 3 : 0;
    for (int i = 0; i < shape_.rank(); ++i) {
      if (kind == 1 || (kind == 2 && i % 2 == 0)) strides[i] = 0;
      if (kind == 3) strides[i] = i == 0 ? 1 : strides[i - 1] * shape_[i - 1];
      if (kind == 4) begin += strides[i] * std::max<std::int64_t>(shape_[i] - 1, 0), strides[i] = -strides[i];
    }
    const Tensor base = values(dtype, Layout(dtype, shape_).size + 3);
    out_.x.push_back(base.alias({dtype, shape_, strides}, begin));
    out_.chain.inputs.push_back(out_.x.back().layout());
  }
  void cast(DType to, std::uint16_t from) { out_.chain.instructions.push_back({Cast{to}, {from}, to}); }
  // On values that are there; some operands are numbers.
  void op(const Op& o, std::vector<std::uint16_t> x = {}) {
    const int numbers = o.operands > 1 && x.empty() ? below(3) : 0;
    const Scalar a = below(2) ? Scalar(0.25 * below(40) - 4) : Scalar(below(9) - 3);
    const Elementwise e = numbers == 0      ? Elementwise(o)
                          : numbers == 1    ? Elementwise::with_number(o, below(o.operands), a)
                          : o.operands == 3 ? Elementwise::with_numbers(o, a, 1.5)
                                            : Elementwise::with_number(o, 1, a);
    Chain::Instruction i{e, {}, float32};
    for (int t = 0; t < i.tensors(); ++t)
      i.operands[static_cast<std::size_t>(t)] =
          x.empty() ? static_cast<std::uint16_t>(below(static_cast<int>(out_.chain.values())))
                    : x[static_cast<std::size_t>(t)];
    i.dtype = dtype_of(e, i);
    out_.chain.instructions.push_back(i);
  }
  void result(std::size_t instruction) {
    out_.chain.results.push_back(static_cast<std::uint16_t>(instruction));
    out_.chain.outputs.emplace_back(out_.chain.instructions[instruction].dtype, shape_);
  }
  std::size_t instructions() const { return out_.chain.instructions.size(); }
  TestChain finish() { return std::move(out_); }

 private:
  DType dtype_of(const Elementwise& e, const Chain::Instruction& i) const {
    Layout l[most_operands];
    for (int t = 0; t < i.tensors(); ++t)
      l[t] = Layout(out_.chain.dtype(i.operands[static_cast<std::size_t>(t)]), {});
    return i.tensors() == 1   ? e.outputs(l[0]).dtype
           : i.tensors() == 2 ? e.outputs(l[0], l[1]).dtype
                              : e.outputs(l[0], l[1], l[2]).dtype;
  }
  Tensor values(DType dtype, std::int64_t n) {
    std::normal_distribution<double> normal(0, 2);
    std::vector<double> v(static_cast<std::size_t>(n));
    for (auto& x : v) x = below(12) ? normal(random_) : below(7) - 3;
    return launch(Cast{dtype}, from_vector(v));
  }
  std::mt19937 random_;
  Shape shape_;
  TestChain out_;
};

inline TestChain random_chain(unsigned seed) {
  std::mt19937 random(seed * 7919);
  const Shape shapes[] = {{1}, {7}, {64}, {3, 5}, {4, 8}, {2, 3, 4}, {5, 1, 6}, {1001}};
  ChainMaker m(seed, shapes[random() % std::size(shapes)]);
  for (int i = 0, n = 1 + m.below(4); i < n; ++i)
    m.input(all_dtypes[m.below(3) ? 9 : m.below(dtype_count)], m.below(3) ? 0 : m.below(6));
  const auto ops = all_ops();
  for (int i = 0, n = 1 + m.below(12); i < n; ++i)
    if (m.below(6))
      m.op(*ops[static_cast<std::size_t>(m.below(static_cast<int>(ops.size())))]);
    else
      m.cast(all_dtypes[m.below(dtype_count)], 0);
  for (std::size_t k = m.instructions(); k-- > 0;)
    if (k + 1 == m.instructions() || m.below(4) == 0) m.result(k);
  return m.finish();
}

// Each op on each dtype.
inline TestChain chain_of(const Op& op, unsigned seed) {
  ChainMaker m(seed, {37});
  for (DType t : all_dtypes) m.input(t, 0);
  m.input(float32, 1);
  for (std::uint16_t t = 0; t < dtype_count; ++t) {
    const auto second = static_cast<std::uint16_t>((t + 4 * seed) % dtype_count);
    m.op(op, {t, second, t});
    m.result(t);
  }
  return m.finish();
}
inline TestChain chain_of_casts(DType to) {
  ChainMaker m(1, {37});
  for (DType t : all_dtypes) m.input(t, 0);
  for (std::uint16_t t = 0; t < dtype_count; ++t) m.cast(to, t), m.result(t);
  return m.finish();
}

inline std::vector<TestChain> test_chains() {
  std::vector<TestChain> all;
  for (auto* op : all_ops()) all.push_back(chain_of(*op, static_cast<unsigned>(all.size())));
  for (DType to : all_dtypes) all.push_back(chain_of_casts(to));
  for (unsigned seed = 0; seed < 60; ++seed) all.push_back(random_chain(seed));
  return all;
}

}  // namespace ramie::kernels
