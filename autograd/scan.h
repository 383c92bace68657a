// scan: a cell run along a sequence, as jax.lax.scan; a recurrent network is one call.
//
//   // cell: (carry, x) -> (carry, y)
//   auto cell = [&](const Tensor& h, const Tensor& x) {
//     const Tensor next = tanh(matmul(x, wx) + matmul(h, wh));
//     return std::pair(next, next);
//   };
//   auto [last, all] = scan(cell, zeros({batch, hidden}), xs);        // xs [T, batch, features]
//
// Carry, x and y are Tensors, or pairs, tuples, arrays, vectors and maps of them. The cell sees xs[t] of
// every Tensor in xs; its y's are stacked on a new axis in front. A C++ loop over recorded ops: gradients
// through time to any order, vmap and jit come by themselves, and checkpoint around the cell saves memory.
//
// jax.lax.fori_loop, while_loop, cond and switch are C++'s for, while, if and switch: values decide, and
// gradients follow what ran. (Under jit the branch taken when it was recorded is frozen: use where.)
//
// Source: jax.lax.scan, jax.lax.associative_scan.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/shape.h>

namespace ramie {

struct ScanOptions {
  bool reverse = false;  // from the last element to the first; the y's keep their places
};

namespace detail {

// Throws where the tensors have no first axis, or of different lengths.
std::int64_t scan_length(const char* op, const std::vector<Tensor>& xs);
// The elements of the first axis. Halved again and again, so that their gradients together cost n log n.
std::vector<Tensor> unstack(const Tensor& x);

// Every `step`-th element of the first axis from start on, up to stop; and two of these put back together,
// even and odd ones in turn.
Tensor every(const Tensor& x, std::int64_t start, std::int64_t stop, std::int64_t step);
Tensor interleaved(const Tensor& even, const Tensor& odd);

template <class T>
std::vector<Tensor> tensors_of(T tree) {
  std::vector<Tensor> out;
  each_tensor(tree, [&](Tensor& t) { out.push_back(t); });
  return out;
}
// The tree with the Tensors at(0), at(1), ...
template <class T, class F>
T with_tensors(T tree, const F& at) {
  std::size_t i = 0;
  each_tensor(tree, [&](Tensor& t) { t = at(i++); });
  return tree;
}

// Runs step(t) -> y for each t in order, and stacks the y's.
template <class F>
auto stacked_steps(std::int64_t length, bool reverse, const F& step) {
  using Y = decltype(step(std::int64_t{}));
  Y last;
  std::vector<std::vector<Tensor>> columns;
  for (std::int64_t i = 0; i < length; ++i) {
    last = step(reverse ? length - 1 - i : i);
    const std::vector<Tensor> row = tensors_of(last);
    columns.resize(row.size());
    for (std::size_t k = 0; k < row.size(); ++k) columns[k].push_back(row[k]);
  }
  if (reverse)
    for (auto& column : columns) std::reverse(column.begin(), column.end());
  return with_tensors(last, [&](std::size_t k) { return stack(columns.at(k)); });
}

}  // namespace detail

// (the last carry, the stacked y's)
template <class Cell, class Carry, class X>
auto scan(const Cell& cell, Carry carry, const X& xs, ScanOptions options = {}) {
  const std::vector<Tensor> whole = detail::tensors_of(xs);
  const std::int64_t length = detail::scan_length("scan", whole);
  std::vector<std::vector<Tensor>> elements;
  for (auto& x : whole) elements.push_back(detail::unstack(x));
  auto ys = detail::stacked_steps(length, options.reverse, [&](std::int64_t t) {
    const X x =
        detail::with_tensors(xs, [&](std::size_t k) { return elements[k][static_cast<std::size_t>(t)]; });
    auto [next, y] = cell(std::as_const(carry), x);
    carry = std::move(next);
    return y;
  });
  return std::pair(std::move(carry), std::move(ys));
}

namespace detail {

// Neighbours are joined, those are scanned, and the elements between follow from one more joining.
template <class F, class T>
T scan_by_halves(const F& join, const T& x, std::int64_t n) {
  if (n == 1) return x;
  const auto part = [](const T& of, std::int64_t start, std::int64_t stop, std::int64_t step) {
    const auto tensors = tensors_of(of);
    return with_tensors(of, [&](std::size_t k) { return every(tensors[k], start, stop, step); });
  };
  const T odd = scan_by_halves(join, T(join(part(x, 0, n - 1, 2), part(x, 1, n, 2))), n / 2);
  const auto firsts = tensors_of(part(x, 0, 1, 1)), odds = tensors_of(odd);
  if (n == 2) return with_tensors(x, [&](std::size_t k) { return interleaved(firsts[k], odds[k]); });
  const T even = join(part(odd, 0, (n - 1) / 2, 1), part(x, 2, n, 2));
  const auto evens = tensors_of(even);
  return with_tensors(x, [&](std::size_t k) {
    return interleaved(concatenate({firsts[k], evens[k]}), odds[k]);
  });
}

}  // namespace detail

// All prefixes x[0], join(x[0], x[1]), ... of an associative function, which takes two trees of elements that
// lie along the first axis: associative_scan(add, x) is a cumulative sum. In about 2 log2(n) calls.
template <class F, class T>
T associative_scan(const F& join, const T& xs, ScanOptions options = {}) {
  const std::vector<Tensor> whole = detail::tensors_of(xs);
  const std::int64_t n = detail::scan_length("associative_scan", whole);
  const auto turned = [&](const T& tree) {
    const auto tensors = detail::tensors_of(tree);
    return detail::with_tensors(tree, [&](std::size_t k) { return flip(tensors[k], {0}); });
  };
  if (options.reverse) return turned(detail::scan_by_halves(join, turned(xs), n));
  return detail::scan_by_halves(join, xs, n);
}

}  // namespace ramie
