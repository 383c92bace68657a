#include <ramie/tensor/ops/cross_entropy.h>

#include <fmt/format.h>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/softmax.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/cross_entropy.cpp>
#include <hwy/foreach_target.h>

#include <ramie/tensor/ops/softmax_rows-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

struct LogsumexpRow {
  template <class T>
  void operator()(T* y, const T* x, std::int64_t n) const {
    *y = row_logsumexp(x, n);
  }
};

// dy softmax(x)
struct ScaledSoftmaxRow {
  template <class T>
  void operator()(T* dx, const T* dy, const T* x, std::int64_t n) const {
    const T m = row_max(x, n);
    write(dx, dy, x, n, m, row_exp_sum(x, n, m));
  }
  template <class T>
  static HWY_INLINE void write(T* dx, const T* dy, const T* x, std::int64_t n, T max, T sum) {
    const auto shift = all_lanes(max), scale = all_lanes(T{1} / sum * *dy);
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      store_lanes(exp_shifted(load_lanes(x + i, lanes) - shift) * scale, dx + i, lanes);
    });
  }
};

// Both; where the maximum is finite, they have the sum in common.
struct LogsumexpAndSoftmaxRow {
  template <class T>
  void operator()(T* y, T* dx, const T* dy, const T* x, std::int64_t n) const {
    const T m = row_max(x, n), sum = row_exp_sum(x, n, m);
    *y = std::isfinite(m) ? m + std::log(sum) : row_logsumexp(x, n);
    ScaledSoftmaxRow::write(dx, dy, x, n, m, sum);
  }
};

}  // namespace

void row_logsumexps(Rows rows, std::int64_t begin, std::int64_t end, View y, View x) {
  for_rows(LogsumexpRow(), rows, begin, end, y, x);
}
void scaled_softmaxes(Rows rows, std::int64_t begin, std::int64_t end, View dx, View dy, View x) {
  for_rows(ScaledSoftmaxRow(), rows, begin, end, dx, dy, x);
}
void logsumexps_and_softmaxes(Rows rows, std::int64_t begin, std::int64_t end, View y, View dx, View dy,
                              View x) {
  for_rows(LogsumexpAndSoftmaxRow(), rows, begin, end, y, dx, dy, x);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(row_logsumexps);
HWY_EXPORT(scaled_softmaxes);
HWY_EXPORT(logsumexps_and_softmaxes);

namespace {

// f(row, label) for the rows begin..end-1.
template <class F>
void for_labels(View labels, std::int64_t begin, std::int64_t end, const F& f) {
  visit(labels.layout->dtype, [&]<class T>(Type<T>) {
    for (std::int64_t r = begin; r < end; ++r) f(r, convert<std::int64_t>(labels.as<T>()[r]));
  });
}
template <class F>
void in_its_dtype(View x, const F& f) {
  if (x.layout->dtype == float64)
    f(Type<double>());
  else
    f(Type<float>());
}

// y[r] -= logits[r, label]
void subtract_logits(const Rows& rows, std::int64_t begin, std::int64_t end, View y, View logits,
                     View labels) {
  in_its_dtype(y, [&]<class T>(Type<T>) {
    for_labels(labels, begin, end, [&](std::int64_t r, std::int64_t label) {
      y.as<T>()[r] -= logits.as<T>()[r * rows.length + label];
    });
  });
}
// dx[r, label] -= dy[r]
void subtract_cotangents(const Rows& rows, std::int64_t begin, std::int64_t end, View dx, View dy,
                         View labels) {
  in_its_dtype(dx, [&]<class T>(Type<T>) {
    for_labels(labels, begin, end, [&](std::int64_t r, std::int64_t label) {
      dx.as<T>()[r * rows.length + label] -= dy.as<T>()[r];
    });
  });
}

Shape without_last(Shape s) {
  s.erase(s.rank() - 1);
  return s;
}

void check_labels(const char* op, const Layout& logits, const Layout& labels) {
  check_rows(op, logits);
  if (is_integer(labels.dtype) && labels.dense && labels.shape == without_last(logits.shape)) return;
  fail(op, fmt::format("the kernel takes dense integer labels of shape {}, not {}{}.",
                       str(without_last(logits.shape)), labels.dense ? "" : "strided ", str(labels)));
}

}  // namespace

Layout CrossEntropy::outputs(const Layout& logits, const Layout& labels) const {
  check_labels(name, logits, labels);
  return logits.as(labels.shape);
}

void CrossEntropy::check(View logits, View labels) const {
  if (logits.layout->rank() == 0 || !is_integer(labels.layout->dtype) || !labels.layout->dense)
    return;  // for outputs()
  const std::int64_t classes = logits.layout->shape.back();
  for_labels(labels, 0, labels.size(), [&](std::int64_t r, std::int64_t label) {
    if (label >= 0 && label < classes) return;
    fail(name, fmt::format("label {} (example {}) is not one of {} classes: labels count from 0.", label, r,
                           classes));
  });
}

void CrossEntropy::run(Cpu, View y, View logits, View labels) const noexcept {
  const Rows rows(*logits.layout);
  const auto sums = HWY_DYNAMIC_DISPATCH(row_logsumexps);
  parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
    sums(rows, begin, end, y, logits);
    subtract_logits(rows, begin, end, y, logits, labels);
  });
}

Layout CrossEntropyBackward::outputs(const Layout& dy, const Layout& logits, const Layout& labels) const {
  check_labels(name, logits, labels);
  if (dy.dense && dy.same(logits.as(labels.shape))) return logits;
  fail(name,
       fmt::format("the kernel takes a dense cotangent of shape {}, not {}.", str(labels.shape), str(dy)));
}

void CrossEntropyBackward::run(Cpu, View dx, View dy, View logits, View labels) const noexcept {
  const Rows rows(*logits.layout);
  const auto softmaxes = HWY_DYNAMIC_DISPATCH(scaled_softmaxes);
  parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
    softmaxes(rows, begin, end, dx, dy, logits);
    subtract_cotangents(rows, begin, end, dx, dy, labels);
  });
}

std::array<Layout, 2> CrossEntropyWithGradient::outputs(const Layout& dy, const Layout& logits,
                                                        const Layout& labels) const {
  return {CrossEntropy{}.outputs(logits, labels), CrossEntropyBackward{}.outputs(dy, logits, labels)};
}
void CrossEntropyWithGradient::check(View, View logits, View labels) const {
  CrossEntropy{}.check(logits, labels);
}

void CrossEntropyWithGradient::run(Cpu, View y, View dx, View dy, View logits, View labels) const noexcept {
  const Rows rows(*logits.layout);
  const auto both = HWY_DYNAMIC_DISPATCH(logsumexps_and_softmaxes);
  parallel_for(rows.count, rows.grain(), [&](std::int64_t begin, std::int64_t end) {
    both(rows, begin, end, y, dx, dy, logits);
    subtract_logits(rows, begin, end, y, logits, labels);
    subtract_cotangents(rows, begin, end, dx, dy, labels);
  });
}

}  // namespace ramie::kernels
#endif  // HWY_ONCE
