#include <ramie/tensor/ops/cast.h>

#include <algorithm>

#include <ramie/tensor/cpu/half_rows.h>
#include <ramie/tensor/cpu/loops.h>
#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {
namespace {

template <class T>
constexpr bool half = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

template <class To, class From>
void convert_dense(std::int64_t n, To* y, const From* x) {
  if constexpr ((half<From> || std::is_same_v<From, std::uint8_t>)&&std::is_same_v<To, float>) {
    widen(n, y, x);
  } else if constexpr (half<To> && std::is_same_v<From, float>) {
    narrow(n, y, x);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
  }
}

template <class To, class From>
void convert_row(std::int64_t n, std::byte* to, const std::byte* from, std::int64_t stride) {
  To* y = reinterpret_cast<To*>(to);
  const From* x = reinterpret_cast<const From*>(from);
  if (stride == 1) return convert_dense(n, y, x);
  if (stride == 0) return std::fill_n(y, n, convert<To>(*x)), void();
  for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i * stride]);
}

}  // namespace

Convert converter(DType to, DType from) {
  // The bytes of bool are 0 and 1; as numbers they convert in vectors.
  return visit(from == bool_ ? uint8 : from, [&]<class From>(Type<From>) {
    return visit(to, []<class To>(Type<To>) -> Convert { return convert_row<To, From>; });
  });
}

void Cast::run(Cpu, View y, View x) const noexcept {
  const Convert row = converter(to, x.layout->dtype);
  const auto y_bytes = static_cast<std::int64_t>(size_of(to)),
             x_bytes = static_cast<std::int64_t>(size_of(x.layout->dtype));
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    Cursor c(*x.layout, begin);
    for (std::int64_t at = begin, n; at < end; at += n, c.advance(n)) {
      n = std::min(end - at, c.run());
      row(n, y.data + at * y_bytes, x.data + c.offset() * x_bytes, c.step());
    }
  });
}

}  // namespace ramie::kernels
