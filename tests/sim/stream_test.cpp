// Streams, lazy and eager, events and graphs.
#include <gtest/gtest.h>

#include <cmath>

#include <ramie/tensor/context.h>
#include <ramie/tensor/cuda/sim/settings.h>

#include "sim/device_array.h"
#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

using planted::Bug;

class Stream : public testing::TestWithParam<bool> {  // the parameter: are streams lazy?
 protected:
  void SetUp() override {
    for (cudaStream_t& s : stream_)
      ASSERT_EQ(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaHostAlloc(&pinned_, 64 * sizeof(float), cudaHostAllocDefault), cudaSuccess);
  }
  void TearDown() override {
    for (cudaStream_t s : stream_) cudaStreamDestroy(s);
    cudaFreeHost(pinned_);
  }
  void fill(float value) { x_.assign(std::vector<float>(64, value)); }

  const Restore<bool> restore_{sim::settings().lazy_streams, GetParam()};
  DeviceArray<float> x_{64}, out_{1};
  cudaStream_t stream_[2] = {};
  float* pinned_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(, Stream, testing::Bool(), [](const auto& p) { return p.param ? "Lazy" : "Eager"; });

TEST_P(Stream, WorkIsDoneWhenTheHostHasWaited) {
  fill(2);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(out_.host(stream_[0])[0], 128);
}

TEST_P(Stream, WhatIsReadTooEarlyShowsInALazyStream) {
  fill(2);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(cudaMemcpyAsync(pinned_, out_.data, sizeof(float), cudaMemcpyDeviceToHost, stream_[0]),
            cudaSuccess);
  EXPECT_EQ(pinned_[0] == 128, !GetParam());  // nobody has waited
  EXPECT_EQ(cudaStreamSynchronize(stream_[0]), cudaSuccess);
  EXPECT_EQ(pinned_[0], 128);
}

TEST_P(Stream, AMissingWaitBetweenStreamsShowsInALazyStream) {
  fill(2);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(out_.host(stream_[1])[0] == 128, !GetParam());
}

TEST_P(Stream, WaitsForAnEvent) {
  fill(2);
  cudaEvent_t event = nullptr;
  ASSERT_EQ(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), cudaSuccess);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(cudaEventRecord(event, stream_[0]), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream_[1], event), cudaSuccess);
  EXPECT_EQ(cudaEventDestroy(event), cudaSuccess);  // once it has happened
  EXPECT_EQ(out_.host(stream_[1])[0], 128);
}

// Memory of the host that is not page-locked is read before the call returns.
TEST_P(Stream, OrdinaryHostMemoryMayGoAtOnce) {
  {
    const std::vector<float> gone(64, 3.0f);
    EXPECT_EQ(cudaMemcpyAsync(x_.data, gone.data(), 256, cudaMemcpyHostToDevice, stream_[0]), cudaSuccess);
  }
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  float sum = 0;
  EXPECT_EQ(cudaMemcpyAsync(&sum, out_.data, sizeof sum, cudaMemcpyDeviceToHost, stream_[0]), cudaSuccess);
  EXPECT_EQ(sum, 192);  // and written before it returns
}

TEST_P(Stream, AskingBringsItToAnEnd) {
  fill(1);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  while (cudaStreamQuery(stream_[0]) == cudaErrorNotReady) {
  }
  EXPECT_EQ(out_.host(stream_[1])[0], 64);
}

TEST_P(Stream, EventsMeasureTime) {
  cudaEvent_t start = nullptr, end = nullptr;
  ASSERT_EQ(cudaEventCreate(&start), cudaSuccess);
  ASSERT_EQ(cudaEventCreate(&end), cudaSuccess);
  float ms = -1;
  EXPECT_EQ(cudaEventElapsedTime(&ms, start, end), cudaErrorInvalidResourceHandle);  // never recorded
  fill(1);
  EXPECT_EQ(cudaEventRecord(start, stream_[0]), cudaSuccess);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(cudaEventRecord(end, stream_[0]), cudaSuccess);
  EXPECT_EQ(cudaEventSynchronize(end), cudaSuccess);
  EXPECT_EQ(cudaEventElapsedTime(&ms, start, end), cudaSuccess);
  EXPECT_GE(ms, 0);
  cudaEventDestroy(start);
  cudaEventDestroy(end);
}

// A lazy stream's kernels fail where somebody waits, as a GPU's do.
TEST_P(Stream, TellsOfABrokenRule) {
  fill(1);
  const std::string error = error_text([&] {
    planted::sum64(Bug::divergent_barrier, x_.data, out_.data, stream_[0]);
    gpu::check(cudaStreamSynchronize(stream_[0]), "wait", "waiting");
  });
  EXPECT_NE(error.find("[sum64] CUDA kernel sum64_kernel: barrier in divergent code"), error.npos) << error;
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  EXPECT_EQ(out_.host(stream_[0])[0], 64);
}

TEST_P(Stream, ReplaysAGraphOnNewValues) {
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream_[0], cudaStreamCaptureModeThreadLocal), cudaSuccess);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[0]);
  ASSERT_EQ(cudaStreamEndCapture(stream_[0], &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&exec, graph), cudaSuccess);
  EXPECT_TRUE(std::isnan(out_.host(stream_[0])[0]));  // a capture runs nothing
  for (const float value : {1.0f, 2.0f}) {
    fill(value);
    EXPECT_EQ(cudaGraphLaunch(exec, stream_[0]), cudaSuccess);
    EXPECT_EQ(out_.host(stream_[0])[0], 64 * value);
  }
  cudaGraphExecDestroy(exec);
  cudaGraphDestroy(graph);
}

TEST_P(Stream, OthersJoinACaptureThroughAnEvent) {
  fill(1);
  cudaEvent_t event = nullptr;
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  ASSERT_EQ(cudaEventCreate(&event), cudaSuccess);
  ASSERT_EQ(cudaStreamBeginCapture(stream_[0], cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(cudaEventRecord(event, stream_[0]), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream_[1], event), cudaSuccess);
  planted::sum64(Bug::none, x_.data, out_.data, stream_[1]);
  EXPECT_EQ(cudaEventRecord(event, stream_[1]), cudaSuccess);
  EXPECT_EQ(cudaStreamWaitEvent(stream_[0], event), cudaSuccess);
  ASSERT_EQ(cudaStreamEndCapture(stream_[0], &graph), cudaSuccess);
  cudaStreamCaptureStatus status{};
  EXPECT_EQ(cudaStreamIsCapturing(stream_[1], &status), cudaSuccess);
  EXPECT_EQ(status, cudaStreamCaptureStatusNone);
  ASSERT_EQ(cudaGraphInstantiate(&exec, graph), cudaSuccess);
  EXPECT_EQ(cudaGraphLaunch(exec, stream_[0]), cudaSuccess);
  EXPECT_EQ(out_.host(stream_[0])[0], 64);
  cudaGraphExecDestroy(exec);
  cudaGraphDestroy(graph);
  cudaEventDestroy(event);
}

TEST_P(Stream, WhatACaptureForbids) {
  cudaGraph_t graph = nullptr;
  void* p = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream_[0], cudaStreamCaptureModeThreadLocal), cudaSuccess);
  EXPECT_EQ(cudaMalloc(&p, 4), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaDeviceSynchronize(), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamSynchronize(stream_[0]), cudaErrorStreamCaptureUnsupported);
  EXPECT_EQ(cudaStreamEndCapture(stream_[0], &graph), cudaErrorStreamCaptureInvalidated);
  EXPECT_EQ(cudaStreamEndCapture(stream_[0], &graph), cudaErrorIllegalState);
  EXPECT_EQ(cudaStreamSynchronize(stream_[0]), cudaSuccess);
}

}  // namespace
}  // namespace ramie
