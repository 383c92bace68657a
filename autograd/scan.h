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

#include <functional>
#include <utility>
#include <vector>

#include <ramie/autograd/tree.h>

namespace ramie {

struct ScanOptions {
  bool reverse = false;  // from the last element to the first; the y's keep their places
};

namespace detail {

using Tensors = std::vector<Tensor>;

// Throws where the tensors have no first axis, or of different lengths.
std::int64_t scan_length(const char* op, const Tensors& xs);
// Of each tensor the elements along the first axis, together for each place; and the other way. Gradients of
// all the elements cost n log n.
std::vector<Tensors> unstacked(const Tensors& xs);
Tensors stacked(const std::vector<Tensors>& elements);
// Where there are none: zeros like an element, and what is to be stacked, without an element.
Tensors zeros_like_elements(const Tensors& xs);
Tensors stacked_none(const Tensors& element);

Tensors flipped(const Tensors& xs);
using Join = std::function<Tensors(const Tensors&, const Tensors&)>;
Tensors scan_by_halves(const Join& join, const Tensors& xs);

}  // namespace detail

// (the last carry, the stacked y's)
template <class Cell, class Carry, class X>
auto scan(const Cell& cell, Carry carry, const X& xs, ScanOptions options = {}) {
  const detail::Tensors whole = detail::tensors_of(xs);
  const auto length = static_cast<std::size_t>(detail::scan_length("scan", whole));
  using Y = decltype(cell(std::as_const(carry), xs).second);
  if (length == 0) {
    const Y y =
        cell(std::as_const(carry), detail::with_tensors(xs, detail::zeros_like_elements(whole))).second;
    return std::pair(std::move(carry), detail::with_tensors(y, detail::stacked_none(detail::tensors_of(y))));
  }
  const std::vector<detail::Tensors> elements = detail::unstacked(whole);
  std::vector<detail::Tensors> out(length);
  Y y;
  for (std::size_t i = 0; i < length; ++i) {
    const std::size_t t = options.reverse ? length - 1 - i : i;
    auto result = cell(std::as_const(carry), detail::with_tensors(xs, elements[t]));
    carry = std::move(result.first);
    y = std::move(result.second);
    out[t] = detail::tensors_of(y);
  }
  return std::pair(std::move(carry), detail::with_tensors(y, detail::stacked(out)));
}

// All prefixes x[0], join(x[0], x[1]), ... of an associative function, which takes two trees of elements that
// lie along the first axis: associative_scan(add, x) is a cumulative sum. In about 2 log2(n) calls.
template <class F, class T>
T associative_scan(const F& join, const T& xs, ScanOptions options = {}) {
  const detail::Tensors whole = detail::tensors_of(xs);
  if (detail::scan_length("associative_scan", whole) == 0) return xs;
  const detail::Join flat = [&](const detail::Tensors& a, const detail::Tensors& b) {
    return detail::tensors_of(T(join(detail::with_tensors(xs, a), detail::with_tensors(xs, b))));
  };
  const detail::Tensors in = options.reverse ? detail::flipped(whole) : whole,
                        out = detail::scan_by_halves(flat, in);
  return detail::with_tensors(xs, options.reverse ? detail::flipped(out) : out);
}

}  // namespace ramie
