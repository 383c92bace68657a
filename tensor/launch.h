// The one door to a kernel. A kernel is a small struct of plain attributes with
//
//   static constexpr const char* name;                 // or a member function's result, for families
//   Layout outputs(const Layout& x, ...) const;        // checks and gives the result's dtype and shape;
//                                                      // std::array<Layout, n> where there are several
//   std::size_t workspace(const Layout& x, ...) const; // bytes of scratch in cpu.workspace; may be left out
//   void check(View x, ...) const;                     // throws at bad values, such as an index out of
//   range; may be left out void run(Cpu cpu, View y, View x, ...) const noexcept;
//
// It never allocates, never waits and never looks at global state:
//
//   Tensor y = launch(kernels::Exp{}, x);
//
// A launch is data, so a Recorder can write it down and a program replay it without a second implementation.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

struct Cpu {
  std::byte* workspace = nullptr;  // 64-byte aligned
};

using Runner = void (*)(const void* kernel, std::byte* workspace, const View* out, const View* in);

struct Launch {  // a launch as data
  const char* name;
  std::shared_ptr<const void> kernel;
  Runner run;
  std::size_t workspace;
  std::vector<int> donors;  // output i may be written over input donors[i]; empty: over none
};

struct Cell;

// What tensor/ knows of recording.
class Recorder {
 public:
  virtual void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) = 0;
  virtual void touch(const std::shared_ptr<Cell>& cell) = 0;  // before a cell is read or written
  virtual void forget(const Storage& storage) = 0;            // when a buffer that it has named is freed

 protected:
  ~Recorder() = default;
};

// The only mutable thing: variables, optimizer state, counters, gradients. Read and write through get and
// set.
struct Cell {
  Tensor value;
  std::uint32_t serial = 0;  // the recorder that has seen it
};
inline const Tensor& get(const std::shared_ptr<Cell>& cell) {
  if (context.recorder) [[unlikely]]
    context.recorder->touch(cell);
  return cell->value;
}
// Values are stored without their graph, or each step would keep the last one's alive.
inline void set(const std::shared_ptr<Cell>& cell, Tensor value) {
  if (context.recorder) [[unlikely]]
    context.recorder->touch(cell);
  cell->value = value.graph() ? value.detach() : std::move(value);
}
// Leaves the cell empty, so that the value may be donated; set() must follow.
inline Tensor take(const std::shared_ptr<Cell>& cell) {
  if (context.recorder) [[unlikely]]
    return get(cell);
  return std::move(cell->value);
}

namespace detail {

struct Scratch {  // a block of the pool for the time of one launch
  explicit Scratch(std::size_t bytes)
      : size_class(class_of(bytes)), data(static_cast<std::byte*>(pool_take(size_class, bytes))) {}
  ~Scratch() { pool_give(size_class, data); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  int size_class;
  std::byte* data;
};

inline Tensor allocate(const Layout& l) { return Tensor::empty(l); }
template <std::size_t n>
std::array<Tensor, n> allocate(const std::array<Layout, n>& l) {
  std::array<Tensor, n> out;
  for (std::size_t i = 0; i < n; ++i) out[i] = Tensor::empty(l[i]);
  return out;
}
inline std::span<const Tensor> as_span(const Tensor& t) { return {&t, 1}; }
template <std::size_t n>
std::span<const Tensor> as_span(const std::array<Tensor, n>& t) {
  return t;
}

// The kernel's run with outputs and inputs from arrays, for replay and for several outputs.
template <class K, std::size_t outs, std::size_t ins>
void run_views(const void* kernel, std::byte* workspace, const View* out, const View* in) {
  [&]<std::size_t... o, std::size_t... i>(std::index_sequence<o...>, std::index_sequence<i...>) {
    if constexpr (requires { static_cast<const K*>(kernel)->check(in[i]...); })
      static_cast<const K*>(kernel)->check(in[i]...);
    static_cast<const K*>(kernel)->run(Cpu{workspace}, out[o]..., in[i]...);
  }
  (std::make_index_sequence<outs>(), std::make_index_sequence<ins>());
}
template <class K, class Out, class... T>
void execute(const K& kernel, std::byte* workspace, const Out& y, const T&... x) {
  if constexpr (std::is_same_v<Out, Tensor>) {
    kernel.run(Cpu{workspace}, y.view(), x.view()...);
  } else {
    std::apply([&](const auto&... out) { kernel.run(Cpu{workspace}, out.view()..., x.view()...); }, y);
  }
}

}  // namespace detail

template <class K, class... T>
auto launch(const K& kernel, const T&... x) {
  const auto layouts = kernel.outputs(x.layout()...);  // checks the shapes, which check() may rely on
  if constexpr (requires { kernel.check(x.view()...); }) kernel.check(x.view()...);
  auto y = detail::allocate(layouts);
  std::size_t bytes = 0;
  if constexpr (requires { kernel.workspace(x.layout()...); }) bytes = kernel.workspace(x.layout()...);
  if (bytes) {
    detail::Scratch scratch(bytes);
    detail::execute(kernel, scratch.data, y, x...);
  } else {
    detail::execute(kernel, nullptr, y, x...);
  }
  if (context.recorder) [[unlikely]] {
    constexpr std::size_t outs = std::is_same_v<decltype(y), Tensor> ? 1 : sizeof(y) / sizeof(Tensor);
    context.recorder->append(
        {kernel.name, std::make_shared<K>(kernel), detail::run_views<K, outs, sizeof...(T)>, bytes, {}},
        detail::as_span(y), std::array<Tensor, sizeof...(T)>{x...});
  }
  return y;
}

// A kernel over any number of tensors has, instead,
//
//   std::vector<Layout> outputs(std::span<const Tensor> x) const;
//   std::vector<int> donors(std::size_t inputs) const;   // may be left out; an entry of -1 gives output i
//   fresh bytes std::size_t workspace(std::span<const Tensor> x) const;  // may be left out void run(Cpu cpu,
//   const View* y, const View* x) const noexcept;
//
// Output i is written over input donors[i] where x alone holds its bytes and the layouts are the same. x is
// left as it is if this throws. Nothing is donated while recording: there the planner decides, from liveness.
template <class K>
std::vector<Tensor> launch_all(const K& kernel, std::vector<Tensor>&& x) {
  const std::vector<Layout> layouts = kernel.outputs(std::span<const Tensor>(x));
  std::vector<int> donors;
  if constexpr (requires { kernel.donors(x.size()); }) donors = kernel.donors(x.size());
  std::size_t bytes = 0;
  if constexpr (requires { kernel.workspace(std::span<const Tensor>(x)); }) bytes = kernel.workspace(x);
  std::vector<Tensor> y;
  y.reserve(layouts.size());
  for (std::size_t i = 0; i < layouts.size(); ++i) {
    const int from = i < donors.size() ? donors[i] : -1;
    const bool over =
        from >= 0 && !context.recorder && x[from].donatable() && x[from].layout().same(layouts[i]);
    y.push_back(over ? x[from] : Tensor::empty(layouts[i]));
  }
  std::vector<View> views;
  views.reserve(y.size() + x.size());
  for (auto* list : {&y, &x})
    for (auto& t : *list) views.push_back(t.view());
  detail::Scratch scratch(bytes);
  kernel.run(Cpu{scratch.data}, views.data(), views.data() + y.size());
  if (context.recorder) [[unlikely]] {
    constexpr Runner run = [](const void* k, std::byte* workspace, const View* out, const View* in) {
      static_cast<const K*>(k)->run(Cpu{workspace}, out, in);
    };
    context.recorder->append({kernel.name, std::make_shared<K>(kernel), run, bytes, donors}, y, x);
  }
  x.clear();
  return y;
}

}  // namespace ramie
