// Atomic operations, for the types that CUDA has them for. Integers only: floating-point atomics would make
// results depend on the order, so here they do not compile. The builtins, not plain loads and stores, so that
// the race detector knows them.
#pragma once

#include <algorithm>
#include <concepts>
#include <type_traits>

namespace ramie::sim {

template <class T>
concept AtomicWord = std::same_as<T, int> || std::same_as<T, unsigned> || std::same_as<T, unsigned long long>;
template <class T>
concept Comparable = AtomicWord<T> || std::same_as<T, long long>;

template <class T, class F>
T update(T* p, F f) {
  T old = __atomic_load_n(p, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(p, &old, f(old), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}

}  // namespace ramie::sim

template <ramie::sim::AtomicWord T>
T atomicAdd(T* p, std::type_identity_t<T> v) {
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
requires(sizeof(T) == 4) T atomicSub(T* p, std::type_identity_t<T> v) {
  return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
T atomicAnd(T* p, std::type_identity_t<T> v) {
  return __atomic_fetch_and(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
T atomicOr(T* p, std::type_identity_t<T> v) {
  return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
T atomicXor(T* p, std::type_identity_t<T> v) {
  return __atomic_fetch_xor(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
T atomicExch(T* p, std::type_identity_t<T> v) {
  return __atomic_exchange_n(p, v, __ATOMIC_RELAXED);
}
template <ramie::sim::AtomicWord T>
T atomicCAS(T* p, std::type_identity_t<T> expected, std::type_identity_t<T> v) {
  __atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;  // the old value, either way
}
template <ramie::sim::Comparable T>
T atomicMax(T* p, std::type_identity_t<T> v) {
  return ramie::sim::update(p, [v](T old) { return std::max(old, v); });
}
template <ramie::sim::Comparable T>
T atomicMin(T* p, std::type_identity_t<T> v) {
  return ramie::sim::update(p, [v](T old) { return std::min(old, v); });
}
inline unsigned atomicInc(unsigned* p, unsigned most) {
  return ramie::sim::update(p, [most](unsigned old) { return old >= most ? 0 : old + 1; });
}

// One thread runs at a time, so that only the compiler could reorder.
inline void __threadfence() { asm volatile("" ::: "memory"); }
inline void __threadfence_block() { asm volatile("" ::: "memory"); }
inline void __threadfence_system() { asm volatile("" ::: "memory"); }
