// A COPY OF A MODULE SHARES ITS STATE, as a copied nnx module would: write nn::view for that, nn::clone for a
// copy of its own. A module is a plain struct of variables, modules and settings, and one line that lists
// them:
//
//   struct MLP : nn::Module<MLP> {
//     nn::Linear linear1, linear2;
//     explicit MLP(nn::Rngs& rngs) : linear1(784, 256, rngs), linear2(256, 10, rngs) {}
//     Tensor operator()(const Tensor& x) const { return linear2(relu(linear1(x))); }
//     using fields = nn::Fields<&MLP::linear1, &MLP::linear2>;
//   };
//
// There is no registry and nothing points at anything inside, so modules can be moved, stored in vectors,
// replaced. std::cout << model prints the tree with shapes and sizes.
//
// Source: flax.nnx.Module.
#pragma once

#include <iosfwd>

#include <ramie/nn/call.h>
#include <ramie/nn/state.h>

namespace ramie::nn {

// Empty, and another type for each module: a common empty base would not share the first member's address.
template <class Self>
struct Module {
 protected:
  // f(x), seen by hooks, nn::capture and nn::summary: nn/call.h.
  template <class F>
  auto call(const Tensor& x, F&& f) const {
    return detail::call(static_cast<const Self&>(*this), x, f);
  }
  // A value for nn::capture, by name.
  void sow(std::string_view name, const Tensor& value) const {
    if (detail::observers) detail::sow({static_cast<const Self*>(this), &typeid(Self)}, name, value);
  }
};

namespace detail {
class Printer final : public Visitor {
 public:
  explicit Printer(std::ostream& out) : out_(out) {}
  void variable(std::string_view name, VariableBase& variable, const VariableKind& kind) override;
  void enter(std::string_view name, std::string_view type_name) override;
  void leave() override;
  void setting(std::string_view name, const std::string& text) override;
  bool wants_settings() const override { return true; }

 private:
  void line(std::string_view name);
  std::ostream& out_;
  int depth_ = 0;
};
// "Param: 824,458 (3.3 MB) in 8 variables; BatchStat: ..."
std::string sizes(const std::vector<Found>& variables);
}  // namespace detail

template <class M>
requires(IsModule<M> || Collects<M>) std::ostream& operator<<(std::ostream& out, const M& model) {
  out << "# " << detail::sizes(variables(model)) << "\n";
  detail::Printer printer(out);
  walk(printer, "", model);
  return out;
}

// The number of elements of all parameters.
template <class M>
std::int64_t parameter_count(const M& model) {
  std::int64_t n = 0;
  for (auto& [path, value] : state(model, is<Param>)) n += value.size();
  return n;
}

}  // namespace ramie::nn
