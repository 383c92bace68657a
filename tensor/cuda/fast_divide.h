// Division of numbers below 2^31 by one that the host knows: a multiplication and a shift, where a GPU would
// take dozens of instructions.
//
//   const FastDivide by_width(width);
//   const auto [row, column] = by_width.split(i);
//
// Granlund and Montgomery, Division by Invariant Integers using Multiplication, 1994.
#pragma once

#include <cstdint>

namespace ramie::kernels {

class FastDivide {
 public:
  struct Result {
    unsigned quotient, remainder;
  };
  constexpr FastDivide() = default;               // by 1
  constexpr explicit FastDivide(std::int64_t by)  // below 2^31; 0 counts as 1
      : divisor_(by > 0 ? static_cast<unsigned>(by) : 1) {
    while (std::uint64_t{1} << shift_ < divisor_) ++shift_;
    const std::uint64_t excess = (std::uint64_t{1} << shift_) - divisor_;
    factor_ = static_cast<unsigned>((excess << 32) / divisor_ + 1);
  }
  constexpr unsigned divisor() const { return divisor_; }
  constexpr unsigned operator()(unsigned n) const {
    return (static_cast<unsigned>(std::uint64_t{n} * factor_ >> 32) + n) >> shift_;
  }
  constexpr Result split(unsigned n) const {
    const unsigned q = (*this)(n);
    return {q, n - q * divisor_};
  }

 private:
  unsigned divisor_ = 1, factor_ = 1, shift_ = 0;
};

}  // namespace ramie::kernels
