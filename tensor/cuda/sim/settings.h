// What the environment says about the simulated device. Tests change it in place.
//
//   RAMIE_SIM_ORDER=forward|reverse|random   of threads between two barriers, and of blocks
//   RAMIE_SIM_SEED=7                         for random
//   RAMIE_SIM_STREAMS=eager|lazy             lazy: work runs only when the host or an event waits for it
//   RAMIE_SIM_DEVICES=1                      how many devices there are
//   RAMIE_SIM_MEMORY=8589934592              bytes of memory that each has
#pragma once

#include <cstddef>
#include <cstdint>

namespace ramie::sim {

enum class Order { forward, reverse, random };

struct Settings {
  Order order = Order::forward;
  std::uint64_t seed = 1;
  bool lazy_streams = false;
  int devices = 1;
  std::size_t memory = std::size_t{8} << 30;
};
Settings& settings();

// An H200's limits.
inline constexpr std::size_t max_threads = 1024, shared_default = 48 * 1024, shared_opt_in = 227 * 1024;

}  // namespace ramie::sim
