// The host's side of correlation on a GPU: what the kernels are told, and which of them is chosen.
#include <algorithm>
#include <vector>

#include <ramie/tensor/ops/conv2d_correlate_cuda.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 30;  // what indices count to

int small(std::int64_t i) { return static_cast<int>(i); }
bool fours(std::initializer_list<std::int64_t> steps) {
  return std::all_of(steps.begin(), steps.end(), [](std::int64_t s) { return s % 4 == 0; });
}
template <class T>
bool packs(const void* p) {
  return aligned(p, alignof(Pack<T, 4>));
}

template <class T>
Images<T> images_of(View x, std::int64_t in) {
  const Shape& s = x.layout->strides;
  const bool side_by_side = s[3] == 1 && fours({in, s[0], s[1], s[2]});
  return {x.as<T>(),
          s[0],
          s[1],
          s[2],
          s[3],
          small(x.shape(1)),
          small(x.shape(2)),
          side_by_side && packs<T>(x.data)};
}

template <class T>
PhaseSites sites(const CorrelationPhase& p, const CorrelationPhase& first) {
  const Correlation& c = p.correlation;
  PhaseSites s;
  s.kernel = reinterpret_cast<const T*>(p.kernel.data) - reinterpret_cast<const T*>(first.kernel.data);
  s.y = reinterpret_cast<const T*>(p.y.data) - reinterpret_cast<const T*>(first.y.data);
  s.before[0] = small(c.before[0]), s.before[1] = small(c.before[1]);
  s.depth = static_cast<unsigned>(c.depth());
  s.area = FastDivide(c.positions[0] * c.positions[1]);
  s.width = FastDivide(c.positions[1]);
  s.tap_rows = c.depth() ? small(c.taps[0]) : 0;
  s.tap_columns = FastDivide(c.taps[1]);
  return s;
}

template <class T>
void add_phases(Correlate<T>& c, std::span<const CorrelationPhase> phases) {
  for (const auto& p : phases) {
    const PhaseSites& s = c.phases[c.phase_count++] = sites<T>(p, phases[0]);
    c.kernel_packed = c.kernel_packed && s.kernel % 4 == 0;
    c.kernel_transposed = c.kernel_transposed && s.kernel % 4 == 0;
    c.y_packed = c.y_packed && s.y % 4 == 0;
  }
}

template <class T>
void run(Cuda cuda, const Correlate<T>& c) {
  if (c.out <= 4)
    correlate_narrow(cuda, c);
  else if (is_shallow(c))
    correlate_shallow(cuda, c);
  else
    correlate_tiles(cuda, c);
}

// As many images at a time as positions can be counted.
template <class T>
void correlate(Cuda cuda, View x, std::span<const CorrelationPhase> phases) {
  const Correlation& p = phases[0].correlation;
  const std::int64_t outputs = p.positions[0] * p.positions[1] * p.groups * p.out;  // of an image
  Correlate<T> c = correlate_of<T>(x, phases);
  for (std::int64_t left = p.images; left > 0; left -= c.images) {
    c.images = small(std::min(left, most / outputs));
    run(cuda, c);
    c.x.data += c.images * c.x.image, c.y += c.images * c.y_image;
  }
}

bool nothing(const Correlation& c) {
  return c.images * c.positions[0] * c.positions[1] * c.groups * c.out == 0;
}

}  // namespace

template <class T>
Correlate<T> correlate_of(View x, std::span<const CorrelationPhase> phases, std::int64_t y_channel) {
  const auto& [p, k, y] = phases[0];
  Correlate<T> c;
  c.x = images_of<T>(x, p.in);
  c.kernel = reinterpret_cast<const T*>(k.data), c.y = reinterpret_cast<T*>(y.data);
  c.kernel_row = k.row, c.kernel_column = k.column, c.kernel_in = k.in, c.kernel_out = k.out,
  c.kernel_group = k.group;
  c.y_image = y.image, c.y_row = y.row, c.y_pixel = y.pixel, c.y_channel = y_channel;
  for (int axis : {0, 1})
    c.strides[axis] = small(p.strides[axis]), c.dilation[axis] = small(p.dilation[axis]);
  c.images = small(p.images), c.groups = small(p.groups), c.out = small(p.out);
  c.in = FastDivide(p.in);
  const bool aligned_kernel = packs<T>(k.data) && fours({k.row, k.column, k.group});
  c.kernel_packed = aligned_kernel && k.out == 1 && fours({p.out, k.in});
  c.kernel_transposed = aligned_kernel && k.in == 1 && fours({p.in, k.out});
  c.y_packed = packs<T>(y.data) && y_channel == 1 && fours({p.out, y.image, y.row, y.pixel});
  c.phase_count = 0;
  add_phases(c, phases);
  return c;
}

template Correlate<float> correlate_of(View, std::span<const CorrelationPhase>, std::int64_t);
template Correlate<double> correlate_of(View, std::span<const CorrelationPhase>, std::int64_t);
template Correlate<Half> correlate_of(View, std::span<const CorrelationPhase>, std::int64_t);
template Correlate<BFloat16> correlate_of(View, std::span<const CorrelationPhase>, std::int64_t);

bool countable(const Correlation& c, const Layout& x) {
  bool all = c.images < most && c.depth() < most && c.positions[0] < most && c.positions[1] < most &&
             c.positions[0] * c.positions[1] <= most / std::max<std::int64_t>(c.groups * c.out, 1);
  for (int axis : {0, 1}) {
    const std::int64_t extent = (c.positions[axis] + 1) * c.strides[axis] + c.taps[axis] * c.dilation[axis];
    all = all && x.shape[1 + axis] < most && extent + std::abs(c.before[axis]) < most;
  }
  return all;
}

void correlate(Cuda cuda, View x, std::span<const CorrelationPhase> phases) {
  std::vector<CorrelationPhase> some;
  const auto flush = [&] {
    visit(x.layout->dtype, [&]<class T>(Type<T>) {
      if constexpr (!std::is_integral_v<T>)
        if (!some.empty()) correlate<T>(cuda, x, some);
    });
    some.clear();
  };
  for (const auto& p : phases) {
    if (!nothing(p.correlation)) some.push_back(p);
    if (some.size() == Correlate<float>::most_phases) flush();
  }
  flush();
}

}  // namespace ramie::kernels
