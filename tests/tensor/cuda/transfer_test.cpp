#include <ramie/tensor/cuda/transfer.h>

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/cuda/pinned.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/elementwise.h>
#include <support/error.h>

namespace ramie {
namespace {

class Transfer : public testing::Test {
 protected:
  void SetUp() override {
    if (devices().size() == 1) GTEST_SKIP() << "no GPU";
  }
};

Tensor add(const Tensor& a, const Tensor& b) { return launch(kernels::Elementwise(kernels::ops::add), a, b); }

TEST_F(Transfer, KeepsEveryDtype) {
  for (int i = 0; i < dtype_count; ++i) {
    const Tensor x = tensor({0, 1, 1, 0, 1}, static_cast<DType>(i)), there = transfer(x, cuda(0));
    EXPECT_EQ(there.device(), cuda(0));
    EXPECT_EQ(there.dtype(), x.dtype());
    EXPECT_EQ(there.to_vector<double>(), x.to_vector<double>()) << name(x.dtype());
    EXPECT_EQ(transfer(there, cpu()).to_vector<double>(), x.to_vector<double>());
  }
}

TEST_F(Transfer, ToWhereItIsGivesTheTensorItself) {
  const Tensor x = transfer(tensor({1.0, 2.0}), cuda(0));
  EXPECT_TRUE(transfer(x, cuda(0)).same(x));
}

TEST_F(Transfer, OfNothingAndOfScalars) {
  EXPECT_EQ(transfer(zeros({0, 3}), cuda(0)).to_vector<float>().size(), 0u);
  EXPECT_EQ(transfer(tensor(2.5), cuda(0)).item(), 2.5);
}

TEST_F(Transfer, OfViewsMakesThemDense) {
  const Tensor x = arange(0, 12, 1, float32), odd = x.alias(Layout(float32, {2, 3}, {1, 4}), 1);
  const std::vector<float> expected{1, 5, 9, 2, 6, 10};
  const Tensor there = transfer(odd, cuda(0));
  EXPECT_EQ(there.to_vector<float>(), expected);
  const Tensor odd_there = transfer(x, cuda(0)).alias(Layout(float32, {2, 3}, {1, 4}), 1);
  EXPECT_EQ(odd_there.to_vector<float>(), expected);
}

TEST_F(Transfer, LargeTensorsToo) {
  std::vector<float> values(6 << 20);  // 24 MiB: not staged
  std::iota(values.begin(), values.end(), 0.0f);
  EXPECT_EQ(transfer(from_vector(values), cuda(0)).to_vector<float>(), values);
}

TEST_F(Transfer, FromPinnedMemoryThatIsFreedMeanwhile) {
  for (int i = 0; i < 50; ++i) {
    Tensor x = pinned(full({5000}, i));
    EXPECT_EQ(x.device(), cpu());
    const Tensor there = transfer(x, cuda(0));
    x = Tensor();
    const Tensor next = pinned(full({5000}, -1));  // not in the memory that is still being read
    EXPECT_EQ(there.to_vector<float>(), std::vector<float>(5000, static_cast<float>(i)));
  }
}

TEST_F(Transfer, PinnedTakesViewsAndGpuTensors) {
  const Tensor x = arange(0, 6, 1, int32);
  EXPECT_EQ(pinned(x.alias(Layout(int32, {3}, {2}))).to_vector<int>(), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(pinned(transfer(x, cuda(0))).to_vector<int>(), x.to_vector<int>());
}

TEST_F(Transfer, BetweenGpus) {
  if (devices().size() < 3) GTEST_SKIP() << "one GPU";
  const Tensor x = transfer(arange(0, 100, 1, float32), cuda(0)), y = transfer(x, cuda(1));
  EXPECT_EQ(y.device(), cuda(1));
  const DeviceScope on(cuda(1));
  EXPECT_EQ(add(y, ones({100})).to_vector<float>()[99], 100);
  EXPECT_EQ(transfer(y, cuda(0)).to_vector<float>(), x.to_vector<float>());
}

TEST_F(Transfer, DevicesDoNotMix) {
  const Tensor here = ones({2}), there = transfer(here, cuda(0));
  EXPECT_EQ(error_text([&] { add(here, there); }),
            "[add] the inputs are on different devices: float32[2] on cpu, float32[2] on cuda:0. Bring them "
            "together "
            "with x.to(device).");
}

TEST_F(Transfer, DataIsReadOnTheCpu) {
  const Tensor x = transfer(ones({2}), cuda(0));
  EXPECT_EQ(error_text([&] { x.data<float>(); }), "[data] float32[2] is on cuda:0: use x.to(cpu()).");
}

}  // namespace
}  // namespace ramie
