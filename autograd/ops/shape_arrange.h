// Moving, cutting and repeating: jax.numpy's functions of these names, made of the ops in shape.h.
//
//   moveaxis(x, 0, -1);   split(x, 3, 1);   split(x, {2, 5});   tile(x, {2, 1});   roll(x, 1, 0);
#pragma once

#include <concepts>
#include <optional>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

// Axis source[i] becomes axis destination[i]; the others keep their order.
Tensor moveaxis(const Tensor& x, const Shape& source, const Shape& destination);
Tensor moveaxis(const Tensor& x, std::int64_t source, std::int64_t destination);
Tensor ravel(const Tensor& x);  // one axis
// With at least one, two or three axes: numpy adds them as (1, n) and (1, n, 1).
Tensor atleast_1d(const Tensor& x);
Tensor atleast_2d(const Tensor& x);
Tensor atleast_3d(const Tensor& x);

// Cut before each of the indices, which may count from the end.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& indices, std::int64_t axis = 0);
// In n parts, of which array_split makes the first ones larger by one where the length is no multiple of n;
// for split that is an error.
std::vector<Tensor> array_split(const Tensor& x, std::int64_t n, std::int64_t axis = 0);
namespace detail {
std::vector<Tensor> split_equally(const Tensor& x, std::int64_t n, std::int64_t axis);
}
template <std::integral N>  // a template, so that {3} is an index and 3 a number of parts
std::vector<Tensor> split(const Tensor& x, N n, std::int64_t axis = 0) {
  return detail::split_equally(x, static_cast<std::int64_t>(n), axis);
}

// x beside itself so many times along each axis; the last axes are meant where there are fewer numbers.
Tensor tile(const Tensor& x, const Shape& repeats);
// Each element, or slice, n times in a row. Without an axis, of all elements in order.
Tensor repeat(const Tensor& x, std::int64_t n, std::optional<std::int64_t> axis = {});
// Element i so many times as repeats[i] says.
Tensor repeat_each(const Tensor& x, const std::vector<std::int64_t>& repeats, std::int64_t axis = 0);
// Elements that leave at the end come back at the start. Without an axis, of all elements in order.
Tensor roll(const Tensor& x, std::int64_t shift, std::optional<std::int64_t> axis = {});
Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes);

}  // namespace ramie
