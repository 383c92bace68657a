// Barriers, and what the lanes of a warp do together. The file and line of the call say where a thread waits:
// those of a warp must meet at the same one.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <ramie/tensor/cuda/sim/multiprocessor.h>

#define RAMIE_SIM_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()

namespace ramie::sim {

template <class T>
std::uint64_t to_bits(T v) {
  static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}
template <class T>
T from_bits(std::uint64_t bits) {
  T v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

// What lanes exchange when all have come.
void exchange_shuffle(Thread* lanes, unsigned members);
void exchange_ballot(Thread* lanes, unsigned members);
void exchange_match(Thread* lanes, unsigned members);

template <class T>
T shuffle(const Site& site, unsigned mask, T v, int source) {
  static_assert(std::is_arithmetic_v<T> && (sizeof(T) == 4 || sizeof(T) == 8),
                "CUDA shuffles words of 4 or 8 bytes");
  return from_bits<T>(sm->warp_operation(site, mask, to_bits(v), source, exchange_shuffle));
}

// All members get f(f(a, b), c)...
template <auto f, class T>
T reduce(const Site& site, unsigned mask, T v) {
  constexpr auto exchange = [](Thread* lanes, unsigned members) {
    T sum = from_bits<T>(lanes[std::countr_zero(members)].posted);
    for (unsigned left = members & (members - 1); left; left &= left - 1)
      sum = f(sum, from_bits<T>(lanes[std::countr_zero(left)].posted));
    for (unsigned left = members; left; left &= left - 1)
      lanes[std::countr_zero(left)].received = to_bits(sum);
  };
  return from_bits<T>(sm->warp_operation(site, mask, to_bits(v), 0, exchange));
}

template <class T>
concept Word = std::is_same_v<T, int> || std::is_same_v<T, unsigned>;

}  // namespace ramie::sim

// ---- barriers ---------------------------------------------------------------------------------------------

inline void __syncthreads(RAMIE_SIM_HERE) { ramie::sim::sm->barrier({"__syncthreads", file, line}); }
inline int __syncthreads_count(int predicate, RAMIE_SIM_HERE) {
  return static_cast<int>(ramie::sim::sm->barrier({"__syncthreads_count", file, line}, predicate != 0).yes);
}
inline int __syncthreads_or(int predicate, RAMIE_SIM_HERE) {
  return ramie::sim::sm->barrier({"__syncthreads_or", file, line}, predicate != 0).yes != 0;
}
inline int __syncthreads_and(int predicate, RAMIE_SIM_HERE) {
  const auto votes = ramie::sim::sm->barrier({"__syncthreads_and", file, line}, predicate != 0);
  return votes.yes == votes.all;
}
inline void __syncwarp(unsigned mask = ~0u, RAMIE_SIM_HERE) {
  ramie::sim::sm->warp_operation({"__syncwarp", file, line}, mask, 0, 0, nullptr);
}

// ---- shuffles ---------------------------------------------------------------------------------------------

// The promotion of +v is that of CUDA's overloads: a short travels as an int.
template <class T>
auto __shfl_sync(unsigned mask, T v, int source, int width = warpSize, RAMIE_SIM_HERE) {
  const int lane = ramie::sim::sm->lane();
  return ramie::sim::shuffle({"__shfl_sync", file, line}, mask, +v, (lane & -width) | (source & (width - 1)));
}
template <class T>
auto __shfl_up_sync(unsigned mask, T v, unsigned delta, int width = warpSize, RAMIE_SIM_HERE) {
  const int lane = ramie::sim::sm->lane(), source = lane - static_cast<int>(delta);
  return ramie::sim::shuffle({"__shfl_up_sync", file, line}, mask, +v,
                             source < (lane & -width) ? lane : source);
}
template <class T>
auto __shfl_down_sync(unsigned mask, T v, unsigned delta, int width = warpSize, RAMIE_SIM_HERE) {
  const int lane = ramie::sim::sm->lane(), source = lane + static_cast<int>(delta);
  return ramie::sim::shuffle({"__shfl_down_sync", file, line}, mask, +v,
                             source > (lane | (width - 1)) ? lane : source);
}
template <class T>
auto __shfl_xor_sync(unsigned mask, T v, int bits, int width = warpSize, RAMIE_SIM_HERE) {
  const int lane = ramie::sim::sm->lane(), source = lane ^ bits;
  return ramie::sim::shuffle({"__shfl_xor_sync", file, line}, mask, +v,
                             source > (lane | (width - 1)) ? lane : source);
}

// ---- votes ------------------------------------------------------------------------------------------------

inline unsigned __ballot_sync(unsigned mask, int predicate, RAMIE_SIM_HERE) {
  return static_cast<unsigned>(ramie::sim::sm->warp_operation(
      {"__ballot_sync", file, line}, mask, predicate != 0, 0, ramie::sim::exchange_ballot));
}
inline int __any_sync(unsigned mask, int predicate, RAMIE_SIM_HERE) {
  return __ballot_sync(mask, predicate, file, line) != 0;
}
inline int __all_sync(unsigned mask, int predicate, RAMIE_SIM_HERE) {
  return __ballot_sync(mask, !predicate, file, line) == 0;
}
template <class T>
unsigned __match_any_sync(unsigned mask, T v, RAMIE_SIM_HERE) {  // the lanes that hold the same
  return static_cast<unsigned>(ramie::sim::sm->warp_operation(
      {"__match_any_sync", file, line}, mask, ramie::sim::to_bits(+v), 0, ramie::sim::exchange_match));
}

// ---- reductions, of integers only -------------------------------------------------------------------------

template <ramie::sim::Word T>
T __reduce_add_sync(unsigned mask, T v, RAMIE_SIM_HERE) {
  constexpr auto add = [](unsigned a, unsigned b) { return a + b; };
  return static_cast<T>(
      ramie::sim::reduce<add>({"__reduce_add_sync", file, line}, mask, static_cast<unsigned>(v)));
}
template <ramie::sim::Word T>
T __reduce_min_sync(unsigned mask, T v, RAMIE_SIM_HERE) {
  constexpr auto smaller = [](T a, T b) { return a < b ? a : b; };
  return ramie::sim::reduce<smaller>({"__reduce_min_sync", file, line}, mask, v);
}
template <ramie::sim::Word T>
T __reduce_max_sync(unsigned mask, T v, RAMIE_SIM_HERE) {
  constexpr auto larger = [](T a, T b) { return a > b ? a : b; };
  return ramie::sim::reduce<larger>({"__reduce_max_sync", file, line}, mask, v);
}
inline unsigned __reduce_and_sync(unsigned mask, unsigned v, RAMIE_SIM_HERE) {
  constexpr auto both = [](unsigned a, unsigned b) { return a & b; };
  return ramie::sim::reduce<both>({"__reduce_and_sync", file, line}, mask, v);
}
inline unsigned __reduce_or_sync(unsigned mask, unsigned v, RAMIE_SIM_HERE) {
  constexpr auto either = [](unsigned a, unsigned b) { return a | b; };
  return ramie::sim::reduce<either>({"__reduce_or_sync", file, line}, mask, v);
}
inline unsigned __reduce_xor_sync(unsigned mask, unsigned v, RAMIE_SIM_HERE) {
  constexpr auto one = [](unsigned a, unsigned b) { return a ^ b; };
  return ramie::sim::reduce<one>({"__reduce_xor_sync", file, line}, mask, v);
}
