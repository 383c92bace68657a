#include <ramie/data/operators/probabilistic.h>

#include <fmt/format.h>

#include <ramie/data/operators/records.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

Probabilistic::Probabilistic(AnyOperator op, double probability, std::optional<std::uint64_t> seed)
    : op_(std::move(op)), probability_(probability), seed_(seed) {
  if (!(probability >= 0 && probability <= 1))
    fail("Probabilistic", fmt::format("probability is {}: it lies in 0..1.", probability));
}

std::string Probabilistic::describe() const {
  return fmt::format("Probabilistic({}, {})", probability_, detail::described(*op_));
}

Batch Probabilistic::apply(const Batch& batch, const Tensor& keys) const {
  if (probability_ == 0) return batch;
  if (random()) detail::check_keys("Probabilistic", detail::rows("Probabilistic", batch), keys);
  Batch changed = op_->apply(batch, detail::part_keys(keys, 0, *op_));
  if (!decides()) return changed;
  detail::check_alike("Probabilistic", changed, op_->describe(), batch, "the batch");
  return detail::select(random::bernoulli_rows(detail::own_keys(keys), probability_), changed, batch);
}

}  // namespace ramie::data
