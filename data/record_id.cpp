#include <ramie/data/record_id.h>

#include <ramie/tensor/ops/threefry.h>

namespace ramie::data {
namespace {

using kernels::Words;

// random::fold_in(key, data) on words; 64-bit data are folded in only where they need it.
Words folded(Words key, std::uint64_t data) {
  const auto low = static_cast<std::uint32_t>(data), high = static_cast<std::uint32_t>(data >> 32);
  if (high != 0) key = kernels::threefry2x32(key, Words{1, high});
  return kernels::threefry2x32(key, Words{0, low});
}

}  // namespace

Tensor record_keys(std::uint64_t seed, std::span<const RecordId> ids) {
  Tensor keys = Tensor::empty({uint32, {static_cast<std::int64_t>(ids.size()), 2}});
  auto* to = keys.view().as<std::uint32_t>();
  const Words base = {static_cast<std::uint32_t>(seed >> 32), static_cast<std::uint32_t>(seed)};
  std::uint64_t epoch = 0;
  Words of_epoch = folded(base, epoch);
  for (const RecordId& id : ids) {
    if (id.epoch != epoch) of_epoch = folded(base, epoch = id.epoch);  // rarely: batches are of one epoch
    const Words key = folded(of_epoch, static_cast<std::uint64_t>(id.index));
    *to++ = key.first;
    *to++ = key.second;
  }
  return keys;
}

}  // namespace ramie::data
