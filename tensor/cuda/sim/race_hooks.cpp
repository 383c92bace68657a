// The functions that -fsanitize=thread makes a kernel call. In a build that uses the thread sanitizer itself
// they are the sanitizer's.
#include <ramie/tensor/cuda/sim/race.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RAMIE_SIM_TSAN 1
#endif
#endif
#if !defined(__SANITIZE_THREAD__) && !defined(RAMIE_SIM_TSAN)

#include <cstdint>
#include <cstring>

using ramie::sim::AccessKind;
using ramie::sim::note_access;

#define HERE __builtin_return_address(0)
#ifndef __clang__  // GCC knows these functions, with other types
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}

#define ACCESSES(n)                                                                       \
  void __tsan_read##n(void* p) { note_access(p, n, AccessKind::read, HERE); }             \
  void __tsan_write##n(void* p) { note_access(p, n, AccessKind::write, HERE); }           \
  void __tsan_unaligned_read##n(void* p) { note_access(p, n, AccessKind::read, HERE); }   \
  void __tsan_unaligned_write##n(void* p) { note_access(p, n, AccessKind::write, HERE); } \
  void __tsan_volatile_read##n(void* p) { note_access(p, n, AccessKind::read, HERE); }    \
  void __tsan_volatile_write##n(void* p) { note_access(p, n, AccessKind::write, HERE); }  \
  void __tsan_read_write##n(void* p) { note_access(p, n, AccessKind::write, HERE); }      \
  void __tsan_unaligned_read_write##n(void* p) { note_access(p, n, AccessKind::write, HERE); }
// clang-format off
ACCESSES(1) ACCESSES(2) ACCESSES(4) ACCESSES(8) ACCESSES(16)
    // clang-format on
    void __tsan_read_range(void* p, std::size_t n) {
  note_access(p, n, AccessKind::read, HERE);
}
void __tsan_write_range(void* p, std::size_t n) { note_access(p, n, AccessKind::write, HERE); }

void* __tsan_memcpy(void* to, const void* from, std::size_t n) {
  note_access(from, n, AccessKind::read, HERE);
  note_access(to, n, AccessKind::write, HERE);
  return std::memcpy(to, from, n);
}
void* __tsan_memmove(void* to, const void* from, std::size_t n) {
  note_access(from, n, AccessKind::read, HERE);
  note_access(to, n, AccessKind::write, HERE);
  return std::memmove(to, from, n);
}
void* __tsan_memset(void* p, int value, std::size_t n) {
  note_access(p, n, AccessKind::write, HERE);
  return std::memset(p, value, n);
}

// One thread runs at a time, so that plain operations are atomic. The last arguments are memory orders.
#define FETCH(bits, name, op)                                                                   \
  std::uint##bits##_t __tsan_atomic##bits##_fetch_##name(volatile std::uint##bits##_t* p,       \
                                                         std::uint##bits##_t v, int) {          \
    note_access(const_cast<std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_write, HERE); \
    const std::uint##bits##_t old = *p;                                                         \
    *p = static_cast<std::uint##bits##_t>(old op v);                                            \
    return old;                                                                                 \
  }
#define COMPARE_VALUE(bits)                                                                             \
  std::uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                       \
      volatile std::uint##bits##_t* p, std::uint##bits##_t expected, std::uint##bits##_t v, int, int) { \
    note_access(const_cast<std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_write, HERE);         \
    const std::uint##bits##_t old = *p;                                                                 \
    if (old == expected) *p = v;                                                                        \
    return old;                                                                                         \
  }
#define COMPARE(bits, strength)                                                                          \
  int __tsan_atomic##bits##_compare_exchange_##strength(                                                 \
      volatile std::uint##bits##_t* p, std::uint##bits##_t* expected, std::uint##bits##_t v, int, int) { \
    note_access(const_cast<std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_write, HERE);          \
    const std::uint##bits##_t old = *p;                                                                  \
    const bool same = old == *expected;                                                                  \
    if (same)                                                                                            \
      *p = v;                                                                                            \
    else                                                                                                 \
      *expected = old;                                                                                   \
    return same;                                                                                         \
  }
#define ATOMICS(bits)                                                                                        \
  FETCH(bits, add, +)                                                                                        \
  FETCH(bits, sub, -)                                                                                        \
  FETCH(bits, and, &)                                                                                        \
  FETCH(bits, or, |)                                                                                         \
  FETCH(bits, xor, ^)                                                                                        \
  COMPARE(bits, strong)                                                                                      \
  COMPARE(bits, weak)                                                                                        \
  COMPARE_VALUE(bits)                                                                                        \
  std::uint##bits##_t __tsan_atomic##bits##_exchange(volatile std::uint##bits##_t* p, std::uint##bits##_t v, \
                                                     int) {                                                  \
    note_access(const_cast<std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_write, HERE);              \
    const std::uint##bits##_t old = *p;                                                                      \
    *p = v;                                                                                                  \
    return old;                                                                                              \
  }                                                                                                          \
  std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* p, int) {               \
    note_access(const_cast<const std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_read, HERE);         \
    return *p;                                                                                               \
  }                                                                                                          \
  void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* p, std::uint##bits##_t v, int) {            \
    note_access(const_cast<std::uint##bits##_t*>(p), bits / 8, AccessKind::atomic_write, HERE);              \
    *p = v;                                                                                                  \
  }
// clang-format off
ATOMICS(8) ATOMICS(16) ATOMICS(32) ATOMICS(64)
    // clang-format on
    void __tsan_atomic_thread_fence(int) {}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
#endif
