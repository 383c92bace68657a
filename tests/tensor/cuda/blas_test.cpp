#include <ramie/tensor/cuda/blas.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/cuda/stream.h>
#include <ramie/tensor/ops/matmul.h>
#include <ramie/tensor/ops/random.h>
#include <ramie/tensor/random.h>
#include <support/error.h>

namespace ramie {
namespace {

class Blas : public testing::Test {
 protected:
  void SetUp() override {
    if (devices().size() == 1) GTEST_SKIP() << "no GPU";
    set_default_device(cuda(0));
  }
  void TearDown() override { set_default_device(cpu()); }
};

Tensor product(const Tensor& a, const Tensor& b) { return launch(kernels::Matmul{}, a, b); }
void expect_same_bits(const Tensor& x, const Tensor& y) {
  const Tensor a = transfer(x, cpu()), b = transfer(y, cpu());
  ASSERT_EQ(a.layout().bytes(), b.layout().bytes());
  EXPECT_EQ(0, std::memcmp(a.view().data, b.view().data, a.layout().bytes()));
}

TEST_F(Blas, EachThreadHasItsHandle) {
  const Tensor a = launch(kernels::Normal{{float32, {65, 70}}}, random::key(0)),
               b = launch(kernels::Normal{{float32, {70, 33}}}, random::key(1));
  const Tensor expected = product(a, b);
  std::vector<Tensor> results(4);
  std::vector<std::thread> threads;
  for (Tensor& y : results)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) y = product(a, b);
      synchronize(cuda(0));
    });
  for (auto& t : threads) t.join();
  for (const Tensor& y : results) expect_same_bits(y, expected);
}

TEST_F(Blas, WorksOnTheStreamOfTheScope) {
  const Stream s(cuda(0));
  const Tensor a = ones({8, 8}), b = ones({8, 8});
  const Tensor before = product(a, b);
  Tensor y;
  {
    const StreamScope on(s);
    y = product(product(a, b), b);
  }
  EXPECT_EQ(y.to_vector<float>(), std::vector<float>(64, 64));
  EXPECT_EQ(product(before, b).to_vector<float>(), std::vector<float>(64, 64));
}

TEST_F(Blas, ErrorsNameTheOpTheShapesAndTheStatus) {
  const Tensor a = ones({3, 4}), b = ones({4, 5}), y = zeros({3, 5}),
               scratch = zeros({static_cast<std::int64_t>(gpu::blas::workspace / 4)});
  const Cuda site{scratch.view().data, gpu::current_stream(0), "matmul", nullptr};
  const gpu::blas::Products bad{float32, Precision::tf32, 3, 5, 4, {2}, {5}};  // rows of 4 cannot be 2 apart
  const std::string text =
      error_text([&] { gpu::blas::multiply(site, bad, a.view().data, b.view().data, y.view().data); });
  EXPECT_TRUE(text.starts_with("[matmul] cublasGemmEx of 1 x float32[3,4] by [4,5], tf32: ")) << text;
  EXPECT_TRUE(text.ends_with(" (CUBLAS_STATUS_INVALID_VALUE).")) << text;
}

}  // namespace
}  // namespace ramie
