#include <ramie/tensor/cuda/sim/warp.h>

namespace ramie::sim {
namespace {

// Calls f with each lane of members.
template <class F>
void for_lanes(unsigned members, F f) {
  for (; members; members &= members - 1) f(static_cast<unsigned>(std::countr_zero(members)));
}

}  // namespace

void exchange_shuffle(Thread* lanes,
                      unsigned members) {  // what a lane outside the mask holds is unknown: noise
  for_lanes(members, [&](unsigned l) {
    const int source = lanes[l].source;
    lanes[l].received = members >> source & 1 ? lanes[source].posted : ~std::uint64_t{0};
  });
}

void exchange_ballot(Thread* lanes, unsigned members) {
  unsigned votes = 0;
  for_lanes(members, [&](unsigned l) { votes |= static_cast<unsigned>(lanes[l].posted != 0) << l; });
  for_lanes(members, [&](unsigned l) { lanes[l].received = votes; });
}

void exchange_match(Thread* lanes, unsigned members) {
  for_lanes(members, [&](unsigned l) {
    unsigned same = 0;
    for_lanes(members,
              [&](unsigned m) { same |= static_cast<unsigned>(lanes[m].posted == lanes[l].posted) << m; });
    lanes[l].received = same;
  });
}

}  // namespace ramie::sim
