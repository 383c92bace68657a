// Drawn digits one by one: no file, and no memory but that of the records asked for.
//
//   data::DrawnDigitsSource digits(1'000'000, {.seed = 1});
//   digits.record(7);             // "image" uint8[28,28,1], "label" int32[]: draw_digits' record 7
#pragma once

#include <ramie/data/drawn_digits.h>
#include <ramie/data/source.h>

namespace ramie::data {

class DrawnDigitsSource : public Source {
 public:
  explicit DrawnDigitsSource(std::int64_t size, const DrawnDigitsOptions& options = {});
  std::int64_t size() const override { return size_; }
  std::string describe() const override;
  Batch record(std::int64_t index) const override;
  Batch gather(std::span<const std::int64_t> indices) const override;

 private:
  std::int64_t size_;
  DrawnDigitsOptions options_;
};

}  // namespace ramie::data
