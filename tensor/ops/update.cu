// One launch updates as many parameters as its tables hold. A block takes a chunk of one parameter, and each
// thread runs the whole chain of stages on 16 bytes at a time, in registers.
#include <ramie/tensor/ops/update.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/ops/update_formulas-inl.h>

namespace ramie::kernels {
namespace {

constexpr int threads_per_block = 256;
constexpr std::int64_t chunk = 2048;                    // elements of one block
constexpr int max_parameters = 40, max_pointers = 280;  // of one launch: all arguments fit 4 KB
constexpr int gradient = 0, parameter = 1, result = 2, first_state = 3;  // pointers of a parameter

template <class T>
using Computes = std::conditional_t<std::is_same_v<T, double>, double, float>;

struct Stages {  // the stages, and where their scalars are
  int length = 0;
  bool apply, reads_parameter;
  Stage stage[max_stages];
  std::uint8_t first_scalar[max_stages];
  const void* scalar[max_scalars];
  DType scalar_dtype[max_scalars];
};

struct Table {  // the parameters of one launch
  int parameters = 0, pointers_each;
  std::uint64_t aligned = 0;  // a bit for each: all its memory may be read 16 bytes at a time
  int end[max_parameters];    // of its blocks
  std::int64_t size[max_parameters];
  std::uint16_t skipped[max_parameters];  // a bit for each stage that it leaves out
  void* pointers[max_pointers];           // gradient, parameter, result, and each state before and after
};

template <class T, int width>
struct alignas(width * sizeof(T)) Pack {
  T values[width];
};
template <int width, class T, class C>
__device__ void load(const void* from, std::int64_t at, C (&to)[width]) {
  const auto pack = *reinterpret_cast<const Pack<T, width>*>(static_cast<const T*>(from) + at);
#pragma unroll
  for (int i = 0; i < width; ++i) to[i] = convert<C>(pack.values[i]);
}
// As the CPU does, denormal numbers become zeros of their sign.
template <class C>
__device__ C flushed(C x) {
  return std::fabs(x) < std::numeric_limits<C>::min() ? x * C(0) : x;
}
template <int width, class T, class C>
__device__ void store(const C (&from)[width], void* to, std::int64_t at) {
  Pack<T, width> pack;
#pragma unroll
  for (int i = 0; i < width; ++i) pack.values[i] = convert<T>(flushed(from[i]));
  *reinterpret_cast<Pack<T, width>*>(static_cast<T*>(to) + at) = pack;
}

// One stage of `width` elements. `states` are the pointers of its own states.
template <int width, class T, class C, class Formula>
__device__ void run_stage(const Formula& f, void* const* states, std::int64_t at, const C (&p)[width],
                          C (&u)[width]) {
  C s[width][Stage::max_states] = {}, loaded[width];
#pragma unroll
  for (int i = 0; i < Formula::states; ++i) {
    load<width, T>(states[2 * i], at, loaded);
#pragma unroll
    for (int k = 0; k < width; ++k) s[k][i] = loaded[k];
  }
#pragma unroll
  for (int i = 0; i < width; ++i) u[i] = f(u[i], p[i], s[i]);
#pragma unroll
  for (int i = 0; i < Formula::states; ++i) {
#pragma unroll
    for (int k = 0; k < width; ++k) loaded[k] = s[k][i];
    store<width, T>(loaded, states[2 * i + 1], at);
  }
}

template <int width, class T, class C>
__device__ void run_chain(const Stages& stages, const typename UpdateChain<C>::Link* links, unsigned skipped,
                          void* const* of, std::int64_t at) {
  C u[width], p[width] = {};
  load<width, T>(of[gradient], at, u);
  if (stages.reads_parameter) load<width, T>(of[parameter], at, p);
  void* const* states = of + first_state;
  for (int i = 0; i < stages.length; ++i) {
    if (skipped >> i & 1) continue;
    N_CUDA::stages::visit<C>(links[i], [&](const auto& formula) {
      run_stage<width, T>(formula, states, at, p, u);
      states += 2 * std::remove_cvref_t<decltype(formula)>::states;
    });
  }
  if (stages.apply)
#pragma unroll
    for (int i = 0; i < width; ++i) u[i] = p[i] + u[i];
  store<width, T>(u, of[result], at);
}

__device__ double load_scalar(const void* data, DType dtype) {
  if (dtype == int32) return *static_cast<const int*>(data);
  return dtype == float64 ? *static_cast<const double*>(data) : *static_cast<const float*>(data);
}
// Thread i makes the link of stage i.
template <class C>
__device__ void make_link(const Stages& stages, int i, typename UpdateChain<C>::Link* links) {
  const Stage& s = stages.stage[i];
  const int at = stages.first_scalar[i];
  double scalars[1 + Stage::max_constants];
  for (int k = 0; k < s.scalars; ++k)
    scalars[k] = load_scalar(stages.scalar[at + k], stages.scalar_dtype[at + k]);
  N_CUDA::stages::set_link<C>(links[i], s, scalars);
}

// The parameter that the block works on: the first whose blocks end beyond it.
__device__ int find(const Table& table, int block) {
  int first = 0;
  for (int n = table.parameters; n > 1;) {
    const int half = n / 2;
    if (table.end[first + half - 1] <= block)
      first += half, n -= half;
    else
      n = half;
  }
  return first;
}

template <class T, class C>
__global__ void __launch_bounds__(threads_per_block, 3) update(Stages stages, Table table) {
  constexpr int width = 16 / sizeof(T);
  auto& links = shared<typename UpdateChain<C>::Link[max_stages], struct Links>();
  const int thread = static_cast<int>(threadIdx.x), block = static_cast<int>(blockIdx.x);
  if (thread < stages.length) make_link<C>(stages, thread, links);
  __syncthreads();
  const int which = find(table, block);
  const std::int64_t begin = (block - (which ? table.end[which - 1] : 0)) * chunk;
  const int n = static_cast<int>(min(chunk, table.size[which] - begin));
  void* const* of = table.pointers + which * table.pointers_each;
  const unsigned skipped = table.skipped[which];
  int at = 0;
  if (table.aligned >> which & 1) {
    at = n / width * width;
    for (int i = thread * width; i < at; i += threads_per_block * width)
      run_chain<width, T, C>(stages, links, skipped, of, begin + i);
  }
  for (int i = at + thread; i < n; i += threads_per_block)
    run_chain<1, T, C>(stages, links, skipped, of, begin + i);
}

Stages stages_of(const Update& k, const View* scalars) {
  Stages out{};
  out.apply = out.reads_parameter = k.apply;
  int scalar = 0;
  for (const Stage& s : k.stages) {
    out.first_scalar[out.length] = static_cast<std::uint8_t>(scalar);
    out.stage[out.length++] = s;
    out.reads_parameter |= s.kind == Stage::Kind::add_decayed_weights;
    scalar += s.scalars;
  }
  for (int i = 0; i < scalar; ++i)
    out.scalar[i] = scalars[i].data, out.scalar_dtype[i] = scalars[i].layout->dtype;
  return out;
}

// Fills tables with the parameters of dtype T, and launches each that is full.
template <class T>
class Launches {
 public:
  Launches(const Update& k, const Cuda& cuda, const View* scalars)
      : cuda_(cuda), stages_(stages_of(k, scalars)), states_(k.states()) {
    table_.pointers_each = first_state + 2 * states_;
  }
  void add(const View* y, const View* x, std::uint32_t skipped) {
    if (y->size() == 0) return;
    if (table_.parameters == std::min(max_parameters, max_pointers / table_.pointers_each)) flush();
    const int i = table_.parameters++;
    void** of = table_.pointers + i * table_.pointers_each;
    of[gradient] = x[0].data, of[parameter] = x[1].data, of[result] = y[0].data;
    for (int s = 0; s < states_; ++s)
      of[first_state + 2 * s] = x[2 + s].data, of[first_state + 2 * s + 1] = y[1 + s].data;
    table_.size[i] = y->size();
    table_.skipped[i] = static_cast<std::uint16_t>(skipped);
    table_.end[i] = (i ? table_.end[i - 1] : 0) + static_cast<int>((y->size() + chunk - 1) / chunk);
    if (std::all_of(of, of + table_.pointers_each,
                    [](void* p) { return reinterpret_cast<std::uintptr_t>(p) % 16 == 0; }))
      table_.aligned |= std::uint64_t{1} << i;
  }
  void flush() {
    if (table_.parameters == 0) return;
    launch_kernel(update<T, Computes<T>>, static_cast<unsigned>(table_.end[table_.parameters - 1]),
                  threads_per_block, 0, cuda_, stages_, table_);
    table_.parameters = 0, table_.aligned = 0;
  }

 private:
  const Cuda& cuda_;
  Stages stages_;
  Table table_;
  int states_;
};

template <class T>
void run(const Update& k, const Cuda& cuda, const View* y, const View* x) {
  const int outputs = 1 + k.states();
  const View* rows = x + k.scalars();
  Launches<T> launches(k, cuda, x);
  for (int p = 0; p < static_cast<int>(k.parameters); ++p)
    if (y[p * outputs].layout->dtype == dtype_of<T>())
      launches.add(y + p * outputs, rows + p * (outputs + 1), k.skipped_by(static_cast<std::size_t>(p)));
  launches.flush();
}

}  // namespace

void Update::run(Cuda cuda, const View* y, const View* x) const {
  kernels::run<float>(*this, cuda, y, x);
  kernels::run<double>(*this, cuda, y, x);
  kernels::run<Half>(*this, cuda, y, x);
  kernels::run<BFloat16>(*this, cuda, y, x);
}

}  // namespace ramie::kernels
