// Learning rates that fall where the loss does not.
#include <fmt/format.h>

#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/optim/detail/value.h>
#include <ramie/optim/wrappers.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {

Tensor detail::value_of(const char* name, const ExtraArgs& extra) {
  if (!extra.value || extra.value.size() != 1)
    fail(name,
         fmt::format(
             "it needs the loss, one number, and got {}: optimizer.update(model, grads, {{.value = loss}}).",
             extra.value ? str(extra.value.layout()) : "none"));
  return reshape(extra.value, {}).astype(float64);
}

namespace {

void check_options(const PlateauOptions& o) {
  if (!(o.factor > 0 && o.factor < 1))
    fail("reduce_on_plateau", fmt::format("the factor is {}: it must be between 0 and 1.", o.factor));
  if (!(o.rtol >= 0 && o.rtol <= 1 && o.atol >= 0 && o.rtol + o.atol > 0))
    fail("reduce_on_plateau",
         fmt::format(
             "rtol is {} and atol {}: neither may be negative, one must be positive, and rtol at most 1.",
             o.rtol, o.atol));
  if (o.patience < 1 || o.cooldown < 0 || o.accumulation_size < 1)
    fail("reduce_on_plateau",
         fmt::format("patience is {}, cooldown {}, accumulation_size {}: at least 1, 0 and 1.", o.patience,
                     o.cooldown, o.accumulation_size));
}

// The order of the counters.
enum { scaling, best_value, plateau_count, cooldown_count, count, avg_value };

// After a whole mean: has it improved, and if not, for how long?
void judge(std::span<State::Entry> c, const PlateauOptions& o, const Tensor& mean, const Tensor& whole) {
  const auto set = [&](int i, const Tensor& value) {
    c[static_cast<std::size_t>(i)].second = where(whole, value, c[static_cast<std::size_t>(i)].second);
  };
  const Tensor best = c[best_value].second, factor = c[scaling].second, rest = c[cooldown_count].second;
  const Tensor improved = mean<best*(1 - o.rtol) - o.atol, cooling = rest> 0;
  const Tensor waited = where(improved, 0, c[plateau_count].second + 1), over = waited == o.patience;
  set(best_value, where(improved, mean, best));
  set(plateau_count, where(logical_or(cooling, over), 0, waited));
  set(scaling, where(cooling, factor, maximum(where(over, factor * o.factor, factor), o.min_scale)));
  set(cooldown_count, where(cooling, rest - 1, where(over, full_like(rest, o.cooldown), 0)));
}

}  // namespace

GradientTransformation reduce_on_plateau(PlateauOptions o) {
  check_options(o);
  const double infinity = std::numeric_limits<double>::infinity();
  const auto scalars = [o](const Elementwise::Inputs& in) {
    const auto& c = in.counters;
    const Tensor n = c[count].second + 1, seen = c[count].second.astype(float64);
    const Tensor mean =
        (c[avg_value].second * seen + detail::value_of("reduce_on_plateau", in.extra)) / n.astype(float64);
    const Tensor whole = n == o.accumulation_size;
    judge(c, o, mean, whole);
    c[count].second = where(whole, 0, n);
    c[avg_value].second = where(whole, 0, mean);
    return std::vector{c[scaling].second};
  };
  return Elementwise{.stage = kernels::stage::scale_by_scalar(1),
                     .counters = {{"scale", full({}, 1, float64)},
                                  {"best_value", full({}, infinity, float64)},
                                  {"plateau_count", zeros({}, int32)},
                                  {"cooldown_count", zeros({}, int32)},
                                  {"count", zeros({}, int32)},
                                  {"avg_value", zeros({}, float64)}},
                     .scalars = scalars};
}

}  // namespace ramie::optim
