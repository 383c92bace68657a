#include <ramie/tensor/ops/sort.h>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <ramie/tensor/cpu/axis_split.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

// An element's key and, for those that are equal, its place. Where both fit a word, that is the entry.
struct WideEntry {
  std::uint64_t key;
  std::uint32_t place;
  bool operator<(const WideEntry& o) const { return key != o.key ? key < o.key : place < o.place; }
};
template <class T>
using Entry = std::conditional_t<sizeof(T) == 8, WideEntry, std::uint64_t>;

template <class T>
Entry<T> entry_of(T x, std::uint32_t place, bool descending) {
  const SortKey<T> key = descending ? ~sort_key(x) : sort_key(x);
  if constexpr (sizeof(T) == 8)
    return {key, place};
  else
    return std::uint64_t{key} << 32 | place;
}
std::int32_t place_of(std::uint64_t e) { return static_cast<std::int32_t>(e & 0xffffffff); }
std::int32_t place_of(const WideEntry& e) { return static_cast<std::int32_t>(e.place); }

constexpr std::int64_t long_row = 512;

// From the key's lowest byte to its highest. Each pass is stable, so places need no comparison.
template <class E, class Digit>
E* sort_by_bytes(E* from, E* to, std::int64_t n, int bytes, Digit digit) {
  for (int byte = 0; byte < bytes; ++byte) {
    std::int64_t start[256] = {};
    for (std::int64_t i = 0; i < n; ++i) ++start[digit(from[i], byte)];
    if (start[digit(from[0], byte)] == n) continue;  // all alike
    std::exclusive_scan(start, start + 256, start, std::int64_t{0});
    for (std::int64_t i = 0; i < n; ++i) to[start[digit(from[i], byte)]++] = from[i];
    std::swap(from, to);
  }
  return from;
}
std::uint64_t* sorted(std::uint64_t* e, std::int64_t n) {
  const auto digit = [](std::uint64_t x, int byte) { return x >> (32 + 8 * byte) & 255; };
  if (n >= long_row) return sort_by_bytes(e, e + n, n, 4, digit);
  std::sort(e, e + n);
  return e;
}
WideEntry* sorted(WideEntry* e, std::int64_t n) {
  const auto digit = [](const WideEntry& x, int byte) { return x.key >> (8 * byte) & 255; };
  if (n >= long_row) return sort_by_bytes(e, e + n, n, 8, digit);
  std::sort(e, e + n);
  return e;
}
// Entries of a row with room to sort them.
constexpr std::int64_t room(std::int64_t n) { return n >= long_row ? 2 * n : n; }

// n elements that are `stride` apart.
template <class T>
void sort_row(std::int32_t* y, const T* x, Entry<T>* entries, std::int64_t n, std::int64_t stride,
              bool descending) {
  for (std::int64_t i = 0; i < n; ++i)
    entries[i] = entry_of(x[i * stride], static_cast<std::uint32_t>(i), descending);
  const Entry<T>* in_order = sorted(entries, n);
  for (std::int64_t i = 0; i < n; ++i) y[i * stride] = place_of(in_order[i]);
}

}  // namespace

Layout Argsort::outputs(const Layout& x) const {
  if (x.shape[axis] > std::numeric_limits<std::int32_t>::max())
    fail(name, fmt::format("axis {} of {} is too long: its indices must fit int32.", axis, str(x)));
  return {int32, x.shape};
}

std::size_t Argsort::workspace(const Layout& x) const {
  if (x.size == 0) return 0;
  const std::int64_t n = x.shape[axis], entries = x.size / n * room(n);
  return static_cast<std::size_t>(entries) *
         visit(x.dtype, []<class T>(Type<T>) { return sizeof(Entry<T>); });
}

void Argsort::run(Cpu cpu, View y, View x) const noexcept {
  if (x.size() == 0) return;
  const AxisSplit s(x.layout->shape, axis);
  const std::int64_t grain = std::max<std::int64_t>(1, default_grain / 8 / s.n);  // an element is worth 8
  visit(x.layout->dtype, [&]<class T>(Type<T>) {
    parallel_for(s.outer * s.inner, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t at = row / s.inner * s.n * s.inner + row % s.inner;
        sort_row(y.as<std::int32_t>() + at, x.as<T>() + at,
                 reinterpret_cast<Entry<T>*>(cpu.workspace) + row * room(s.n), s.n, s.inner, descending);
      }
    });
  });
}

}  // namespace ramie::kernels
