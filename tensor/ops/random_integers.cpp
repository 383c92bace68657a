#include <ramie/tensor/ops/random_integers.h>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/integer_range.h>
#include <ramie/tensor/ops/threefry.h>

namespace ramie::kernels {
namespace {

template <class T>
void fill(const IntegerRange<T>& range, Words high_key, Words low_key, std::int64_t begin, std::int64_t end,
          T* y) {
  if constexpr (sizeof(T) == 8) {
    for (std::int64_t i = begin; i < end; ++i)
      y[i] = range.at(random_bits64(high_key, i), random_bits64(low_key, i));
  } else {
    constexpr std::int64_t stretch = 256;
    std::uint32_t high[stretch], low[stretch];
    for (std::int64_t start = begin; start < end; start += stretch) {
      const std::int64_t stop = std::min(end, start + stretch);
      random_bits32(high_key, start, stop, high);
      random_bits32(low_key, start, stop, low);
      for (std::int64_t i = start; i < stop; ++i) y[i] = range.at(high[i - start], low[i - start]);
    }
  }
}

struct Keyed {
  std::uint32_t key;
  std::int32_t value;
};

// One pass of a stable radix sort, by the byte at `shift`.
void radix_pass(const Keyed* from, Keyed* to, std::int64_t n, int shift) {
  std::array<std::int64_t, 257> start = {};
  for (std::int64_t i = 0; i < n; ++i) ++start[(from[i].key >> shift & 255) + 1];
  std::partial_sum(start.begin(), start.end(), start.begin());
  for (std::int64_t i = 0; i < n; ++i) to[start[from[i].key >> shift & 255]++] = from[i];
}

void sort_by_random_keys(Words key, Keyed* x, Keyed* scratch, std::int64_t n) {
  parallel_for(n, [&](std::int64_t begin, std::int64_t end) {
    for_bits(key, begin, end, [&](std::int64_t i, std::uint32_t bits) { x[i].key = bits; });
  });
  for (const int shift : {0, 16}) {
    radix_pass(x, scratch, n, shift);
    radix_pass(scratch, x, n, shift + 8);
  }
}

}  // namespace

Layout RandomIntegers::outputs(const Layout& key) const {
  check_key(name, key);
  if (!is_integer(layout.dtype)) {
    fail(name, fmt::format("{} is not an integer dtype: for floating numbers, use random::uniform.",
                           ramie::name(layout.dtype)));
  }
  return layout;
}

void RandomIntegers::run(Cpu, View y, View key) const noexcept {
  const Words k = read_key(key), high_key = threefry2x32(k, 0), low_key = threefry2x32(k, 1);
  visit(layout.dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      const IntegerRange<T> range(low, high);
      parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
        fill(range, high_key, low_key, begin, end, y.as<T>());
      });
    }
  });
}

Layout Permutation::outputs(const Layout& key) const {
  check_key(name, key);
  if (n < 0 || n > std::numeric_limits<std::int32_t>::max()) {
    fail(name, fmt::format("{} elements: give a number from 0 to 2^31 - 1.", n));
  }
  return {int32, {n}};
}

// Enough that all elements are told apart in some round, almost surely.
int Permutation::rounds() const {
  const double bits = std::log(static_cast<double>(std::max<std::int64_t>(1, n)));
  return static_cast<int>(std::ceil(3 * bits / std::log(4294967295.0)));
}

std::size_t Permutation::workspace(const Layout&) const {
  return static_cast<std::size_t>(n) * 2 * sizeof(Keyed);
}

void Permutation::run(Cpu cpu, View y, View key) const noexcept {
  auto* x = reinterpret_cast<Keyed*>(cpu.workspace);
  for (std::int64_t i = 0; i < n; ++i) x[i].value = static_cast<std::int32_t>(i);
  Words k = read_key(key);
  for (int round = rounds(); round > 0; --round) {
    sort_by_random_keys(threefry2x32(k, 1), x, x + n, n);
    k = threefry2x32(k, 0);
  }
  for (std::int64_t i = 0; i < n; ++i) y.as<std::int32_t>()[i] = x[i].value;
}

}  // namespace ramie::kernels
