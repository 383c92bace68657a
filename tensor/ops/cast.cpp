#include <ramie/tensor/ops/cast.h>

#include <algorithm>

#include <ramie/tensor/cpu/loops.h>
#include <ramie/tensor/cpu/parallel.h>

namespace ramie::kernels {
namespace {

template <class To, class From>
void convert_row(std::int64_t n, std::byte* to, const std::byte* from, std::int64_t stride) {
  To* y = reinterpret_cast<To*>(to);
  const From* x = reinterpret_cast<const From*>(from);
  if (stride == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i]);
  } else if (stride == 0) {
    std::fill_n(y, n, convert<To>(*x));
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] = convert<To>(x[i * stride]);
  }
}

void convert_all(View y, View x) {
  const Convert row = converter(y.layout->dtype, x.layout->dtype);
  const auto to = static_cast<std::int64_t>(size_of(y.layout->dtype));
  const auto from = static_cast<std::int64_t>(size_of(x.layout->dtype));
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    Cursor c(*x.layout, begin);
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t n = std::min(end - at, c.run());
      row(n, y.data + at * to, x.data + c.offset() * from, c.step());
      c.advance(n);
      at += n;
    }
  });
}

}  // namespace

Convert converter(DType to, DType from) {
  return visit(to, [&]<class To>(Type<To>) {
    return visit(from, []<class From>(Type<From>) -> Convert { return convert_row<To, From>; });
  });
}

void Cast::run(Cpu, View y, View x) const noexcept { convert_all(y, x); }
void Copy::run(Cpu, View y, View x) const noexcept { convert_all(y, x); }

}  // namespace ramie::kernels
