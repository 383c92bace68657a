#include <ramie/optim/optimizer.h>

#include <atomic>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>

namespace ramie::optim {
namespace {

// The values of some cells, taken out of them so that they may be overwritten in place. They return at the
// end, also after an exception.
class Taken {
 public:
  void add(std::string path, const std::shared_ptr<Cell>& cell) {
    cells_.push_back(cell);
    values.add(std::move(path), take(cell));
  }
  ~Taken() {
    for (std::size_t i = 0; i < cells_.size(); ++i) set(cells_[i], std::move(values[i].second));
  }
  Taken() = default;
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  State values;

 private:
  std::vector<std::shared_ptr<Cell>> cells_;
};

}  // namespace

Optimizer::Optimizer(const State& params, GradientTransformation tx, nn::Filter wrt)
    : tx_(std::move(tx)), wrt_(std::move(wrt)), step_(zeros({}, uint32).to(device_of(params))) {
  for (auto& [path, value] : tx_.init(params)) state_.emplace_back(path, nn::OptState(value));
}

void Optimizer::update(const std::vector<nn::Found>& variables, const State& grads) {
  Taken params, state;
  for (auto& f : variables)
    if (wrt_(f.path, *f.kind)) params.add(f.path, f.variable->cell());
  for (auto& [path, variable] : state_) state.add(path, variable.cell());
  tx_.apply(grads, state.values, params.values);
  step_ = step_.value() + 1;
}

std::uint64_t Optimizer::next_identity() {
  static std::atomic<std::uint64_t> identities = 0;
  return identities.fetch_add(1, std::memory_order_relaxed);
}

void Optimizer::collect(nn::Visitor& v, std::string_view name) {
  if (Key* key = v.key()) key->word(identity_);
  v.enter(name, "Optimizer");
  walk(v, "step", step_);
  v.enter("opt_state", "");
  for (auto& [path, variable] : state_) walk(v, path, variable);
  v.leave();
  v.leave();
}

}  // namespace ramie::optim
