#include <ramie/tensor/ops/softmax.h>

#include <fmt/format.h>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/softmax.cpp>
#include <hwy/foreach_target.h>

#include <ramie/tensor/ops/softmax_rows-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {
namespace {

struct SoftmaxRow {
  template <class T>
  void operator()(T* y, const T* x, std::int64_t n) const {
    const auto shift = all_lanes(row_max(x, n));
    Lanes<T> sum(0.0);
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      const auto e = exp_shifted(load_lanes(x + i, lanes) - shift);
      sum = sum + only(e, lanes);
      store_lanes(e, y + i, lanes);
    });
    const auto all = all_lanes(total(sum));
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes)
                          HWY_ATTR { store_lanes(load_lanes(y + i, lanes) / all, y + i, lanes); });
  }
};

struct LogSoftmaxRow {
  template <class T>
  void operator()(T* y, const T* x, std::int64_t n) const {
    const T m = row_max(x, n);
    const auto shift = all_lanes(m), log_sum = all_lanes(std::log(row_exp_sum(x, n, m)));
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      store_lanes(load_lanes(x + i, lanes) - shift - log_sum, y + i, lanes);
    });
  }
};

struct SoftmaxBackwardRow {
  template <class T>
  void operator()(T* dx, const T* dy, const T* y, std::int64_t n) const {
    Lanes<T> dot(0.0);
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      dot = multiply_add(load_lanes(dy + i, lanes), load_lanes(y + i, lanes), dot);
    });
    const auto mean = all_lanes(total(dot));
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      store_lanes(load_lanes(y + i, lanes) * (load_lanes(dy + i, lanes) - mean), dx + i, lanes);
    });
  }
};

struct LogSoftmaxBackwardRow {
  template <class T>
  void operator()(T* dx, const T* dy, const T* y, std::int64_t n) const {
    Lanes<T> sum(0.0);
    for_vectors<T>(
        n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR { sum = sum + load_lanes(dy + i, lanes); });
    const auto all = all_lanes(total(sum));
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t lanes) HWY_ATTR {
      store_lanes(load_lanes(dy + i, lanes) - exp_shifted(load_lanes(y + i, lanes)) * all, dx + i, lanes);
    });
  }
};

struct LogsumexpRow {
  template <class T>
  void operator()(T* y, const T* x, std::int64_t n) const {
    *y = row_logsumexp(x, n);
  }
};

}  // namespace

void softmax(Rows rows, std::int64_t begin, std::int64_t end, View y, View x) {
  for_rows(SoftmaxRow(), rows, begin, end, y, x);
}
void log_softmax(Rows rows, std::int64_t begin, std::int64_t end, View y, View x) {
  for_rows(LogSoftmaxRow(), rows, begin, end, y, x);
}
void logsumexp(Rows rows, std::int64_t begin, std::int64_t end, View y, View x) {
  for_rows(LogsumexpRow(), rows, begin, end, y, x);
}
void softmax_backward(Rows rows, std::int64_t begin, std::int64_t end, View dx, View dy, View y) {
  for_rows(SoftmaxBackwardRow(), rows, begin, end, dx, dy, y);
}
void log_softmax_backward(Rows rows, std::int64_t begin, std::int64_t end, View dx, View dy, View y) {
  for_rows(LogSoftmaxBackwardRow(), rows, begin, end, dx, dy, y);
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(softmax);
HWY_EXPORT(log_softmax);
HWY_EXPORT(logsumexp);
HWY_EXPORT(softmax_backward);
HWY_EXPORT(log_softmax_backward);

namespace {

template <class F, class... V>
void parallel_rows(const F& f, View x, V... views) {
  const Rows rows(*x.layout);
  parallel_for(rows.count, rows.grain(),
               [&](std::int64_t begin, std::int64_t end) { f(rows, begin, end, views...); });
}

const Layout& check_pair(const char* op, const Layout& dy, const Layout& y) {
  check_rows(op, y);
  check_rows(op, dy);
  if (!dy.same(y))
    fail(op, fmt::format("the cotangent {} is not of the output's kind, {}.", str(dy), str(y)));
  return y;
}

}  // namespace

void check_rows(const char* op, const Layout& x) {
  if (x.rank() > 0 && x.dense && (x.dtype == float32 || x.dtype == float64)) return;
  fail(op, fmt::format(
               "the kernel takes rows of dense float32 or float64, not {}{}: use the function of this name.",
               x.dense ? "" : "strided ", str(x)));
}

Layout Softmax::outputs(const Layout& x) const { return check_rows(name, x), x; }
void Softmax::run(Cpu, View y, View x) const noexcept {
  parallel_rows(HWY_DYNAMIC_DISPATCH(softmax), x, y, x);
}

Layout LogSoftmax::outputs(const Layout& x) const { return check_rows(name, x), x; }
void LogSoftmax::run(Cpu, View y, View x) const noexcept {
  parallel_rows(HWY_DYNAMIC_DISPATCH(log_softmax), x, y, x);
}

Layout Logsumexp::outputs(const Layout& x) const {
  check_rows(name, x);
  Shape rows = x.shape;
  rows.erase(x.rank() - 1);
  return x.as(rows);
}
void Logsumexp::run(Cpu, View y, View x) const noexcept {
  parallel_rows(HWY_DYNAMIC_DISPATCH(logsumexp), x, y, x);
}

Layout SoftmaxBackward::outputs(const Layout& dy, const Layout& y) const { return check_pair(name, dy, y); }
void SoftmaxBackward::run(Cpu, View dx, View dy, View y) const noexcept {
  parallel_rows(HWY_DYNAMIC_DISPATCH(softmax_backward), y, dx, dy, y);
}

Layout LogSoftmaxBackward::outputs(const Layout& dy, const Layout& y) const {
  return check_pair(name, dy, y);
}
void LogSoftmaxBackward::run(Cpu, View dx, View dy, View y) const noexcept {
  parallel_rows(HWY_DYNAMIC_DISPATCH(log_softmax_backward), y, dx, dy, y);
}

}  // namespace ramie::kernels
#endif  // HWY_ONCE
