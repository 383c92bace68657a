// Constants that become state.
#include <ramie/optim/wrappers.h>
#include <ramie/tensor/create.h>

namespace ramie::optim {
namespace {

using Kind = kernels::Stage::Kind;

// Of a stage's first constants; what follows are switches.
std::vector<std::string> names(Kind kind) {
  switch (kind) {
    case Kind::scale:
      return {"step_size"};
    case Kind::clip_by_norm:
      return {"max_norm"};
    case Kind::clip:
      return {"max_delta"};
    case Kind::trace:
    case Kind::ema:
      return {"decay"};
    case Kind::adam:
    case Kind::nadam:
    case Kind::amsgrad:
    case Kind::belief:
    case Kind::yogi:
      return {"b1", "b2", "eps", "eps_root"};
    case Kind::radam:
      return {"b1", "b2", "eps", "eps_root", "threshold"};
    case Kind::adamax:
      return {"b1", "b2", "eps"};
    case Kind::rms:
    case Kind::stddev:
      return {"decay", "eps"};
    case Kind::rss:
      return {"eps"};
    case Kind::adadelta:
      return {"rho", "eps"};
    case Kind::lion:
      return {"b1", "b2"};
    case Kind::add_decayed_weights:
      return {"weight_decay"};
    case Kind::scale_by_scalar:
    case Kind::sign:
    case Kind::zero:
    case Kind::apply_every:
      break;
  }
  return {};
}

Elementwise injected(Elementwise part) {
  const std::vector<std::string> settings = names(part.stage.kind);
  if (settings.empty() || part.stage.given > 0) return part;
  const std::size_t own = part.counters.size();
  for (std::size_t i = 0; i < settings.size(); ++i)
    part.counters.add(settings[i], full({}, part.stage.constants[i], float64));
  part.stage.given = static_cast<int>(settings.size());
  part.stage.scalars += part.stage.given;
  part.scalars = [before = part.scalars, own](const Elementwise::Inputs& in) {
    std::vector<Tensor> out;
    if (before) out = before({in.counters.first(own), in.updates, in.dtype, in.extra});
    for (auto& [name, value] : in.counters.subspan(own)) out.push_back(value);
    return out;
  };
  return part;
}

}  // namespace

GradientTransformation inject_hyperparams(const GradientTransformation& tx) {
  std::vector<GradientTransformation::Part> parts = tx.parts();
  for (auto& part : parts)
    if (auto* elementwise = std::get_if<Elementwise>(&part)) part = injected(std::move(*elementwise));
  return GradientTransformation(std::move(parts));
}

}  // namespace ramie::optim
