// Kernels that reduce axes: sum, max, min.
//
// The tree of a reduction is fixed by the shape alone: neither threads nor the width of the vectors change a
// bit. An axis is cut into blocks of fixed size. In a block 64 or more running totals ("lanes") take the
// elements in turn and are then folded in halves; the blocks' totals are reduced in the same way.
#pragma once

#include <algorithm>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

struct Reduce {
  enum class Op : std::uint8_t { sum, max, min };  // NaN wins in max and min

  const char* name;
  bool operator==(const Reduce&) const = default;
  Op op;
  Shape axes;  // sorted
  bool keepdims = false;
  std::string attributes() const { return "axes=" + str(axes); }
  double flops(const Layouts&, const Layouts& x) const { return static_cast<double>(x[0]->size); }

  // x: float32, float64, int32, uint32 or int64 without gaps. Of nothing, the result is 0.
  Layout outputs(const Layout& x) const;
  std::size_t workspace(const Layout& x) const;
  std::size_t cuda_workspace(const Layout& x) const;
  void run(Cpu cpu, View y, View x) const noexcept;
  void run(Cuda cuda, View y, View x) const;
};

// f(outer, n, inner) for each group of neighbouring reduced axes, from the last to the first: x[outer, n,
// inner], in which the groups behind are already reduced.
template <class F>
void for_each_group(const Shape& shape, const Shape& axes, const F& f) {
  std::int64_t outer = shape.size(), inner = 1;
  for (int i = shape.rank(); i > 0;) {
    const auto reduced = [&] { return std::find(axes.begin(), axes.end(), i - 1) != axes.end(); };
    const bool group = reduced();
    std::int64_t n = 1;
    for (; i > 0 && reduced() == group; --i) n *= shape[i - 1];
    outer /= n;
    group ? f(outer, n, inner) : void(inner *= n);
  }
}

// One step of a reduction: x[outer, n, inner] -> y[outer, blocks, inner].
struct ReducePass {
  std::int64_t outer, n, inner;
  std::int64_t chunk;  // columns taken together, at most max_chunk
  std::int64_t rows;   // in a block
  std::int64_t fold;   // rows that lie side by side in the lanes, a power of two
  static constexpr std::int64_t max_chunk = 4096, lanes = 64, narrow = 128, block = 16384, min_rows = 32;

  ReducePass(std::int64_t outer, std::int64_t n, std::int64_t inner);
  std::int64_t blocks() const { return (n + rows - 1) / rows; }
  std::int64_t chunks() const { return (inner + chunk - 1) / chunk; }
  std::int64_t tasks() const { return outer * blocks() * chunks(); }
  bool short_rows() const { return inner == 1 && n < lanes / 2; }
  std::int64_t results() const { return outer * blocks() * inner; }
  // Of a block's rows `fold` are taken at a time, and of such steps several if they are short.
  std::int64_t fold_of(std::int64_t block_rows) const {
    std::int64_t f = fold;
    while (f > block_rows) f /= 2;
    return f;
  }
  static constexpr std::size_t together(std::size_t lanes_in_use) { return lanes_in_use <= narrow ? 8 : 1; }
  // The first element of a task, if its elements lie side by side: if there is but one chunk.
  std::int64_t element(std::int64_t task) const {
    return short_rows() ? task * n : (task / blocks() * n + std::min(task % blocks() * rows, n)) * inner;
  }
};

// The passes from the last reduced group of axes to the first. f(pass, last)
template <class F>
void for_each_reduce_pass(const Shape& shape, const Shape& axes, std::int64_t results, const F& f) {
  for_each_group(shape, axes, [&](std::int64_t outer, std::int64_t n, std::int64_t inner) {
    while (n > 1) {
      const ReducePass p(outer, n, inner);
      f(p, p.results() == results);
      n = p.blocks();
    }
  });
}

// Some rows of a block, x[rows, width], which may come one piece after the other. In all but the last one the
// rows, apart from the first `fold` of the block, are a multiple of fold * together(fold * width).
struct ReducePiece {
  std::int64_t rows, width, fold;
  bool first, last;
};

// On the CPU: a pass, and the tasks [begin, end) of a pass of one chunk, of whose elements x has only theirs.
void reduce_all(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x);
void reduce_part(Reduce::Op op, DType dtype, const ReducePass& p, std::byte* y, const std::byte* x,
                 std::int64_t begin, std::int64_t end);
// With running totals for max_chunk elements; y is written with the last piece.
void reduce_piece(Reduce::Op op, DType dtype, const ReducePiece& p, std::byte* y, std::byte* lanes,
                  const std::byte* x);

}  // namespace ramie::kernels
