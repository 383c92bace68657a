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

constexpr std::int64_t piece = 1024;  // elements that one thread takes
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

// Where one parameter's memory is. Half types pass through float buffers, a piece at a time.
template <class T>
class Row {
  using C = typename Computes<T>::type;
  static constexpr int most = 2 + max_states;  // gradient or result, parameter, states

 public:
  Row(const View* y, const View* x, int states) : states_(states) {
    for (int i = 0; i < 2 + states; ++i) in_[i] = x[i].as<T>();
    for (int i = 0; i < 1 + states; ++i) out_[i] = y[i].as<T>();
  }
  void run(const UpdateChain<C>& chain, std::uint32_t skipped, std::int64_t begin, std::int64_t n) const {
    const C* in[most];
    C* out[most];
    for (int i = 0; i < 2 + states_; ++i) in[i] = in_[i] + begin;
    for (int i = 0; i < 1 + states_; ++i) out[i] = out_[i] + begin;
    run_chain(chain, {n, in[0], in[1], out[0], in + 2, out + 1, skipped});
  }
  void run(const UpdateChain<C>& chain, std::uint32_t skipped, std::int64_t begin, std::int64_t n) const
      requires(!std::is_same_v<T, C>) {
    for (const std::int64_t end = begin + n; begin < end; begin += piece)
      run_piece(chain, skipped, begin, std::min(piece, end - begin));
  }

 private:
  void run_piece(const UpdateChain<C>& chain, std::uint32_t skipped, std::int64_t begin,
                 std::int64_t n) const {
    C buffers[most][piece];
    C* of[most];
    for (int i = 0; i < 2 + states_; ++i) {
      of[i] = buffers[i];
      std::transform(in_[i] + begin, in_[i] + begin + n, of[i], [](T v) { return static_cast<C>(v); });
    }
    run_chain(chain, {n, of[0], of[1], of[0], of + 2, of + 2, skipped});
    for (int i = 0; i < 1 + states_; ++i) {
      const C* from = of[i ? 1 + i : 0];
      std::transform(from, from + n, out_[i] + begin, [](C v) { return static_cast<T>(v); });
    }
  }
  int states_;
  const T* in_[most];
  T* out_[most];
};

// The parameters of dtype T.
template <class T>
void run_all(const Update& k, const View* y, const View* x, const double* scalars, std::int64_t* ends) {
  const int states = k.states();
  std::int64_t pieces = 0;
  for (std::size_t p = 0; p < k.parameters; ++p) {
    const View& out = y[p * static_cast<std::size_t>(1 + states)];
    if (out.layout->dtype == dtype_of<T>()) pieces += (out.size() + piece - 1) / piece;
    ends[p] = pieces;
  }
  if (pieces == 0) return;
  const auto chain = chain_of<typename Computes<T>::type>(k.stages, scalars, k.apply);
  parallel_for(pieces, pieces_grain, [&](std::int64_t begin, std::int64_t end) {
    FlushDenormals flush;
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t p = std::upper_bound(ends, ends + k.parameters, at) - ends;
      const std::int64_t first = p ? ends[p - 1] : 0, stop = std::min(end, ends[p]);
      const View *out = y + p * (1 + states), *in = x + p * (2 + states);
      const std::int64_t from = (at - first) * piece, to = std::min((stop - first) * piece, out->size());
      Row<T>(out, in, states).run(chain, k.skipped_by(static_cast<std::size_t>(p)), from, to - from);
      at = stop;
    }
  });
}

double number(View scalar) {
  return visit(scalar.layout->dtype, [&]<class T>(Type<T>) { return convert<double>(*scalar.as<T>()); });
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
    if (x[i].size() != 1 || (x[i].dtype() != float32 && x[i].dtype() != float64 && x[i].dtype() != int32))
      fail(name, fmt::format("scalar {} is {}: one number of float32, float64 or int32 is needed.", i,
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

void Update::check_skipped() const {
  if (!skipped.empty() && skipped.size() != parameters)
    fail(name, fmt::format("the stages that {} parameters leave out, but there are {}.", skipped.size(),
                           parameters));
  std::uint32_t with_states = 0;
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages[i].states > 0) with_states |= 1u << i;
  for (std::size_t p = 0; p < skipped.size(); ++p)
    if (skipped[p] & with_states)
      fail(name, fmt::format("parameter {} leaves a stage out that has states: it must have none.", p));
}

std::vector<Layout> Update::outputs(std::span<const Tensor> x) const {
  check_inputs(x);
  check_skipped();
  std::vector<Layout> out;
  out.reserve(parameters * (1 + static_cast<std::size_t>(states())));
  for (int from : donors(x.size())) out.push_back(x[static_cast<std::size_t>(from)].layout().compact());
  return out;
}

std::vector<int> Update::donors(std::size_t) const {
  std::vector<int> from;
  const int mine = states(), width = 2 + mine, first = scalars();
  from.reserve(parameters * (1 + static_cast<std::size_t>(mine)));
  for (int p = 0; p < static_cast<int>(parameters); ++p) {
    const int row = first + p * width;
    from.push_back(apply ? row + 1 : row);
    for (int s = 0; s < mine; ++s) from.push_back(row + 2 + s);
  }
  return from;
}

std::size_t Update::workspace(std::span<const Tensor>) const {
  return (static_cast<std::size_t>(scalars()) + parameters) * 8;
}

void Update::run(Cpu cpu, const View* y, const View* x) const noexcept {
  auto* numbers = reinterpret_cast<double*>(cpu.workspace);
  for (int i = 0; i < scalars(); ++i) numbers[i] = number(x[i]);
  auto* ends = reinterpret_cast<std::int64_t*>(numbers + scalars());  // of each parameter's pieces
  x += scalars();
  run_all<float>(*this, y, x, numbers, ends);
  run_all<double>(*this, y, x, numbers, ends);
  run_all<Half>(*this, y, x, numbers, ends);
  run_all<BFloat16>(*this, y, x, numbers, ends);
}

}  // namespace ramie::kernels
