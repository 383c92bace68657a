// What lies around images, for convolutions and pools.
//
//   Padding::same()                       // the output has ceil(input / stride) positions
//   Padding::given({1, 1}, {0, 2})        // {before, after} of each axis
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <ramie/tensor/tensor.h>

namespace ramie {

// SAME pads with zeros so that the output has ceil(input / stride) positions, the odd element at the end;
// VALID pads nothing. CIRCULAR and REFLECT continue the image by (span - 1) / 2 before and span / 2 after,
// where the kernel spans so many elements; CAUSAL pads a sequence in front, so that no position sees a later
// one.
struct Padding {
  enum class Kind : std::uint8_t { same, valid, given, circular, reflect, causal } kind = Kind::same;
  int axes = 0;  // given: of so many
  std::array<std::array<std::int64_t, 2>, 3> of = {};
  static constexpr Padding same() { return {Kind::same, 0, {}}; }
  static constexpr Padding valid() { return {Kind::valid, 0, {}}; }
  static constexpr Padding circular() { return {Kind::circular, 0, {}}; }
  static constexpr Padding reflect() { return {Kind::reflect, 0, {}}; }
  static constexpr Padding causal() { return {Kind::causal, 0, {}}; }
  using Pair = std::array<std::int64_t, 2>;
  static constexpr Padding given(Pair length) { return {Kind::given, 1, {length}}; }
  static constexpr Padding given(Pair height, Pair width) { return {Kind::given, 2, {height, width}}; }
  static constexpr Padding given(Pair depth, Pair height, Pair width) {
    return {Kind::given, 3, {depth, height, width}};
  }
  bool operator==(const Padding&) const = default;
};

namespace detail {

// A window along one axis of the images.
struct WindowAxis {
  std::int64_t size = 1, taps = 1, stride = 1, dilation = 1;
  std::int64_t input_dilation = 1;  // distance of the image's elements, with zeros between them
  Padding::Pair padding = {};       // {before, after}
  std::int64_t span() const { return (taps - 1) * dilation + 1; }
  std::int64_t spread() const { return size ? (size - 1) * input_dilation + 1 : 0; }
  std::int64_t padded() const { return spread() + padding[0] + padding[1]; }
  std::int64_t positions() const { return (padded() - span()) / stride + 1; }
};

// Fills in the zeros on both sides of the axes. CIRCULAR and REFLECT are no zeros; CAUSAL is for one axis.
void resolve_padding(const char* op, const Padding& padding, std::span<WindowAxis> axes);

// x with zeros between the elements of an axis and around them; what negative padding leaves out is cut off.
Tensor dilated(const Tensor& x, int axis, const WindowAxis& a);
WindowAxis plain(WindowAxis a);  // of what that gives

// The number for axis i of so many in one of the options, which errors call `what`; none given: 1.
std::int64_t of_axis(const char* op, const char* what, const Shape& given, std::size_t i, std::size_t axes);

// Images [N, ..., C] continued as CIRCULAR or REFLECT says; the axes' sizes are then the continued ones.
Tensor continued(const Tensor& x, Padding::Kind kind, std::span<WindowAxis> axes);

}  // namespace detail
}  // namespace ramie
