// The one door to a kernel. A kernel is a small struct of plain attributes with
//
//   static constexpr const char* name;                 // or a member function's result, for families
//   Layout outputs(const Layout& x, ...) const;        // checks and gives the result's dtype and shape;
//                                                      // std::array<Layout, n> where there are several
//   void run(Cpu cpu, View y, View x, ...) const noexcept;
//   void run(Cuda cuda, View y, View x, ...) const;    // throws if the launch fails
//
// and, where it needs them,
//
//   std::size_t workspace(const Layout& x, ...) const;       // bytes of scratch in cpu.workspace
//   std::size_t cuda_workspace(const Layout& x, ...) const;  // and in cuda.workspace
//   void check(View x, ...) const;  // on the CPU: throws at bad values, such as an index out of range
//
// It never allocates, never waits and never looks at global state. It runs where its inputs are, or, without
// inputs, on the default device:
//
//   Tensor y = launch(kernels::Exp{}, x);
//
// A launch is data, so a Recorder can write it down and a program replay it without a second implementation.
#pragma once

#include <array>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <typeinfo>
#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/stage.h>
#endif

struct CUstream_st;  // cudaStream_t points to it

namespace ramie {

// What follows a kernel on the CPU, element by element: a kernel that says `takes_epilogue` runs it on each
// piece [begin, end) of its output (in row-major order) once that is complete and still in the cache.
struct Epilogue {
  void (*run)(const void* self, std::byte* y, std::int64_t begin, std::int64_t end);
  const void* self;
};

struct Cpu {
  std::byte* workspace = nullptr;  // 64-byte aligned
  const Epilogue* epilogue = nullptr;
};

// A CUDA kernel cannot throw: where it meets a bad value it stores the address of a text in *fault, which the
// next synchronisation throws.
struct Cuda {
  std::byte* workspace = nullptr;  // 256-byte aligned
  CUstream_st* stream = nullptr;
  const char* op = "";  // for errors
  std::uint64_t* fault = nullptr;
};

using Runner = void (*)(const void* kernel, Device device, std::byte* workspace, const View* out,
                        const View* in);

// What programs know of a kernel beyond running it; one object for each type of kernel. A kernel may have
//
//   bool operator==(const K&) const = default;          // equal launches may then be merged
//   std::string attributes() const;                     // for listings: "axes=(0,)"
//   double flops(const Layouts& y, const Layouts& x) const;
//   static constexpr bool in_place = true;              // y may lie over a dense x of the same layout
//   static constexpr bool any_strides = true;           // x may have gaps
//   static constexpr bool takes_epilogue = true;
struct KernelType {
  const std::type_info* id;
  bool (*equal)(const void*, const void*);
  std::string (*attributes)(const void*);
  double (*flops)(const void*, const Layouts& y, const Layouts& x);
  bool checks;  // values, and may throw
  bool in_place, any_strides, takes_epilogue;
};

struct Launch {  // a launch as data
  const char* name;
  const KernelType* type;
  std::shared_ptr<const void> kernel;
  Runner run;
  Device device;
  std::size_t workspace;
  std::vector<int> donors;  // output i may be written over input donors[i]; empty: over none
};

struct Cell;

// What tensor/ knows of recording.
class Recorder {
 public:
  virtual void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) = 0;
  // A cell's value as the recorded function sees it: the cell itself is not touched before the end.
  virtual const Tensor& get(const std::shared_ptr<Cell>& cell) = 0;
  virtual void set(const std::shared_ptr<Cell>& cell, Tensor value) = 0;
  // Before the op looks at x's bytes: throws if they are known only when the program runs.
  virtual void read(const char* op, const Tensor& x) = 0;
  virtual void forget(const Storage& storage) = 0;  // when a buffer that it has named is freed

 protected:
  ~Recorder() = default;
};

// The only mutable thing: variables, optimizer state, counters, gradients. Read and write through get and
// set.
struct Cell {
  Tensor value;
};
namespace detail {
Tensor storable(const Tensor& x);  // x without its graph; an error for one of a batch
}
inline const Tensor& get(const std::shared_ptr<Cell>& cell) {
  if (context.recorder) [[unlikely]]
    return context.recorder->get(cell);
  return cell->value;
}
inline void set_with_graph(const std::shared_ptr<Cell>& cell, Tensor value) {
  if (context.recorder) [[unlikely]]
    return context.recorder->set(cell, std::move(value));
  cell->value = std::move(value);
}
// Values are stored without their graph, or each step would keep the last one's alive.
inline void set(const std::shared_ptr<Cell>& cell, Tensor value) {
  set_with_graph(cell, value.graph() ? detail::storable(value) : std::move(value));
}
// Leaves the cell empty, so that the value may be donated; set() must follow.
inline Tensor take(const std::shared_ptr<Cell>& cell) {
  if (context.recorder) [[unlikely]]
    return context.recorder->get(cell);
  return std::move(cell->value);
}

namespace detail {

struct Scratch {  // a block of the pool for the time of one launch
  explicit Scratch(std::size_t bytes)
      : size_class(class_of(bytes)),
        data(bytes ? static_cast<std::byte*>(pool_take(size_class, bytes)) : nullptr) {}
  ~Scratch() {
    if (data) pool_give(size_class, data);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  int size_class;
  std::byte* data;
};

inline Tensor allocate(const Layout& l, Device d) { return Tensor::empty(l, d); }
template <std::size_t n>
std::array<Tensor, n> allocate(const std::array<Layout, n>& l, Device d) {
  std::array<Tensor, n> out;
  for (std::size_t i = 0; i < n; ++i) out[i] = Tensor::empty(l[i], d);
  return out;
}
inline std::span<const Tensor> as_span(const Tensor& t) { return {&t, 1}; }
template <std::size_t n>
std::span<const Tensor> as_span(const std::array<Tensor, n>& t) {
  return t;
}

[[noreturn]] void mixed_devices(const char* op, std::span<const Tensor> x);
[[noreturn]] void no_kernel(const char* op, Device device);
inline Device common_device(const char* op, std::span<const Tensor> x) {
  if (x.empty()) return context.device;
  for (auto& t : x)
    if (t.device() != x[0].device()) mixed_devices(op, x);
  return x[0].device();
}
inline Device common_device(const char*) { return context.device; }
template <class... T>
Device common_device(const char* op, const Tensor& first, const T&... rest) {
  if (((rest.device() != first.device()) || ...)) [[unlikely]]
    mixed_devices(op, std::array<Tensor, 1 + sizeof...(T)>{first, rest...});
  return first.device();
}

// Bytes of scratch on the device; x are the layouts, or one span of tensors.
template <class K, class... X>
std::size_t scratch_bytes([[maybe_unused]] const K& kernel, [[maybe_unused]] Device device,
                          [[maybe_unused]] const X&... x) {
#if RAMIE_CUDA
  if (device.kind == DeviceKind::cuda) {
    if constexpr (requires { kernel.cuda_workspace(x...); }) return kernel.cuda_workspace(x...);
    return 0;
  }
#endif
  if constexpr (requires { kernel.workspace(x...); })
    return kernel.workspace(x...);
  else
    return 0;
}

template <class K, class... V>
void run_on(const K& kernel, Device device, std::byte* workspace, const V&... views) {
#if RAMIE_CUDA
  if (device.kind == DeviceKind::cuda) {
    if constexpr (requires { kernel.run(Cuda{}, views...); })
      return kernel.run(gpu::stage(device, kernel.name, workspace), views...);
  }
#endif
  if (device.kind != DeviceKind::cpu) no_kernel(kernel.name, device);
  kernel.run(Cpu{workspace}, views...);
}

// The kernel's run with outputs and inputs from arrays, for replay and for several outputs.
template <class K, std::size_t outs, std::size_t ins>
void run_views(const void* k, Device device, std::byte* workspace, const View* out, const View* in) {
  const K& kernel = *static_cast<const K*>(k);
  [&]<std::size_t... o, std::size_t... i>(std::index_sequence<o...>, std::index_sequence<i...>) {
    if constexpr (requires { kernel.check(in[i]...); })
      if (device.kind == DeviceKind::cpu) kernel.check(in[i]...);
    run_on(kernel, device, workspace, out[o]..., in[i]...);
  }
  (std::make_index_sequence<outs>(), std::make_index_sequence<ins>());
}
template <class K>
KernelType describe_kernel() {
  KernelType t{&typeid(K), nullptr, nullptr, nullptr, false, false, false, false};
  if constexpr (std::equality_comparable<K>)
    t.equal = [](const void* a, const void* b) {
      return *static_cast<const K*>(a) == *static_cast<const K*>(b);
    };
  if constexpr (requires(const K& k) { k.attributes(); })
    t.attributes = [](const void* k) { return static_cast<const K*>(k)->attributes(); };
  if constexpr (requires(const K& k) { k.flops(Layouts(), Layouts()); })
    t.flops = [](const void* k, const Layouts& y, const Layouts& x) {
      return static_cast<const K*>(k)->flops(y, x);
    };
  t.checks = requires { &K::check; };
  if constexpr (requires { K::in_place; }) t.in_place = K::in_place;
  if constexpr (requires { K::any_strides; }) t.any_strides = K::any_strides;
  if constexpr (requires { K::takes_epilogue; }) t.takes_epilogue = K::takes_epilogue;
  return t;
}
template <class K>
const KernelType& kernel_type() {
  static const KernelType type = describe_kernel<K>();
  return type;
}
template <class K>
[[gnu::cold, gnu::noinline]] void record(const K& kernel, Runner run, Device device, std::size_t scratch,
                                         std::vector<int> donors, std::span<const Tensor> y,
                                         std::span<const Tensor> x) {
  context.recorder->append(
      {kernel.name, &kernel_type<K>(), std::make_shared<K>(kernel), run, device, scratch, std::move(donors)},
      y, x);
}

template <class K, class Out, class... T>
void execute(const K& kernel, Device device, std::byte* workspace, const Out& y, const T&... x) {
  if constexpr (std::is_same_v<Out, Tensor>) {
    run_on(kernel, device, workspace, y.view(), x.view()...);
  } else {
    std::apply([&](const auto&... out) { run_on(kernel, device, workspace, out.view()..., x.view()...); }, y);
  }
}
// Runs it with scratch of the device's pool.
template <class K, class Out, class... T>
void execute(const K& kernel, Device device, std::size_t scratch, const Out& y, const T&... x) {
#if RAMIE_CUDA
  if (device.kind == DeviceKind::cuda) {
    (gpu::use(x), ...);
    const gpu::Scratch block(device, scratch);
    return execute(kernel, device, block.data, y, x...);
  }
#endif
  if (!scratch) return execute(kernel, device, static_cast<std::byte*>(nullptr), y, x...);
  const Scratch block(scratch);
  execute(kernel, device, block.data, y, x...);
}

// Another stream's memory stays its own: who reads it there would not know to wait for this one.
inline bool donated(const Tensor& x) {
#if RAMIE_CUDA
  if (x.device() != cpu() && !gpu::on_current_stream(x)) return false;
#endif
  return x.donatable();
}

template <class K>
void execute_all(const K& kernel, Device device, std::size_t scratch, const std::vector<Tensor>& y,
                 const std::vector<Tensor>& x) {
  std::vector<View> views;
  views.reserve(y.size() + x.size());
  for (auto* list : {&y, &x})
    for (auto& t : *list) views.push_back(t.view());
  const View *out = views.data(), *in = out + y.size();
#if RAMIE_CUDA
  if (device.kind == DeviceKind::cuda) {
    for (auto& t : x) gpu::use(t);
    const gpu::Scratch block(device, scratch);
    return run_on(kernel, device, block.data, out, in);
  }
#endif
  const Scratch block(scratch);
  run_on(kernel, device, block.data, out, in);
}

}  // namespace detail

template <class K, class... T>
auto launch(const K& kernel, const T&... x) {
  const Device device = detail::common_device(kernel.name, x...);
  const auto layouts = kernel.outputs(x.layout()...);  // checks the shapes, which check() may rely on
  if constexpr (requires { kernel.check(x.view()...); })
    if (device.kind == DeviceKind::cpu) kernel.check(x.view()...);
  auto y = detail::allocate(layouts, device);
  const std::size_t scratch = detail::scratch_bytes(kernel, device, x.layout()...);
  detail::execute(kernel, device, scratch, y, x...);
  if (context.recorder) [[unlikely]] {
    constexpr std::size_t outs = std::is_same_v<decltype(y), Tensor> ? 1 : sizeof(y) / sizeof(Tensor);
    detail::record(kernel, detail::run_views<K, outs, sizeof...(T)>, device, scratch, {}, detail::as_span(y),
                   std::array<Tensor, sizeof...(T)>{x...});
  }
  return y;
}

// A kernel over any number of tensors has, instead,
//
//   std::vector<Layout> outputs(std::span<const Tensor> x) const;
//   std::vector<int> donors(std::size_t inputs) const;  // may be left out; an entry of -1 gives output i
//   fresh bytes std::size_t workspace(std::span<const Tensor> x) const, cuda_workspace(...);  // may be left
//   out void run(Cpu cpu, const View* y, const View* x) const noexcept; void run(Cuda cuda, const View* y,
//   const View* x) const;
//
// Output i is written over input donors[i] where x alone holds its bytes and the layouts are the same. x is
// left as it is if this throws. Nothing is donated while recording: there the planner decides, from liveness.
template <class K>
std::vector<Tensor> launch_all(const K& kernel, std::vector<Tensor>&& x) {
  const Device device = detail::common_device(kernel.name, std::span<const Tensor>(x));
  const std::vector<Layout> layouts = kernel.outputs(std::span<const Tensor>(x));
  std::vector<int> donors;
  if constexpr (requires { kernel.donors(x.size()); }) donors = kernel.donors(x.size());
  const std::size_t scratch = detail::scratch_bytes(kernel, device, std::span<const Tensor>(x));
  std::vector<Tensor> y;
  y.reserve(layouts.size());
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const int from = i < donors.size() ? donors[i] : -1;
    const bool over =
        from >= 0 && !context.recorder && detail::donated(x[from]) && x[from].layout().same(layouts[i]);
    y.push_back(over ? x[from] : Tensor::empty(layouts[i], device));
  }
  detail::execute_all(kernel, device, scratch, y, x);
  if (context.recorder) [[unlikely]] {
    constexpr Runner run = [](const void* k, Device d, std::byte* workspace, const View* out,
                              const View* in) {
      detail::run_on(*static_cast<const K*>(k), d, workspace, out, in);
    };
    detail::record(kernel, run, device, scratch, std::move(donors), y, x);
  }
  x.clear();
  return y;
}

}  // namespace ramie
