#include <ramie/tensor/ops/fused.h>

#include <algorithm>

#include <ramie/tensor/cuda/fused_kernel.h>
#include <ramie/tensor/error.h>

namespace ramie::kernels {
namespace {

constexpr std::size_t max_values = Chain::max_inputs + Chain::max_instructions;

bool is_one_value(const Layout& l) {
  for (int i = 0; i < l.rank(); ++i)
    if (l.shape[i] != 1 && l.strides[i] != 0) return false;
  return true;
}

// One instruction after the other, each by its own kernel, with the values between them in the workspace.
class Interpreter {
 public:
  explicit Interpreter(const Chain& chain) : chain_(chain), shape_(common_shape()) {
    std::fill(slot_, slot_ + max_values, none);
    find_last_uses();
    for (std::size_t v = 0; v < chain.values(); ++v) place(v);
  }
  std::size_t workspace() const { return slots_ * slot_bytes(); }

  void run(Cuda cuda, const View* y, const View* x) {
    for (std::size_t v = 0; v < chain_.values(); ++v) {
      const bool in_slot = slot_[v] != none;
      views_[v] = {in_slot ? cuda.workspace + slot_[v] * slot_bytes() : nullptr, &(layouts_[v] = layout(v))};
      if (v < chain_.inputs.size())
        in_slot ? copy(cuda, views_[v].data, x[v]) : void(views_[v].data = x[v].data);
    }
    for (std::size_t r = 0; r < chain_.results.size(); ++r)
      views_[chain_.inputs.size() + chain_.results[r]].data = y[r].data;
    for (std::size_t k = 0; k < chain_.instructions.size(); ++k) run_instruction(cuda, k);
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  // All values are seen in one shape. An input with strides of another shape must be copied.
  Shape common_shape() const {
    for (const Layout& x : chain_.inputs)
      if (!x.dense && !is_one_value(x)) return x.shape;
    return chain_.inputs[0].shape;
  }
  bool is_copied(std::size_t v) const {
    const Layout& x = chain_.inputs[v];
    return !x.dense && !is_one_value(x) && x.shape != shape_;
  }
  Layout layout(std::size_t v) const {
    const Layout dense(chain_.dtype(v), shape_);
    if (v >= chain_.inputs.size() || slot_[v] != none || chain_.inputs[v].dense) return dense;
    if (!is_one_value(chain_.inputs[v])) return chain_.inputs[v];
    Shape nowhere = shape_;
    std::fill(nowhere.begin(), nowhere.end(), 0);
    return {dense.dtype, shape_, nowhere};
  }

  static void copy(Cuda cuda, std::byte* to, const View& x) {
    const Layout dense = x.layout->compact();
    Cast{dense.dtype}.run(cuda, {to, &dense}, x);
  }

  void find_last_uses() {
    for (std::size_t k = 0; k < chain_.instructions.size(); ++k) {
      const auto& i = chain_.instructions[k];
      for (int t = 0; t < i.tensors(); ++t)
        last_[i.operands[static_cast<std::size_t>(t)]] = chain_.inputs.size() + k;
    }
  }
  // Slots are used again once the last reader of their value has run.
  void place(std::size_t v) {
    const std::size_t inputs = chain_.inputs.size();
    const auto& r = chain_.results;
    if (v < inputs ? !is_copied(v) : std::find(r.begin(), r.end(), v - inputs) != r.end()) return;
    std::size_t s = 0;
    while (s < slots_ && free_at_[s] >= v) ++s;
    slots_ = std::max(slots_, s + 1);
    slot_[v] = s;
    free_at_[s] = std::max(last_[v], v);
  }
  std::size_t slot_bytes() const {
    std::size_t width = 1;
    for (std::size_t v = 0; v < chain_.values(); ++v) width = std::max(width, size_of(chain_.dtype(v)));
    return (static_cast<std::size_t>(chain_.size()) * width + 255) / 256 * 256;
  }

  void run_instruction(Cuda cuda, std::size_t k) const {
    const auto& i = chain_.instructions[k];
    const View& y = views_[chain_.inputs.size() + k];
    const auto x = [&](std::size_t t) -> const View& { return views_[i.operands[t]]; };
    if (const auto* cast = std::get_if<Cast>(&i.kernel)) return cast->run(cuda, y, x(0));
    const auto& op = std::get<Elementwise>(i.kernel);
    switch (i.tensors()) {
      case 1:
        return op.run(cuda, y, x(0));
      case 2:
        return op.run(cuda, y, x(0), x(1));
      default:
        return op.run(cuda, y, x(0), x(1), x(2));
    }
  }

  const Chain& chain_;
  Shape shape_;
  std::size_t slots_ = 0, slot_[max_values], last_[max_values] = {}, free_at_[max_values] = {};
  Layout layouts_[max_values];
  View views_[max_values] = {};
};

}  // namespace

std::size_t Fused::cuda_workspace(std::span<const Tensor>) const {
  return chain_.size() != 0 && gpu_->why_none().empty() ? 0 : Interpreter(chain_).workspace();
}

void Fused::run(Cuda cuda, const View* y, const View* x) const {
  if (chain_.size() == 0 || gpu_->run(cuda, y, x)) return;
  Interpreter one_by_one(chain_);
  if (!cuda.workspace && one_by_one.workspace())  // it was asked for on another GPU
    fail(name, "this GPU has no kernel of the chain, though the one for which it was recorded has.");
  one_by_one.run(cuda, y, x);
}

}  // namespace ramie::kernels
