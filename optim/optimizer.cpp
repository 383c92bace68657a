#include <ramie/optim/optimizer.h>

#include <fmt/format.h>

#include <atomic>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

// The values of some cells, taken out of them so that they may be overwritten in place. They return at the
// end, also after an exception.
class Taken {
 public:
  explicit Taken(State& values, bool leave = false) : values_(values), leave_(leave) {
    cells_.reserve(values.size());
  }
  void add(const std::shared_ptr<Cell>& cell) {
    values_[cells_.size()].second = leave_ ? get(cell) : take(cell);
    cells_.push_back(cell);
  }
  ~Taken() {
    for (std::size_t i = 0; i < cells_.size(); ++i) set(cells_[i], std::move(values_[i].second));
  }
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;

 private:
  State& values_;
  bool leave_;  // a copy in the cells, for those who look
  std::vector<std::shared_ptr<Cell>> cells_;
};

}  // namespace

std::uint64_t Optimizer::next_identity() {
  static std::atomic<std::uint64_t> identities = 0;
  return identities.fetch_add(1, std::memory_order_relaxed);
}

Optimizer::Optimizer(const State& params, GradientTransformation tx, nn::Filter wrt)
    : tx_(std::move(tx)), wrt_(std::move(wrt)), step_(zeros({}, uint32).to(device_of(params))) {
  for (auto& [path, value] : tx_.init(params)) {
    state_.emplace_back(value);
    values_.add(path, Tensor());
  }
}

void Optimizer::update(std::vector<nn::Found> variables, const State& grads, const ExtraArgs& extra) {
  std::erase_if(variables, [&](const nn::Found& f) { return !wrt_(f.path, *f.kind); });
  State params;
  for (auto& f : variables) params.add(std::move(f.path), Tensor());
  Taken taken_params(params, static_cast<bool>(extra.value_fn)), taken_state(values_);
  for (auto& f : variables) taken_params.add(f.variable->cell());
  for (auto& v : state_) taken_state.add(v.cell());
  tx_.apply(grads, values_, params, extra);
  step_ = step_.value() + 1;
}

// A float64 number whose path ends with the name: counts are integers, and states have their parameter's
// path.
const nn::OptState& Optimizer::setting(std::string_view name) const {
  std::vector<std::size_t> found;
  std::string settings, dotted = fmt::format(".{}", name);
  for (std::size_t i = 0; i < state_.size(); ++i) {
    const Layout& layout = state_[i].value().layout();
    if (layout.dtype != float64 || layout.rank() != 0) continue;
    settings += (settings.empty() ? "" : ", ") + values_[i].first;
    if (values_[i].first == name || values_[i].first.ends_with(dotted)) found.push_back(i);
  }
  if (found.size() != 1)
    fail("hyperparameter",
         fmt::format("{} of the settings that may be changed are called '{}': there are {}.",
                     found.empty() ? "none" : "several", name, settings.empty() ? "none" : settings));
  return state_[found[0]];
}

double Optimizer::hyperparameter(std::string_view name) const { return setting(name).value().item(); }
void Optimizer::set_hyperparameter(std::string_view name, double value) {
  const nn::OptState& s = setting(name);
  s.store(full_like(s.value(), value));
}

void Optimizer::collect(nn::Visitor& v, std::string_view name) {
  if (Key* key = v.key()) key->word(identity_);
  v.enter(name, "Optimizer");
  walk(v, "step", step_);
  v.enter("opt_state", "");
  for (std::size_t i = 0; i < state_.size(); ++i) walk(v, values_[i].first, state_[i]);
  v.leave();
  v.leave();
}

}  // namespace ramie::optim
