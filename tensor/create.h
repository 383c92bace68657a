// Tensors from nothing, on the default device.
//
//   zeros({2, 3});   full({2}, 0.5);   arange(10);   eye(3);   linspace(0, 1, 5);
//   tensor({{1, 2}, {3, 4}}, float32);     // whole numbers are int32, the others float32, unless a dtype is
//   given
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

Tensor full(const Shape& shape, Scalar value, DType dtype);
Tensor full(const Shape& shape, Scalar value);  // bool, int32 or float32, as the value is
Tensor zeros(const Shape& shape, DType dtype = float32);
Tensor ones(const Shape& shape, DType dtype = float32);
// With the shape, dtype and device of x.
Tensor full_like(const Tensor& x, Scalar value);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
// start, start + step, ... below stop; int32 where all three are whole numbers, else float32.
Tensor arange(Scalar stop);
Tensor arange(Scalar start, Scalar stop, Scalar step = 1);
Tensor arange(Scalar start, Scalar stop, Scalar step, DType dtype);
// n values from start to stop, both included.
Tensor linspace(double start, double stop, std::int64_t n, DType dtype = float32);
Tensor eye(std::int64_t n, DType dtype = float32);

namespace detail {
template <class T>
constexpr DType literal_dtype() {
  return std::is_same_v<T, double>                           ? float32
         : std::is_integral_v<T> && !std::is_same_v<T, bool> ? int32
                                                             : dtype_of<T>();
}
void check_rows(std::int64_t expected, std::int64_t got);
template <class T>
Tensor from_values(const std::vector<T>& values, const Shape& shape, DType dtype) {
  Tensor x = Tensor::empty({dtype, shape});
  visit(dtype, [&]<class To>(Type<To>) {
    std::transform(values.begin(), values.end(), x.mutable_data<To>(), [](T v) { return convert<To>(v); });
  });
  return transfer(x, default_device());
}
}  // namespace detail

template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(std::initializer_list<T> values,
                                               DType dtype = detail::literal_dtype<T>()) {
  return detail::from_values(std::vector<T>(values), {static_cast<std::int64_t>(values.size())}, dtype);
}
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(std::initializer_list<std::initializer_list<T>> rows,
                                               DType dtype = detail::literal_dtype<T>()) {
  std::vector<T> values;
  const auto columns = static_cast<std::int64_t>(rows.size() ? rows.begin()->size() : 0);
  for (auto& row : rows) {
    detail::check_rows(columns, static_cast<std::int64_t>(row.size()));
    values.insert(values.end(), row.begin(), row.end());
  }
  return detail::from_values(values, {static_cast<std::int64_t>(rows.size()), columns}, dtype);
}
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value, DType dtype = detail::literal_dtype<T>()) {
  return full({}, value, dtype);
}

}  // namespace ramie
