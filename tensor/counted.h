// Intrusive reference counting.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace ramie {

struct Counted {
  std::atomic<std::uint32_t> count{1};
  void retain() { count.fetch_add(1, std::memory_order_relaxed); }
  // A sole owner lets go without a locked instruction: nobody can race with it.
  bool release() {
    return count.load(std::memory_order_acquire) == 1 || count.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  bool unique() const { return count.load(std::memory_order_acquire) == 1; }
};

// A handle of 8 bytes on a Counted; the last one calls destroy().
template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* fresh) : p_(fresh) {}  // takes over the count that *fresh was born with
  Ref(const Ref& o) : p_(o.p_) {
    if (p_) p_->retain();
  }
  Ref(Ref&& o) noexcept : p_(o.leak()) {}
  template <class U>
  Ref(Ref<U>&& o) noexcept : p_(o.leak()) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() {
    if (p_ && p_->release()) p_->destroy();
  }
  static Ref share(T* p) {
    if (p) p->retain();
    return Ref(p);
  }
  T* leak() { return std::exchange(p_, nullptr); }
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  T* p_ = nullptr;
};

}  // namespace ramie
