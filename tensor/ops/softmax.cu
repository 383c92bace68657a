// Softmax on CUDA: one launch, in which each row is read once if its threads' registers hold it.
#include <ramie/tensor/ops/softmax.h>

#include <ramie/tensor/cuda/softmax_rows.h>

namespace ramie::kernels {
namespace {

struct SoftmaxRow {
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* y, const T* x) const {
    const auto v = row.read(x);
    const ShiftedSum<T> s = row.shifted_sum(v);
    const T scale = 1 / s.divisor();
    row.write(
        y, [=](auto, T e) { return std::exp(e - s.max) * scale; }, v);
  }
};

struct LogSoftmaxRow {
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* y, const T* x) const {
    const auto v = row.read(x);
    const ShiftedSum<T> s = row.shifted_sum(v);
    const T log_sum = std::log(s.divisor());
    row.write(
        y, [=](auto, T e) { return e - s.max - log_sum; }, v);
  }
};

struct LogsumexpRow {
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* y, const T* x) const {
    const ShiftedSum<T> s = row.shifted_sum(row.read(x));
    if (row.leads()) y[row.index] = s.logsumexp();
  }
};

struct SoftmaxBackwardRow {
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* dx, const T* dy, const T* y) const {
    const auto g = row.read(dy), v = row.read(y);
    const T mean = row.sum([](T g, T v) { return g * v; }, g, v);
    row.write(
        dx, [=](auto, T g, T v) { return v * (g - mean); }, g, v);
  }
};

struct LogSoftmaxBackwardRow {
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* dx, const T* dy, const T* y) const {
    const auto g = row.read(dy), v = row.read(y);
    const T all = row.sum([](T g) { return g; }, g);
    row.write(
        dx, [=](auto, T g, T v) { return g - std::exp(v) * all; }, g, v);
  }
};

// f on the rows of x; y, the result, may have one element for each.
template <class F, class... V>
void run_rows(Cuda cuda, F f, View y, View x, V... more) {
  if (y.size() == 0) return;
  visit_rows(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_rows(cuda, f, Rows(*x.layout), y.as<T>(), static_cast<const T*>(x.as<T>()),
                static_cast<const T*>(more.template as<T>())...);
  });
}

}  // namespace

void Softmax::run(Cuda cuda, View y, View x) const { run_rows(cuda, SoftmaxRow(), y, x); }
void LogSoftmax::run(Cuda cuda, View y, View x) const { run_rows(cuda, LogSoftmaxRow(), y, x); }
void Logsumexp::run(Cuda cuda, View y, View x) const { run_rows(cuda, LogsumexpRow(), y, x); }
void SoftmaxBackward::run(Cuda cuda, View dx, View dy, View y) const {
  run_rows(cuda, SoftmaxBackwardRow(), dx, dy, y);
}
void LogSoftmaxBackward::run(Cuda cuda, View dx, View dy, View y) const {
  run_rows(cuda, LogSoftmaxBackwardRow(), dx, dy, y);
}

}  // namespace ramie::kernels
