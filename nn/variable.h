// A Variable is a shared reference to one tensor of a module's state. Copies refer to the same state;
// assigning stores a new value for all of them.
//
//   nn::Param scale(ones({64}));
//   Tensor y = x * scale;            // reads the value
//   scale = ones({64}) * 2;          // stores one, without its graph
//
// A user's own kind derives from one of ours, and filters for ours take it too:
//
//   struct LoraKind : nn::ParamKind { const char* name() const override { return "LoRA"; } };
//   using Lora = nn::Variable<LoraKind>;      // nn::is<nn::Param> is true of it
//
// Source: flax.nnx.Variable.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/tensor/launch.h>

namespace ramie {
namespace detail {
// A Variable's cell. Where it is tracked (nn/track.h), reads carry this leaf, whose slot holds the gradient:
// it belongs to the cell, not to a value.
struct VariableCell : Cell {
  Ref<Graph> leaf;
};
}  // namespace detail

// In this namespace, so that argument-dependent lookup finds relu(variable) and variable * 2.
class VariableBase {
 public:
  VariableBase() : cell_(std::make_shared<detail::VariableCell>()) {}
  explicit VariableBase(Tensor value) : VariableBase() { store(std::move(value)); }

  // What a running nn::value_and_grad of this thread put in its place, if one does. Tracked, and with
  // gradients being recorded, a variable of the tape.
  Tensor value() const;
  operator Tensor() const { return value(); }
  Shape shape() const { return value().shape(); }
  std::int64_t shape(int axis) const { return value().shape(axis); }
  DType dtype() const { return value().dtype(); }
  explicit operator bool() const { return static_cast<bool>(get(cell_)); }

  const std::shared_ptr<Cell>& cell() const { return cell_; }
  void rebind(const VariableBase& other) { cell_ = other.cell_; }  // shares its state from now on
  void store(Tensor value) const;

  // The tape (nn/track.h).
  void track(std::string_view label) const;  // what it is called in errors and drawings
  void untrack() const;
  bool tracked() const { return static_cast<bool>(tracking().leaf); }
  Tensor grad() const;  // what backward() has summed; undefined before the first; an error if not tracked
  const std::shared_ptr<Cell>& gradient_cell() const;  // the same error

 private:
  detail::VariableCell& tracking() const { return static_cast<detail::VariableCell&>(*cell_); }
  std::shared_ptr<Cell> cell_;  // a VariableCell
};

namespace nn {

struct VariableKind {
  virtual ~VariableKind() = default;
  virtual const char* name() const = 0;
};
struct ParamKind : VariableKind {  // learned
  const char* name() const override { return "Param"; }
};
struct BatchStatKind : VariableKind {  // running statistics
  const char* name() const override { return "BatchStat"; }
};
struct RngStateKind : VariableKind {
  const char* name() const override { return "RngState"; }
};
struct RngKeyKind : RngStateKind {
  const char* name() const override { return "RngKey"; }
};
struct RngCountKind : RngStateKind {
  const char* name() const override { return "RngCount"; }
};
struct MetricStateKind : VariableKind {
  const char* name() const override { return "MetricState"; }
};
struct OptStateKind : VariableKind {
  const char* name() const override { return "OptState"; }
};

template <std::derived_from<VariableKind> K>
class Variable : public VariableBase {
 public:
  using kind = K;
  using VariableBase::VariableBase;
  Variable& operator=(Tensor value) {
    store(std::move(value));
    return *this;
  }
  static const VariableKind& the_kind() {
    static const K one;
    return one;
  }
};
using Param = Variable<ParamKind>;
using BatchStat = Variable<BatchStatKind>;
using RngState = Variable<RngStateKind>;
using RngKey = Variable<RngKeyKind>;
using RngCount = Variable<RngCountKind>;
using MetricState = Variable<MetricStateKind>;
using OptState = Variable<OptStateKind>;

namespace detail {

// Puts leaves in the place of variables, for this thread and this object's lifetime; the cells stay as they
// are, so that inference may run beside it on other threads. If an exception ends it, what was stored
// meanwhile is undone.
class Substitution {
 public:
  Substitution();
  ~Substitution();
  Substitution(const Substitution&) = delete;
  Substitution& operator=(const Substitution&) = delete;
  void put(const std::shared_ptr<Cell>& cell, Tensor leaf);
  const Tensor* find(const Cell* cell) const;  // in this one or those around it
  void before_store(const std::shared_ptr<Cell>& cell);

 private:
  std::vector<std::pair<const Cell*, Tensor>> leaves_;  // sorted
  std::vector<std::pair<std::shared_ptr<Cell>, Tensor>> before_;
  int exceptions_;
  Substitution* around_;
  // A gradient is to lead through what is called now: a program's replay would break its way.
  Restore<bool> inline_jit_;
};

}  // namespace detail
}  // namespace nn
}  // namespace ramie
