#include <ramie/tensor/ops/shuffled_indices.h>

#include <fmt/format.h>

#include <limits>

#include <ramie/tensor/error.h>

namespace ramie::kernels {

Layout ShuffledIndices::outputs(const Layout& key, const Layout& step) const {
  check_key(name, key);
  if (step.dtype != uint32 || step.size != 1)
    fail(name, fmt::format("the step is {}: it must be one number of uint32.", str(step)));
  if (count < 1 || count > n || n > std::numeric_limits<std::int32_t>::max())
    fail(name, fmt::format("batches of {} out of {} records: at least 1, at most all of them, below 2^31.",
                           count, n));
  return {int32, {count}};
}

void ShuffledIndices::run(Cpu, View y, View key, View step) const noexcept {
  const Words words = read_key(key);
  for (std::int64_t i = 0; i < count; ++i)
    y.as<std::int32_t>()[i] = index(words, *step.as<std::uint32_t>(), i);
}

}  // namespace ramie::kernels
