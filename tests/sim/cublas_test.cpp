// The stand-in for cuBLAS keeps cuBLAS' rules.
#include <cublas_v2.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/cuda/blas.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/ops/matmul.h>

#include "sim/device_array.h"
#include "support/error.h"

namespace ramie {
namespace {

struct Captured {  // what f gave to the stream meanwhile
  template <class F>
  Captured(cudaStream_t stream, const F& f) {
    cudaGraph_t graph = nullptr;
    gpu::check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "test", "capture");
    f();
    gpu::check(cudaStreamEndCapture(stream, &graph), "test", "capture");
    gpu::check(cudaGraphInstantiate(&exec, graph, 0), "test", "capture");
    cudaGraphDestroy(graph);
  }
  ~Captured() { cudaGraphExecDestroy(exec); }
  cudaGraphExec_t exec = nullptr;
};

// The work that a graph records runs when the graph does, with what the operands then hold.
TEST(Cublas, ProductsCanBeCaptured) {
  const DeviceScope device(cuda(0));
  const Stream stream(cuda(0));
  const StreamScope on(stream);
  const Layout l(float32, {2, 2});
  DeviceArray<float> a({1, 2, 3, 4}), b({1, 0, 0, 2}), y(4);
  DeviceArray<std::byte> scratch(gpu::blas::workspace);
  const auto view = [&](DeviceArray<float>& x) { return View{reinterpret_cast<std::byte*>(x.data), &l}; };
  gpu::blas::prepare();
  const Captured graph(stream.handle(), [&] {
    kernels::Matmul{}.run(Cuda{scratch.data, stream.handle(), "matmul", nullptr}, view(y), view(a), view(b));
  });
  gpu::check(cudaGraphLaunch(graph.exec, stream.handle()), "test", "launch");
  EXPECT_EQ(y.host(stream.handle()), (std::vector<float>{1, 4, 3, 8}));
  b.assign({0, 1, 1, 0});
  gpu::check(cudaGraphLaunch(graph.exec, stream.handle()), "test", "launch");
  EXPECT_EQ(y.host(stream.handle()), (std::vector<float>{2, 1, 4, 3}));
}

TEST(Cublas, HandlesAreMadeBeforeACapture) {
  const DeviceScope device(cuda(0));
  const Stream stream(cuda(0));
  std::thread([&] {  // a thread that has no handle yet
    const Captured graph(stream.handle(), [] {
      EXPECT_EQ(error_text(gpu::blas::prepare),
                "[cuBLAS] cublasCreate: the resource allocation failed (CUBLAS_STATUS_ALLOC_FAILED).");
    });
  })
      .join();
}

TEST(Cublas, ANewStreamForgetsTheWorkspace) {
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  DeviceArray<float> x(std::vector<float>{2}), y(1);
  DeviceArray<std::byte> workspace(256);
  const float one = 1, zero = 0;
  const auto multiply = [&](float* from) {
    return cublasGemmEx_64(handle, CUBLAS_OP_N, CUBLAS_OP_T, 1, 1, 1, &one, from, CUDA_R_32F, 1, from,
                           CUDA_R_32F, 1, &zero, y.data, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F,
                           CUBLAS_GEMM_DEFAULT);
  };
  EXPECT_EQ(cublasSetWorkspace(handle, workspace.data + 1, 255), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(multiply(x.data), CUBLAS_STATUS_ALLOC_FAILED);
  EXPECT_EQ(cublasSetWorkspace(handle, workspace.data, 256), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(multiply(x.data), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(y.host(), std::vector<float>{4});
  EXPECT_EQ(cublasSetStream(handle, nullptr), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(multiply(x.data), CUBLAS_STATUS_ALLOC_FAILED);
  cublasDestroy(handle);
}

TEST(Cublas, OperandsMustLieInDeviceMemory) {
  cublasHandle_t handle = nullptr;
  ASSERT_EQ(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
  DeviceArray<float> x(std::vector<float>{2}), y(1);
  DeviceArray<std::byte> workspace(256);
  ASSERT_EQ(cublasSetWorkspace(handle, workspace.data, 256), CUBLAS_STATUS_SUCCESS);
  const float one = 1, zero = 0, host = 3;
  const auto status =
      cublasGemmEx_64(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, &host, CUDA_R_32F, 1, x.data,
                      CUDA_R_32F, 1, &zero, y.data, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F, CUBLAS_GEMM_DEFAULT);
  const cudaError_t later = cudaDeviceSynchronize();
  EXPECT_TRUE(status == CUBLAS_STATUS_EXECUTION_FAILED || later == cudaErrorLaunchFailure);
  EXPECT_STREQ(cudaGetErrorString(cudaGetLastError()), "cuBLAS: an operand does not lie in device memory");
  cublasDestroy(handle);
}

}  // namespace
}  // namespace ramie
