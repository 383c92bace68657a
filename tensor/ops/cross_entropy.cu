// Cross-entropy on CUDA: one launch each way.
#include <ramie/tensor/ops/cross_entropy.h>

#include <ramie/tensor/cuda/integers.h>
#include <ramie/tensor/cuda/softmax_rows.h>

namespace ramie::kernels {
namespace {

struct Labels {
  Integers values;
  Fault fault;

  Labels(Cuda cuda, const View& labels)
      : values(labels),
        fault(cuda,
              "[softmax_cross_entropy_with_integer_labels] a label is not one of the classes: labels count "
              "from 0.") {}
  // The label of a row of n classes; -1 if it is none of them.
  __device__ std::int64_t of(std::int64_t row, std::int64_t n) const {
    const std::int64_t label = values[row];
    if (label >= 0 && label < n) return label;
    fault.raise();
    return -1;
  }
};

struct CrossEntropyRow {
  Labels labels;
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* y, const T* x) const {
    const ShiftedSum<T> s = row.shifted_sum(row.read(x));
    if (!row.leads()) return;
    const std::int64_t label = labels.of(row.index, row.size());
    y[row.index] = label < 0 ? std::numeric_limits<T>::quiet_NaN() : s.logsumexp() - row.begin(x)[label];
  }
};

struct CrossEntropyBackwardRow {
  Labels labels;
  template <class Row, class T>
  __device__ void operator()(const Row& row, T* dx, const T* x, const T* dy) const {
    const auto v = row.read(x);
    const ShiftedSum<T> s = row.shifted_sum(v);
    if (row.size() == 0) return;
    const std::int64_t label = labels.of(row.index, row.size());
    const T d = label < 0 ? std::numeric_limits<T>::quiet_NaN() : dy[row.index], scale = 1 / s.divisor() * d;
    row.write(
        dx, [=](auto i, T e) { return std::exp(e - s.max) * scale - (i == label ? d : T{0}); }, v);
  }
};

template <class T>
struct CrossEntropyWithGradientRow {
  Labels labels;
  T* y;
  template <class Row>
  __device__ void operator()(const Row& row, T* dx, const T* x, const T* dy) const {
    const auto v = row.read(x);
    const ShiftedSum<T> s = row.shifted_sum(v);
    if (row.size() == 0) return;
    const std::int64_t label = labels.of(row.index, row.size());
    const T nan = std::numeric_limits<T>::quiet_NaN();
    if (row.leads()) y[row.index] = label < 0 ? nan : s.logsumexp() - row.begin(x)[label];
    const T d = label < 0 ? nan : dy[row.index], scale = 1 / s.divisor() * d;
    row.write(
        dx, [=](auto i, T e) { return std::exp(e - s.max) * scale - (i == label ? d : T{0}); }, v);
  }
};

}  // namespace

void CrossEntropy::run(Cuda cuda, View y, View logits, View labels) const {
  if (y.size() == 0) return;
  visit_rows(y.layout->dtype, [&]<class T>(Type<T>) {
    launch_rows(cuda, CrossEntropyRow{{cuda, labels}}, Rows(*logits.layout), y.as<T>(),
                static_cast<const T*>(logits.as<T>()));
  });
}

void CrossEntropyBackward::run(Cuda cuda, View dx, View dy, View logits, View labels) const {
  if (dx.size() == 0) return;
  visit_rows(dx.layout->dtype, [&]<class T>(Type<T>) {
    launch_rows(cuda, CrossEntropyBackwardRow{{cuda, labels}}, Rows(*logits.layout), dx.as<T>(),
                static_cast<const T*>(logits.as<T>()), static_cast<const T*>(dy.as<T>()));
  });
}

void CrossEntropyWithGradient::run(Cuda cuda, View y, View dx, View dy, View logits, View labels) const {
  if (y.size() == 0) return;
  visit_rows(dx.layout->dtype, [&]<class T>(Type<T>) {
    launch_rows(cuda, CrossEntropyWithGradientRow<T>{{cuda, labels}, y.as<T>()}, Rows(*logits.layout),
                dx.as<T>(), static_cast<const T*>(logits.as<T>()), static_cast<const T*>(dy.as<T>()));
  });
}

}  // namespace ramie::kernels
