// Memory of the simulated devices, and copies.
#include <gtest/gtest.h>

#include <ramie/tensor/context.h>
#include <ramie/tensor/cuda/sim/settings.h>

#include "sim/device_array.h"
#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

TEST(Memory, IsNoiseUntilItIsWritten) {
  EXPECT_EQ(DeviceArray<int>(3).host(), (std::vector<int>{-1, -1, -1}));
}

TEST(Memory, CopiesInTheWrongDirection) {
  const DeviceArray<float> d(4);
  float h[4];
  EXPECT_EQ(cudaMemcpy(h, d.data, 16, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(d.data, h, 16, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(d.data, h, 16, cudaMemcpyDeviceToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(d.data, h, 16, cudaMemcpyHostToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(h, 0, 16), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(h, d.data, 16, cudaMemcpyDefault), cudaSuccess);
}

TEST(Memory, CopiesPastTheEnd) {
  const DeviceArray<float> d(4);
  float h[8] = {};
  EXPECT_EQ(cudaMemcpy(d.data, h, 20, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(h, d.data + 1, 16, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemcpy(h, d.data + 1, 16, cudaMemcpyDefault), cudaErrorInvalidValue);
  EXPECT_EQ(cudaMemset(d.data, 0, 17), cudaErrorInvalidValue);
}

TEST(Memory, EndsWhereTheSettingsSay) {
  const Restore<std::size_t> restore(sim::settings().memory, 1000);
  void *p = nullptr, *q = nullptr;
  ASSERT_EQ(cudaMalloc(&p, 600), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&q, 401), cudaErrorMemoryAllocation);
  std::size_t free = 0, total = 0;
  EXPECT_EQ(cudaMemGetInfo(&free, &total), cudaSuccess);
  EXPECT_EQ(free, 400);
  EXPECT_EQ(total, 1000);
  EXPECT_EQ(cudaFree(p), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&q, 1000), cudaSuccess);
  EXPECT_EQ(cudaFree(q), cudaSuccess);
  EXPECT_EQ(cudaFree(&p), cudaErrorInvalidValue);
}

TEST(Memory, OfTheHostCanBePageLocked) {
  void *p = nullptr, *d = nullptr;
  ASSERT_EQ(cudaHostAlloc(&p, 64, cudaHostAllocMapped), cudaSuccess);
  EXPECT_EQ(cudaHostGetDevicePointer(&d, p, 0), cudaSuccess);
  EXPECT_EQ(d, p);
  EXPECT_EQ(cudaFree(p), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFreeHost(p), cudaSuccess);
  EXPECT_EQ(cudaHostGetDevicePointer(&d, &p, 0), cudaErrorInvalidValue);
}

TEST(Memory, PointersKnowWhereTheyPoint) {
  const DeviceArray<float> d(4);
  cudaPointerAttributes a;
  EXPECT_EQ(cudaPointerGetAttributes(&a, d.data + 3), cudaSuccess);
  EXPECT_EQ(a.type, cudaMemoryTypeDevice);
  EXPECT_EQ(a.device, 0);
  EXPECT_EQ(cudaPointerGetAttributes(&a, &a), cudaSuccess);
  EXPECT_EQ(a.type, cudaMemoryTypeUnregistered);
}

// ctest sets RAMIE_SIM_DEVICES=2.
class TwoDevices : public testing::Test {
 protected:
  void SetUp() override {
    int count = 0;
    cudaGetDeviceCount(&count);
    if (count < 2) GTEST_SKIP() << "RAMIE_SIM_DEVICES is not 2";
  }
  void TearDown() override { cudaSetDevice(0); }
};

TEST_F(TwoDevices, HaveTheirOwnMemoryAndStreams) {
  const DeviceArray<float> first({1, 2, 3});
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  const DeviceArray<float> second(3);
  cudaPointerAttributes a;
  EXPECT_EQ(cudaPointerGetAttributes(&a, second.data), cudaSuccess);
  EXPECT_EQ(a.device, 1);
  EXPECT_EQ(cudaMemcpy(second.data, first.data, 12, cudaMemcpyDefault), cudaSuccess);
  EXPECT_EQ(second.host(), (std::vector<float>{1, 2, 3}));
  // A stream of the other device is refused, as a GPU refuses it: cudaSetDevice was forgotten.
  EXPECT_NE(error_text([&] { planted::empty(1, 32, 0, stream); }).find("invalid resource handle"),
            std::string::npos);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

}  // namespace
}  // namespace ramie
