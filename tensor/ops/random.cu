// Random floating-point numbers on CUDA: uniform ones to the bit the CPU's, normal ones but for log's last
// bit.
#include <ramie/tensor/ops/random.h>

#include <ramie/tensor/cuda/erf_inv.h>
#include <ramie/tensor/cuda/random_stream.h>
#include <ramie/tensor/ops/random_span.h>

namespace ramie::kernels {
namespace {

// Random mantissas make numbers in [1, 2), which are then shifted and scaled.
__device__ float mantissa(Words key, std::int64_t i, float) {
  return std::bit_cast<float>(random_word(key, i) >> 9 | 0x3f800000u);
}
__device__ double mantissa(Words key, std::int64_t i, double) {
  return std::bit_cast<double>(random_bits64(key, i) >> 12 | 0x3ff0000000000000u);
}

template <class T>
struct DrawUniform {
  Span<T> u;
  __device__ T operator()(Words key, std::int64_t i) const {
    if constexpr (std::is_same_v<T, Wide<T>>) {
      const T x = std::fma(mantissa(key, i, T{}) - 1, u.width, u.low);
      return u.low > x ? u.low : x;
    } else {
      return u.at(random_word(key, i));
    }
  }
};

template <class T>
struct DrawNormal {
  NormalSpan<T> n;
  __device__ T operator()(Words key, std::int64_t i) const {
    const T u = DrawUniform<T>{n.u}(key, i);
    return n.scaled(T(erf_inv(static_cast<Wide<T>>(u))));
  }
};

struct DrawBernoulli {
  float limit;
  __device__ bool operator()(Words key, std::int64_t i) const {
    return DrawUniform<float>{{}}(key, i) < limit;
  }
};

}  // namespace

void Uniform::run(Cuda cuda, View y, View key) const {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_fill<T>(cuda, y, key, DrawUniform<T>{Span<T>::from(convert<T>(low), convert<T>(high))});
  });
}

void Normal::run(Cuda cuda, View y, View key) const {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_fill<T>(cuda, y, key, DrawNormal<T>{NormalSpan<T>::standard()});
  });
}

void TruncatedNormal::run(Cuda cuda, View y, View key) const {
  visit_floating(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_fill<T>(cuda, y, key,
                   DrawNormal<T>{NormalSpan<T>::truncated(convert<T>(lower), convert<T>(upper))});
  });
}

void Bernoulli::run(Cuda cuda, View y, View key) const {
  launch_fill<bool>(cuda, y, key, DrawBernoulli{static_cast<float>(p)});
}

}  // namespace ramie::kernels
