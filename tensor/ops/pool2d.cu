// Pooling on a GPU: a thread for each pack of channels of the result. Gradients are gathered: each element of
// the input adds what the windows over it have for it, in their order, so that there is nothing to write
// twice.
#include <ramie/tensor/ops/pool2d.h>

#include <algorithm>
#include <limits>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/cuda/fast_divide.h>
#include <ramie/tensor/cuda/packs.h>
#include <ramie/tensor/ops/pool2d_naive.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 30;  // what indices count to

struct Span {
  int begin, end;
};

struct Window {
  int size[2], strides[2], before[2];
  int image[2];   // the height and width of the pooled images
  int output[2];  // and the numbers of windows
  FastDivide by_stride[2], by_width;
  bool count_padding, minimum;

  Window(const PoolWindow& p, const Shape& images, const Shape& outputs, bool count = true, bool min = false)
      : by_width(p.size[1]), count_padding(count), minimum(min) {
    for (std::size_t a : {0, 1}) {
      const int axis = 1 + static_cast<int>(a);
      size[a] = static_cast<int>(p.size[a]), strides[a] = static_cast<int>(p.strides[a]);
      before[a] = static_cast<int>(p.padding[a][0]), by_stride[a] = FastDivide(p.strides[a]);
      image[a] = static_cast<int>(images[axis]), output[a] = static_cast<int>(outputs[axis]);
    }
  }
  __device__ int first(int axis, int i) const { return i * strides[axis] - before[axis]; }
  __device__ int area() const { return size[0] * size[1]; }
  // Elements of the image under window i.
  __device__ Span under(int axis, int i) const {
    return {max(first(axis, i), 0), min(first(axis, i) + size[axis], image[axis])};
  }
  // Windows over element i of the image.
  __device__ Span over(int axis, int i) const {
    const int at = i + before[axis],
              past = at - size[axis];  // the last place where a window begins too early
    return {past < 0 ? 0 : static_cast<int>(by_stride[axis](static_cast<unsigned>(past))) + 1,
            min(at < 0 ? 0 : static_cast<int>(by_stride[axis](static_cast<unsigned>(at))) + 1, output[axis])};
  }
  __device__ int divisor(int i, int j) const {
    const Span rows = under(0, i), columns = under(1, j);
    return count_padding ? area() : max(rows.end - rows.begin, 0) * max(columns.end - columns.begin, 0);
  }
};

// A view whose channels lie side by side, read and written in packs of n of them.
template <class T, int n>
struct Pixels {
  using Element = T;
  T* data;
  std::int64_t image, row, pixel;
  explicit Pixels(View v)
      : data(v.as<T>()),
        image(v.layout->strides[0]),
        row(v.layout->strides[1]),
        pixel(v.layout->strides[2]) {}
  static bool takes(View v) {
    const Shape& s = v.layout->strides;
    return v.shape(3) % n == 0 && s[0] % n == 0 && s[1] % n == 0 && s[2] % n == 0 &&
           aligned(v.data, alignof(Pack<T, n>));
  }
  __device__ T* at(unsigned i, int h, int w, unsigned c) const {
    return data + i * image + h * row + w * pixel + c;
  }
  __device__ Pack<T, n> load(unsigned i, int h, int w, unsigned c) const {
    return *reinterpret_cast<const Pack<T, n>*>(at(i, h, w, c));
  }
  __device__ void store(unsigned i, int h, int w, unsigned c, const Pack<T, n>& x) const {
    *reinterpret_cast<Pack<T, n>*>(at(i, h, w, c)) = x;
  }
};

template <class T, int n>
__device__ void store_as(const Pixels<T, n>& y, unsigned image, int i, int j, unsigned c,
                         const Accumulator<T> (&v)[n]) {
  Pack<T, n> x;
  for (int k = 0; k < n; ++k) x.v[k] = convert_on_device<T>(v[k]);
  y.store(image, i, j, c, x);
}

// Each is called for a pixel of its result and the first channel of a pack.
template <class T, int n>
struct Average {
  static constexpr int width = n;
  Window w;
  Pixels<T, n> y, x;
  __device__ void operator()(unsigned image, int i, int j, unsigned c) const {
    const Span rows = w.under(0, i), columns = w.under(1, j);
    Accumulator<T> sum[n] = {};
    for (int h = rows.begin; h < rows.end; ++h)
      for (int v = columns.begin; v < columns.end; ++v) {
        const auto pack = x.load(image, h, v, c);
        for (int k = 0; k < n; ++k) sum[k] += convert_on_device<Accumulator<T>>(pack.v[k]);
      }
    const auto divisor = static_cast<Accumulator<T>>(w.divisor(i, j));
    for (int k = 0; k < n; ++k) sum[k] /= divisor;
    store_as(y, image, i, j, c, sum);
  }
};

template <class T, int n>
struct AverageGradient {
  static constexpr int width = n;
  Window w;
  Pixels<T, n> dx, dy;
  __device__ void operator()(unsigned image, int h, int v, unsigned c) const {
    const Span rows = w.over(0, h), columns = w.over(1, v);
    Accumulator<T> sum[n] = {};
    for (int i = rows.begin; i < rows.end; ++i)
      for (int j = columns.begin; j < columns.end; ++j) {
        const auto pack = dy.load(image, i, j, c);
        const auto divisor = static_cast<Accumulator<T>>(w.divisor(i, j));
        for (int k = 0; k < n; ++k) sum[k] += convert_on_device<Accumulator<T>>(pack.v[k]) / divisor;
      }
    store_as(dx, image, h, v, c, sum);
  }
};

// I is the index's type, or void where none is wanted.
template <class T, int n, class I>
struct Extreme {
  static constexpr int width = n;
  using Index = std::conditional_t<std::is_void_v<I>, T, I>;
  Window w;
  Pixels<T, n> y, x;
  Pixels<Index, n> index;
  __device__ void operator()(unsigned image, int i, int j, unsigned c) const {
    using Number = Accumulator<T>;
    const Span rows = w.under(0, i), columns = w.under(1, j);
    constexpr Number infinity = std::numeric_limits<Number>::infinity();
    Number best[n];
    int place[n];
    for (int k = 0; k < n; ++k) best[k] = w.minimum ? infinity : -infinity, place[k] = w.area();
    for (int h = rows.begin; h < rows.end; ++h)
      for (int v = columns.begin; v < columns.end; ++v) {
        const auto pack = x.load(image, h, v, c);
        const int at = (h - w.first(0, i)) * w.size[1] + v - w.first(1, j);
        const bool first = h == rows.begin && v == columns.begin;
        for (int k = 0; k < n; ++k) {
          const auto value = convert_on_device<Number>(pack.v[k]);
          // NaN is the extreme of all.
          const bool weaker = w.minimum ? value >= best[k] : value <= best[k];
          if (first || (!weaker && best[k] == best[k])) best[k] = value, place[k] = at;
        }
      }
    store_as(y, image, i, j, c, best);
    if constexpr (!std::is_void_v<I>) {
      Pack<I, n> places;
      for (int k = 0; k < n; ++k) places.v[k] = static_cast<I>(place[k]);
      index.store(image, i, j, c, places);
    }
  }
};

template <class T, int n, class I>
struct Gather {
  static constexpr int width = n;
  Window w;
  Pixels<T, n> y, x;
  Pixels<I, n> index;
  __device__ void operator()(unsigned image, int i, int j, unsigned c) const {
    const auto places = index.load(image, i, j, c);
    Pack<T, n> value{};
    for (int k = 0; k < n; ++k) {
      const int place = places.v[k];
      if (place < 0 || place >= w.area()) continue;
      const auto [a, b] = w.by_width.split(static_cast<unsigned>(place));
      const int h = w.first(0, i) + static_cast<int>(a), v = w.first(1, j) + static_cast<int>(b);
      if (h >= 0 && h < w.image[0] && v >= 0 && v < w.image[1])
        value.v[k] = *x.at(image, h, v, c + static_cast<unsigned>(k));
    }
    y.store(image, i, j, c, value);
  }
};

template <class T, int n, class I>
struct Scatter {
  static constexpr int width = n;
  Window w;
  Pixels<T, n> dx, dy;
  Pixels<I, n> index;
  __device__ void operator()(unsigned image, int h, int v, unsigned c) const {
    const Span rows = w.over(0, h), columns = w.over(1, v);
    Accumulator<T> sum[n] = {};
    for (int i = rows.begin; i < rows.end; ++i)
      for (int j = columns.begin; j < columns.end; ++j) {
        const int place = (h - w.first(0, i)) * w.size[1] + v - w.first(1, j);
        const auto pack = dy.load(image, i, j, c);
        const auto places = index.load(image, i, j, c);
        for (int k = 0; k < n; ++k)
          if (places.v[k] == place) sum[k] += convert_on_device<Accumulator<T>>(pack.v[k]);
      }
    store_as(dx, image, h, v, c, sum);
  }
};

struct Lengths {
  FastDivide rows, columns, packs;
  unsigned size;
};

template <class F>
__global__ void __launch_bounds__(block_threads) pool_kernel(F f, Lengths n) {
  const unsigned step = gridDim.x * block_threads;
  for (unsigned e = blockIdx.x * block_threads + threadIdx.x; e < n.size; e += step) {
    const auto [pixel, pack] = n.packs.split(e);
    const auto [row, j] = n.columns.split(pixel);
    const auto [image, i] = n.rows.split(row);
    f(image, static_cast<int>(i), static_cast<int>(j), pack * F::width);
  }
}

template <class F>
void launch_packs(Cuda cuda, const Shape& s, const F& f) {
  constexpr std::int64_t most_blocks = 132 * 32;  // more only wait
  const std::int64_t packs = s[3] / F::width, size = s[0] * s[1] * s[2] * packs;
  if (size == 0) return;
  const Lengths n{FastDivide(s[1]), FastDivide(s[2]), FastDivide(packs), static_cast<unsigned>(size)};
  const unsigned blocks = blocks_for(std::min(size, most_blocks * block_threads), block_threads);
  launch_kernel(pool_kernel<F>, blocks, block_threads, 0, cuda, f, n);
}

bool side_by_side(View v) { return v.layout->strides[3] == 1 || v.shape(3) <= 1; }

// Whether these kernels take it: floating numbers that 32 bits can count, with channels side by side.
bool takes(const PoolWindow& p, View y, View x) {
  bool all = is_floating(x.layout->dtype) && side_by_side(x) && x.size() < most && y.size() < most;
  for (std::size_t a : {0, 1})
    all = all && p.size[a] < most && p.strides[a] < most && std::abs(p.padding[a][0]) < most / 2 &&
          p.area() < most &&
          std::max(x.shape(1 + static_cast<int>(a)), y.shape(1 + static_cast<int>(a))) < most / 2;
  return all;
}

template <class F>
void visit_floating(DType t, F f) {
  visit(t, [&]<class T>(Type<T> type) {
    if constexpr (!std::is_integral_v<T>) f(type);
  });
}

// Calls f.operator()<T, n>() with packs of 16 bytes where all views have them.
template <class F>
void with_packs(View y, View x, F f) {
  visit_floating(x.layout->dtype, [&]<class T>(Type<T>) {
    constexpr int n = pack_size<T>;
    if (Pixels<T, n>::takes(y) && Pixels<T, n>::takes(x))
      f.template operator()<T, n>();
    else
      f.template operator()<T, 1>();
  });
}
// The same with the index's type. Its packs are of bytes only: other indices belong to windows of many
// elements.
template <class F>
void with_packs(View y, View x, View index, F f) {
  visit_floating(x.layout->dtype, [&]<class T>(Type<T>) {
    constexpr int n = pack_size<T>;
    if (index.layout->dtype != uint8)
      f.template operator()<T, 1, std::int32_t>();
    else if (Pixels<T, n>::takes(y) && Pixels<T, n>::takes(x) && Pixels<std::uint8_t, n>::takes(index))
      f.template operator()<T, n, std::uint8_t>();
    else
      f.template operator()<T, 1, std::uint8_t>();
  });
}

}  // namespace

void AvgPool::run(Cuda cuda, View y, View x) const {
  if (!takes(window, y, x)) return naive::AvgPool{window, count_padding}.run(cuda, y, x);
  const Window w(window, x.layout->shape, y.layout->shape, count_padding);
  with_packs(y, x, [&]<class T, int n>() {
    launch_packs(cuda, y.layout->shape, Average<T, n>{w, Pixels<T, n>(y), Pixels<T, n>(x)});
  });
}

void AvgPoolGradient::run(Cuda cuda, View dx, View dy) const {
  if (!takes(window, dx, dy)) return naive::AvgPoolGradient{window, count_padding, input}.run(cuda, dx, dy);
  const Window w(window, dx.layout->shape, dy.layout->shape, count_padding);
  with_packs(dx, dy, [&]<class T, int n>() {
    launch_packs(cuda, dx.layout->shape, AverageGradient<T, n>{w, Pixels<T, n>(dx), Pixels<T, n>(dy)});
  });
}

void MaxPool::run(Cuda cuda, View y, View x) const {
  if (!takes(window, y, x)) return naive::MaxPool{window, minimum}.run(cuda, y, x);
  const Window w(window, x.layout->shape, y.layout->shape, true, minimum);
  with_packs(y, x, [&]<class T, int n>() {
    const Pixels<T, n> to(y);
    launch_packs(cuda, y.layout->shape, Extreme<T, n, void>{w, to, Pixels<T, n>(x), to});
  });
}

void MaxPoolIndex::run(Cuda cuda, View y, View index, View x) const {
  if (!takes(window, y, x)) return naive::MaxPoolIndex{window, minimum}.run(cuda, y, index, x);
  const Window w(window, x.layout->shape, y.layout->shape, true, minimum);
  with_packs(y, x, index, [&]<class T, int n, class I>() {
    launch_packs(cuda, y.layout->shape,
                 Extreme<T, n, I>{w, Pixels<T, n>(y), Pixels<T, n>(x), Pixels<I, n>(index)});
  });
}

void PoolGather::run(Cuda cuda, View y, View x, View index) const {
  if (!takes(window, y, x) || !side_by_side(index)) return naive::PoolGather{window}.run(cuda, y, x, index);
  const Window w(window, x.layout->shape, y.layout->shape);
  with_packs(y, x, index, [&]<class T, int n, class I>() {
    launch_packs(cuda, y.layout->shape,
                 Gather<T, n, I>{w, Pixels<T, n>(y), Pixels<T, n>(x), Pixels<I, n>(index)});
  });
}

void PoolScatter::run(Cuda cuda, View dx, View dy, View index) const {
  if (!takes(window, dx, dy) || !side_by_side(index))
    return naive::PoolScatter{window, input}.run(cuda, dx, dy, index);
  const Window w(window, dx.layout->shape, dy.layout->shape);
  with_packs(dx, dy, index, [&]<class T, int n, class I>() {
    launch_packs(cuda, dx.layout->shape,
                 Scatter<T, n, I>{w, Pixels<T, n>(dx), Pixels<T, n>(dy), Pixels<I, n>(index)});
  });
}

}  // namespace ramie::kernels
