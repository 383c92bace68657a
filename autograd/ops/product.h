// Products of tensors over some of their axes, with jax.numpy's meaning. All are made of matmul.
//
//   dot(u, v);   outer(u, v);   tensordot(a, b, {0, 1}, {1, 0});   einsum("bij,bjk->bik", {a, b});
#pragma once

#include <string_view>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

// Over the last axis of a and the last but one of b (the only one of a vector); numbers multiply. Unlike
// matmul, the other axes do not broadcast: the result has those of a, then those of b.
Tensor dot(const Tensor& a, const Tensor& b);
Tensor vdot(const Tensor& a, const Tensor& b);   // of all elements in order
Tensor inner(const Tensor& a, const Tensor& b);  // over both last axes; numbers multiply
Tensor outer(const Tensor& a, const Tensor& b);  // [a.size(), b.size()]
// Over the last n axes of a and the first n of b, or over the axes named, in pairs.
Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t n = 2);
Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_of_a, const Shape& axes_of_b);
Tensor kron(const Tensor& a, const Tensor& b);  // each element of a times b
// Of vectors of 3 along an axis; of vectors of 2 the third component, without the axis.
Tensor cross(const Tensor& a, const Tensor& b, std::int64_t axis = -1);

// Einstein's summation: a letter for each axis of each operand; axes with one letter are one index; letters
// that the result does not have are summed over. "..." stands for any number of axes, which broadcast.
// Without "->" the result has the letters that occur once, in alphabetical order, behind the axes of "...".
//
//   einsum("ij,jk", {a, b});   einsum("ii->i", {a});   einsum("...i,...i->...", {u, v});
//
// Operands are contracted two at a time, cheapest result first.
Tensor einsum(std::string_view formula, const std::vector<Tensor>& operands);

}  // namespace ramie
