#include <ramie/data/sources/drawn_digits_source.h>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

DrawnDigitsSource::DrawnDigitsSource(std::int64_t size, const DrawnDigitsOptions& options)
    : size_(size), options_(options) {
  if (size < 0 || options.first < 0)
    fail("draw_digits", fmt::format("count {} and first {} must not be negative.", size, options.first));
}

std::string DrawnDigitsSource::describe() const {
  return fmt::format("drawn digits({})[{}]", name_of(options_), size_);
}

Batch DrawnDigitsSource::record(std::int64_t index) const { return row(gather({&index, 1}), 0); }

Batch DrawnDigitsSource::gather(std::span<const std::int64_t> indices) const {
  constexpr std::int64_t size = digit_side * digit_side;
  const auto rows = static_cast<std::int64_t>(indices.size());
  Tensor images = Tensor::empty({uint8, {rows, digit_side, digit_side, 1}});
  Tensor labels = Tensor::empty({int32, {rows}});
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t index = indices[static_cast<std::size_t>(i)];
    check_index(*this, index);
    const std::span<std::uint8_t, size> pixels(images.view().as<std::uint8_t>() + i * size, size);
    labels.view().as<std::int32_t>()[i] = draw_digit(options_.seed, options_.first + index, pixels);
  }
  return {{"image", images}, {"label", labels}};
}

}  // namespace ramie::data
