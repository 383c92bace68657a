#include <ramie/tensor/ops/update.h>

#include <fmt/format.h>

#include <algorithm>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t piece = 1024;  // elements; a few pieces fit the first-level cache
constexpr std::int64_t pieces_grain = 16;

class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }
  ~FlushDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  FlushDenormals() {}
#endif
};

template <class T>
struct Computes {
  using type = T;
};
template <>
struct Computes<Half> {
  using type = float;
};
template <>
struct Computes<BFloat16> {
  using type = float;
};

// Where the pieces of one parameter are. Half types pass through float buffers.
template <class T>
class Row {
  using C = typename Computes<T>::type;
  static constexpr bool converts = !std::is_same_v<T, C>;

 public:
  Row(const Update& update, const View* y, const View* x, const double* scalars)
      : update_(update), y_(y), x_(x), scalars_(scalars), states_(update.states()) {}

  void run(std::int64_t begin, std::int64_t n) {
    begin_ = begin, n_ = n;
    alignas(64) C buffer[piece];
    std::transform(x_[0].as<T>() + begin, x_[0].as<T>() + begin + n, buffer,
                   [](T v) { return static_cast<C>(v); });
    const C* p = in(1, 0);
    run_stages(buffer, p);
    T* out = y_[0].as<T>() + begin;
    for (std::int64_t i = 0; i < n; ++i) out[i] = convert<T>(update_.apply ? p[i] + buffer[i] : buffer[i]);
  }

 private:
  const C* in(int input, int slot) {
    const T* p = x_[input].as<T>() + begin_;
    if constexpr (!converts)
      return p;
    else
      return std::transform(p, p + n_, halves_[slot], [](T v) { return static_cast<float>(v); }) - n_;
  }
  C* out(int output, int slot) {
    if constexpr (!converts)
      return y_[output].as<T>() + begin_;
    else
      return halves_[slot];
  }
  void run_stages(C* buffer, const C* p) {
    const C* before[max_states];
    C* after[max_states];
    for (int s = 0; s < states_; ++s) before[s] = in(2 + s, 1 + s), after[s] = out(1 + s, 1 + s);
    int state = 0;
    const double* scalars = scalars_;
    for (auto& stage : update_.stages) {
      stage(Piece<C>{n_, buffer, p, before + state, after + state, scalars});
      state += stage.states, scalars += stage.scalars;
    }
    if constexpr (converts)
      for (int s = 0; s < states_; ++s)
        std::transform(after[s], after[s] + n_, y_[1 + s].as<T>() + begin_, [](float v) { return T(v); });
  }
  const Update& update_;
  const View *y_, *x_;
  const double* scalars_;
  int states_;
  std::int64_t begin_ = 0, n_ = 0;
  C halves_[converts ? max_states + 1 : 1][converts ? piece : 1];
};

template <class F>
void visit_floating(DType t, const F& f) {
  switch (t) {
    case DType::float64:
      return f(Type<double>());
    case DType::float16:
      return f(Type<Half>());
    case DType::bfloat16:
      return f(Type<BFloat16>());
    default:
      return f(Type<float>());
  }
}

}  // namespace

int Update::states() const {
  int n = 0;
  for (auto& s : stages) n += s.states;
  return n;
}
int Update::scalars() const {
  int n = 0;
  for (auto& s : stages) n += s.scalars;
  return n;
}

void Update::check_inputs(std::span<const Tensor> x) const {
  const auto first = static_cast<std::size_t>(scalars()), width = 2 + static_cast<std::size_t>(states());
  if (states() > max_states)
    fail(name, fmt::format("{} states for each parameter: at most {}.", states(), max_states));
  if (stages.size() > max_stages || scalars() > max_scalars)
    fail(name, fmt::format("{} stages with {} scalars: at most {} with {}.", stages.size(), scalars(),
                           max_stages, max_scalars));
  if (x.size() != first + parameters * width)
    fail(name, fmt::format("{} inputs, not {} scalars and {} for each of {} parameters.", x.size(), first,
                           width, parameters));
  for (std::size_t i = 0; i < first; ++i)
    if (x[i].size() != 1 || (x[i].dtype() != float32 && x[i].dtype() != float64))
      fail(name, fmt::format("scalar {} is {}: one number of float32 or float64 is needed.", i,
                             str(x[i].layout())));
  for (std::size_t i = 0; i < x.size() - first; ++i) {
    const Layout &p = x[first + i / width * width + 1].layout(), &l = x[first + i].layout();
    if (is_floating(p.dtype) && p.same(l) && l.dense) continue;
    const char* const role[] = {"gradient", "value", "state"};
    fail(name, fmt::format("parameter {} is {}, but its {} is {}{}: all must be alike, floating and dense.",
                           i / width, str(p), role[std::min<std::size_t>(i % width, 2)], str(l),
                           l.dense ? "" : " with strides"));
  }
}

std::vector<Layout> Update::outputs(std::span<const Tensor> x) const {
  check_inputs(x);
  std::vector<Layout> out;
  for (int from : donors(x.size())) out.push_back(x[static_cast<std::size_t>(from)].layout().compact());
  return out;
}

std::vector<int> Update::donors(std::size_t) const {
  std::vector<int> from;
  const int width = 2 + states();
  for (int p = 0; p < static_cast<int>(parameters); ++p) {
    const int row = scalars() + p * width;
    from.push_back(apply ? row + 1 : row);
    for (int s = 0; s < states(); ++s) from.push_back(row + 2 + s);
  }
  return from;
}

std::size_t Update::workspace(std::span<const Tensor>) const {
  return (static_cast<std::size_t>(scalars()) + parameters) * 8;
}

void Update::run(Cpu cpu, const View* y, const View* x) const noexcept {
  const std::size_t width_out = 1 + static_cast<std::size_t>(states());
  auto* values = reinterpret_cast<double*>(cpu.workspace);
  for (int i = 0; i < scalars(); ++i)
    values[i] = x[i].layout->dtype == float64 ? *x[i].as<double>() : *x[i].as<float>();
  const View* rows = x + scalars();
  auto* ends = reinterpret_cast<std::int64_t*>(values + scalars());  // of each parameter's pieces
  std::int64_t pieces = 0;
  for (std::size_t p = 0; p < parameters; ++p)
    ends[p] = pieces += (y[p * width_out].size() + piece - 1) / piece;
  parallel_for(pieces, pieces_grain, [&](std::int64_t begin, std::int64_t end) {
    FlushDenormals flush;
    for (std::int64_t at = begin; at < end;) {
      const auto p = static_cast<std::size_t>(std::upper_bound(ends, ends + parameters, at) - ends);
      const std::int64_t first = p ? ends[p - 1] : 0, stop = std::min(end, ends[p]);
      const View *out = y + p * width_out, *in = rows + p * (width_out + 1);
      visit_floating(out->layout->dtype, [&]<class T>(Type<T>) {
        Row<T> row(*this, out, in, values);
        for (; at < stop; ++at)
          row.run((at - first) * piece, std::min(piece, out->size() - (at - first) * piece));
      });
      at = stop;
    }
  });
}

}  // namespace ramie::kernels
