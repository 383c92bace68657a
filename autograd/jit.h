// jit: a function's launches are recorded once and then replayed, planned and fused, without running the
// function. PLAIN C++ VALUES ARE FROZEN WHEN IT IS RECORDED: a counter, an `if`, a learning rate computed
// with doubles keep the value that they had in the first call. What is to change from call to call must be a
// Tensor: an argument, or the value of a Variable.
//
//   auto f = jit([](const Tensor& x) { return sum(square(x) * 2); });
//   f(a);                    // runs and records
//   f(b);                    // replays, if b's shape, dtype and device are a's; else it records again
//   std::cout << f.program();
//
//   double rate = 0.1;
//   auto wrong = jit([&](const Tensor& g) { return g * rate; });               // 0.1 for ever
//   auto right = jit([](const Tensor& g, const Tensor& rate) { return g * rate; });
//
// A function may take and give Tensors, numbers, strings, and pairs, tuples, arrays, vectors, maps and
// optionals of these, structs with a tree() (autograd/tree.h); modules and all that holds state too
// (nn/jit.h). Numbers among the arguments are part of what a program is recorded for: each new value records
// a new program.
//
// Variables that the function reads or assigns are seen by every replay: it reads their values of then, and
// leaves its own. It is an error, which names the op, to read a value inside (item(), to_vector(), printing),
// to change a variable's shape, and to let a value that was made inside survive the call anywhere but in
// results and Variables. A jitted function inside of another is part of it. Where a gradient from outside
// leads through a call, the function runs op by op; put jit around grad, not grad around jit, for speed.
//
// Threads may call one jitted function at a time, if they do not change the same variables.
//
// Source: jax.jit, flax.nnx.jit.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <ramie/autograd/tree.h>
#include <ramie/tensor/program/capture.h>
#include <ramie/tensor/program/compiled.h>

namespace ramie {

// While it lives, jitted functions run op by op on this thread, so that a debugger can be used inside.
class DisableJit {
 public:
  DisableJit() : restore_(context.jit_disabled, true) {}

 private:
  Restore<bool> restore_;
};
template <class F>
auto disable_jit(F&& f) {
  DisableJit guard;
  return f();
}

struct JitOptions {
  std::vector<Pass> passes = default_passes();
  std::size_t cache_limit =
      32;  // programs; beyond, the one that was not used for the longest time is dropped
};

namespace detail {

// What a call depends on: its key, its Tensors, its variables.
struct Signature {
  Key key;
  std::vector<const Tensor*> tensors;
  std::vector<const std::shared_ptr<Cell>*> cells;
  std::vector<Cell*> raw_cells;
  bool tracked = false;  // a gradient may lead through an argument

  void start(const std::type_info& types);
  void tensor(const Tensor& x);
  void cell(const std::shared_ptr<Cell>& c) {
    cells.push_back(&c);
    raw_cells.push_back(c.get());
  }
  std::vector<std::shared_ptr<Cell>> held_cells() const;
};

template <class T>
inline constexpr bool is_argument_list =
    RangeOfValues<T> || TupleOfValues<T> || is_optional<T>::value || Tree<T>;
template <class>
inline constexpr bool no_such_argument = false;

template <class T>
void describe(Signature& s, const T& x) {
  if constexpr (std::is_same_v<T, Tensor>) {
    s.tensor(x);
  } else if constexpr (JitState<T>::value) {
    JitState<T>::describe(s, x);
  } else if constexpr (Tree<T>) {
    std::apply([&](const auto&... v) { (describe(s, v), ...); }, members(x));
  } else if constexpr (std::is_convertible_v<T, std::string_view>) {
    s.key.text(x);
  } else if constexpr (is_optional<T>::value) {
    s.key.word(x.has_value());
    if (x) describe(s, *x);
  } else if constexpr (RangeOfValues<T>) {
    s.key.word(x.size());
    for (const auto& v : x) describe(s, v);
  } else if constexpr (TupleOfValues<T>) {
    std::apply([&](const auto&... v) { (describe(s, v), ...); }, x);
  } else {
    static_assert(
        is_keyed<T>(),
        "an argument of a jitted function must be Tensors, modules (#include <ramie/nn/jit.h>), or values "
        "that can be compared with ==");
    s.key.add(x);
  }
}

// The argument as the function is to see it: state as it is, Tensors under new names.
template <class T>
decltype(auto) enter(Capture& capture, T& x) {
  using U = std::remove_cv_t<T>;
  if constexpr (JitState<U>::value || !(std::is_same_v<U, Tensor> || is_argument_list<U>)) {
    return (x);
  } else {
    U inside = x;
    each_tensor(inside, [&](Tensor& t) { t = capture.argument(t); });
    return inside;
  }
}

using Nothing = std::monostate;  // stands for void
template <class F, class... A>
auto call(F& f, A&&... arguments) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, A...>>) {
    f(std::forward<A>(arguments)...);
    return Nothing();
  } else {
    return std::decay_t<std::invoke_result_t<F&, A...>>(f(std::forward<A>(arguments)...));
  }
}

bool runs_eagerly();
// Whether backward() may yet lead through x: it is on the tape, outside of all transforms.
bool awaits_backward(const Tensor& x);
// Adds to the reasons for which jitted functions run op by op on this thread. They may end in any order.
void run_eagerly(int more);

}  // namespace detail

template <class F>
class Jitted {
 public:
  explicit Jitted(F f, JitOptions options = {})
      : f_(std::make_shared<F>(std::move(f))),
        cache_(std::make_shared<JitCache>(std::move(options.passes), options.cache_limit)) {}

  template <class... A>
  auto operator()(A&&... arguments) const {
    using R = decltype(detail::call(*f_, std::forward<A>(arguments)...));
    if constexpr (std::is_same_v<R, detail::Nothing>)
      static_cast<void>(run<R>(std::forward<A>(arguments)...));
    else
      return run<R>(std::forward<A>(arguments)...);
  }
  // n calls in one program, with the same arguments: for steps that fetch their data themselves. Gives the
  // result of the last.
  auto repeat(int n, JitOptions options = {}) const;

  // Of the newest call, with its passes applied, and as it was recorded. They live until clear() or eviction.
  std::shared_ptr<const Compiled> compiled() const { return cache_->latest(); }
  const Program& program() const { return cache_->latest()->program(); }
  const Program& recorded() const { return cache_->latest()->recorded(); }
  JitStatistics statistics() const { return cache_->statistics(); }
  std::size_t programs() const { return cache_->size(); }
  void clear() const { cache_->clear(); }

 private:
  template <class R, class... A>
  R run(A&&... arguments) const {
    detail::Signature& s = scratch();
    if (detail::runs_eagerly()) return eager(std::forward<A>(arguments)...);
    s.start(typeid(std::tuple<std::decay_t<A>...>));
    (detail::describe(s, std::as_const(arguments)), ...);
    if (s.tracked) return eager(std::forward<A>(arguments)...);
    const auto entry = cache_->find(s.key, s.raw_cells);
    if (!entry) return record<R>(detail::Signature(s), arguments...);
    if (!entry->compiled) return detail::call(*f_, std::forward<A>(arguments)...);
    return replay<R>(*entry, s);
  }
  template <class... A>
  auto eager(A&&... arguments) const {
    cache_->count_eager();
    return detail::call(*f_, std::forward<A>(arguments)...);
  }
  template <class R, class... A>
  R record(const detail::Signature& s, A&... arguments) const {
    Capture capture(s.held_cells());
    R out = [&] {
      std::tuple<decltype(detail::enter(capture, arguments))...> inside{detail::enter(capture, arguments)...};
      return std::apply([&](auto&... a) { return detail::call(*f_, a...); }, inside);
    }();
    bool tracked = false, on_tape = false;
    detail::each_tensor(out, [&](const Tensor& t) {
      tracked = tracked || (t && t.graph());
      on_tape = on_tape || detail::awaits_backward(t);
    });
    if ((tracked && capture.leads_outside()) || on_tape) {
      capture.commit();
      cache_->add(s.key, s.raw_cells, {}, nullptr);
      return out;
    }
    detail::each_tensor(out, [&](Tensor& t) { capture.result(t = t ? t.detach() : t); });
    auto skeleton = std::make_shared<R>(out);
    detail::each_tensor(*skeleton, [](Tensor& t) { t = Tensor(); });
    cache_->add(s.key, s.raw_cells, capture.finish(), std::move(skeleton));
    return out;
  }
  template <class R>
  R replay(const JitCache::Entry& entry, const detail::Signature& s) const {
    R out = *static_cast<const R*>(entry.skeleton.get());
    std::vector<Tensor> results(entry.compiled->results());
    entry.compiled->run(s.tensors, s.raw_cells, results);
    auto next = results.begin();
    detail::each_tensor(out, [&](Tensor& t) { t = std::move(*next++); });
    return out;
  }
  static detail::Signature& scratch() {
    thread_local detail::Signature s;
    return s;
  }
  std::shared_ptr<F> f_;
  std::shared_ptr<JitCache> cache_;
};

template <class F>
auto jit(F f, JitOptions options = {}) {
  return Jitted<F>(std::move(f), std::move(options));
}

template <class F>
auto Jitted<F>::repeat(int n, JitOptions options) const {
  return jit(
      [f = f_, n](auto&&... arguments) {
        for (int i = 1; i < n; ++i) detail::call(*f, arguments...);
        return detail::call(*f, arguments...);
      },
      std::move(options));
}

// The program of one call, for a look at it; and a run of a program that uses no variables.
template <class F>
Program record(F&& f, const std::vector<Tensor>& arguments) {
  Capture capture;
  std::vector<Tensor> inside, out;
  for (auto& a : arguments) inside.push_back(capture.argument(a));
  out = f(std::as_const(inside));
  inside.clear();
  for (auto& t : out) capture.result(t = t.detach());
  return capture.finish();
}
std::vector<Tensor> run(const Program& program, const std::vector<Tensor>& arguments);

}  // namespace ramie
