// Kernels over the elements of several operands of any dtype and layout. Each thread handles packs of
// neighbours along a row; an operand that lies so is read or written a whole pack at a time, others element
// by element.
//
//   const PackedRows<2> rows(part, width, {y, x});         // on the host, of a JointAxes<2>
//   launch_kernel(cast<To>, grid_for(rows.packs), block_threads, 0, cuda, rows);
//
//   const auto p = rows.place<width>(k);                   // on the device, of pack k; y is rows.operand[0]
//   y.store<To>(p.at[0], p.count, x.load<To, width>(p.at[1], p.count));
#pragma once

#include <ramie/tensor/cuda/axes.h>
#include <ramie/tensor/cuda/block.h>
#include <ramie/tensor/cuda/convert.h>

namespace ramie::kernels {

// visit(), on the device.
template <class F>
__device__ inline void visit_on_device(DType t, F&& f) {
  switch (t) {
    case DType::bool_:
      return f(Type<bool>{});
    case DType::uint8:
      return f(Type<std::uint8_t>{});
    case DType::int8:
      return f(Type<std::int8_t>{});
    case DType::int16:
      return f(Type<std::int16_t>{});
    case DType::int32:
      return f(Type<std::int32_t>{});
    case DType::uint32:
      return f(Type<std::uint32_t>{});
    case DType::int64:
      return f(Type<std::int64_t>{});
    case DType::float16:
      return f(Type<Half>{});
    case DType::bfloat16:
      return f(Type<BFloat16>{});
    case DType::float32:
      return f(Type<float>{});
    case DType::float64:
      return f(Type<double>{});
  }
}

// Blocks for n things, which the grid's threads take in turns: at most enough to fill the largest GPU a few
// times.
inline constexpr std::int64_t most_threads = 1 << 21;
inline unsigned grid_for(std::int64_t n) { return blocks_for(std::min(n, most_threads), block_threads); }

// Where an operand's elements are. Without data, it is not there at all.
struct DeviceOperand {
  std::byte* data;
  std::int64_t step;  // between neighbours in a row
  DType dtype;
  bool whole;  // packs are aligned, and without gaps

  // The first `count` of a pack's elements, converted; the others are 0.
  template <class T, int w>
  __device__ Pack<T, w> load(std::int64_t at, int count) const {
    Pack<T, w> y{};
    visit_on_device(dtype, [&]<class X>(Type<X>) {
      using From = std::conditional_t<std::is_same_v<X, bool>, std::uint8_t, X>;  // its bytes are 0 and 1
      const From* p = reinterpret_cast<const From*>(data) + at;
      if (whole && count >= w) {
        const auto x = *reinterpret_cast<const Pack<From, w>*>(p);
        for (int j = 0; j < w; ++j) y.v[j] = convert_on_device<T>(x.v[j]);
      } else {
        for (int j = 0; j < w; ++j)
          if (j < count) y.v[j] = convert_on_device<T>(p[j * step]);
      }
    });
    return y;
  }
  template <class To, class T, int w>
  __device__ void store(std::int64_t at, int count, const Pack<T, w>& x) const {
    Pack<To, w> y;
    for (int j = 0; j < w; ++j) y.v[j] = convert_on_device<To>(x.v[j]);
    store_pack(reinterpret_cast<To*>(data) + at, y, count, whole);
  }
};

template <int n>
struct PackedRows {
  struct Place {
    int count;  // elements of the pack: at a row's end there may be fewer than its width
    std::int64_t at[n];
  };

  DeviceOperand operand[n];
  unsigned packs, columns;
  Walk<n> walk;  // of packs

  PackedRows(JointAxes<n> part, int width, const std::array<View, n>& views)
      : columns(static_cast<unsigned>(part.columns())), walk(part) {
    for (int k = 0; k < n; ++k) operand[k] = operand_of(views[k], part, k, width);
    part.length[part.rank - 1] = ceil_divide(part.columns(), width);
    for (auto& step : part.stride[part.rank - 1]) step *= width;
    packs = static_cast<unsigned>(part.size());
    walk = Walk<n>(part);
  }
  template <int width>
  __device__ Place place(unsigned pack) const {
    const auto e = walk.element(pack);
    Place p{static_cast<int>(columns - e.column * width), {}};
    for (int k = 0; k < n; ++k) p.at[k] = e.at[k];
    return p;
  }

 private:
  static DeviceOperand operand_of(View v, const JointAxes<n>& part, int k, int width) {
    if (!v.data) return {};
    const auto bytes = static_cast<std::int64_t>(size_of(v.layout->dtype));
    std::byte* data = v.data + part.begin[k] * bytes;
    bool whole = part.step()[k] == 1 &&
                 aligned(data, static_cast<std::size_t>(std::min<std::int64_t>(16, width * bytes)));
    for (int i = 0; i + 1 < part.rank; ++i) whole = whole && part.stride[i][k] % width == 0;
    return {data, part.step()[k], v.layout->dtype, whole};
  }
};

}  // namespace ramie::kernels
