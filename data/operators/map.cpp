#include <ramie/data/operators/map.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/autograd/vmap.h>
#include <ramie/data/operators/records.h>
#include <ramie/tensor/random.h>

namespace ramie::data {
namespace {

std::vector<std::string> names_of(const Batch& batch) {
  std::vector<std::string> names;
  for (const auto& [name, x] : batch) names.push_back(name);
  return names;
}

}  // namespace

std::string MapOperator::describe() const {
  auto settings = options_.subtree;
  if (!options_.name.empty()) settings.insert(settings.begin(), options_.name);
  return settings.empty() ? "MapOperator" : fmt::format("MapOperator({})", fmt::join(settings, ", "));
}

Batch MapOperator::apply(const Batch& batch, const Tensor& keys) const {
  const std::int64_t n = detail::rows(describe(), batch);
  if (random_) detail::check_keys(describe(), n, keys);
  Batch out = batch;
  std::uint32_t field = 0;
  for (const auto& name : options_.subtree.empty() ? names_of(batch) : options_.subtree) {
    const Tensor of_field = keys ? random::fold_in_rows(keys, field++) : keys;
    out[name] = vmap(fn_)(out[name], of_field ? of_field.to(out[name].device()) : of_field);
  }
  return out;
}

}  // namespace ramie::data
