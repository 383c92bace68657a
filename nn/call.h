// How calls of modules are seen by hooks, capture and summary. A module's operator() says that it runs:
//
//   Tensor operator()(const Tensor& x) const {
//     return call(x, [&](const Tensor& x) { return linear2(relu(linear1(x))); });
//   }
//
// All of our layers do; a module of yours that does not is not reported, but what it calls is (and so is
// whatever nn::Any holds). Where nobody looks on, this costs one comparison.
//
// A call has one input, the first where there are several, and one output: the Tensor that it gives or, of a
// pair, the second (a cell gives its carry and its output). Other results are not seen: sow them.
//
//   sow("mean", mean);       // for nn::capture: a value by name; nothing where nobody captures
//
// Modules have no names of their own: they are known by their addresses within the model that an observer
// was given. Calls of a copy, or of a view, are calls of another model.
//
// Sources: torch.nn.Module.__call__, flax.nnx.Module.sow.
#pragma once

#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie::nn {
namespace detail {

// A module and its first member may have the same address, but not the same type too.
struct ModuleId {
  const void* address;
  const std::type_info* type;
  bool operator==(const ModuleId& o) const { return address == o.address && *type == *o.type; }
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void before(const ModuleId&, Tensor& /*input*/) {}  // may put another in place
  virtual void after(const ModuleId&, const Tensor& /*input*/, Tensor* /*output*/) {}  // null: not seen
  virtual void sow(const ModuleId&, std::string_view /*name*/, const Tensor&) {}
};

// Those of this thread; null if there are none.
class Observers;
inline constinit thread_local Observers* observers = nullptr;

// From now to its end, in any order, o sees the calls of this thread, and jitted functions run there as C++.
class Observing {
 public:
  explicit Observing(std::shared_ptr<Observer> o);
  ~Observing() { stop(); }
  Observing(Observing&&) noexcept = default;
  Observing& operator=(Observing&& o) noexcept;
  void stop();  // on whichever thread
  bool active() const { return link_ != nullptr; }

 private:
  friend class Observers;
  struct Link;
  std::shared_ptr<Link> link_;
};

// The calls that run on this thread while it is observed, the innermost last.
const std::vector<ModuleId>& running_modules();

class Running {
 public:
  explicit Running(const ModuleId& id);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  // One call has several names where operator()s call each other, and where nn::Any holds the module.
  static bool is_innermost(const ModuleId& id);
  void before(Tensor& input) const;
  void after(const Tensor& input, Tensor* output) const;

 private:
  ModuleId id_;
};
void sow(const ModuleId& id, std::string_view name, const Tensor& value);

inline Tensor* output_of(Tensor& y) { return &y; }
template <class Carry>
Tensor* output_of(std::pair<Carry, Tensor>& y) {
  return &y.second;
}
template <class R>
Tensor* output_of(R&) {
  return nullptr;
}

template <class F>
auto observed_call(const ModuleId& id, const Tensor& x, F& f) {
  if (Running::is_innermost(id)) return f(x);
  const Running running(id);
  Tensor input = x;
  running.before(input);
  auto y = f(std::as_const(input));
  running.after(input, output_of(y));
  return y;
}
template <class M, class F>
auto call(const M& module, const Tensor& x, F&& f) {
  if (!observers) [[likely]]
    return f(x);
  return observed_call({&module, &typeid(M)}, x, f);
}

}  // namespace detail
}  // namespace ramie::nn
