// An epilogue that doubles every element and counts how often it was given: kernels that take epilogues are
// tested with it.
//
//   expect_epilogue(kernels::Matmul{}, a, b);   // for several numbers of threads
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <vector>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/launch.h>

namespace ramie {

class DoublingEpilogue {
 public:
  explicit DoublingEpilogue(const Layout& y) : layout_(y), counts_(static_cast<std::size_t>(y.size)) {}
  Epilogue epilogue() const { return {run, this}; }
  int pieces() const { return pieces_; }
  void expect_each_once() const {
    EXPECT_TRUE(std::all_of(counts_.begin(), counts_.end(), [](auto& n) { return n == 1; }));
  }

 private:
  static void run(const void* self, std::byte* y, std::int64_t begin, std::int64_t end) {
    const auto& e = *static_cast<const DoublingEpilogue*>(self);
    ++e.pieces_;
    for (std::int64_t i = begin; i < end; ++i) ++e.counts_.at(static_cast<std::size_t>(i));
    visit(e.layout_.dtype, [&]<class T>(Type<T>) {
      T* p = reinterpret_cast<T*>(y);
      for (std::int64_t i = begin; i < end; ++i) p[i] = convert<T>(2 * convert<double>(p[i]));
    });
  }
  Layout layout_;
  mutable std::vector<std::atomic<int>> counts_;
  mutable std::atomic<int> pieces_ = 0;
};

// Runs the kernel with the epilogue, and compares with its plain result. Gives the number of pieces.
template <class K, class... T>
int expect_epilogue(const K& kernel, const T&... x) {
  const Tensor plain = launch(kernel, x...), y = Tensor::empty(plain.layout());
  DoublingEpilogue doubling(y.layout());
  const Epilogue epilogue = doubling.epilogue();
  const detail::Scratch scratch(detail::scratch_bytes(kernel, cpu(), x.layout()...));
  kernel.run(Cpu{scratch.data, &epilogue}, y.view(), x.view()...);
  doubling.expect_each_once();
  DoublingEpilogue once(y.layout());
  const Epilogue twice = once.epilogue();
  twice.run(twice.self, plain.view().data, 0, plain.size());
  EXPECT_EQ(0, std::memcmp(y.view().data, plain.view().data, y.layout().bytes()));
  return doubling.pieces();
}
template <class F>
void for_some_threads(const F& f) {
  const int before = threads();
  for (int n : {1, 2, 5}) {
    SCOPED_TRACE(std::to_string(n) + " threads");
    set_threads(n);
    f();
  }
  set_threads(before);
}

}  // namespace ramie
