#include <ramie/tensor/cpu/blas.h>

#include <gtest/gtest.h>
#include <omp.h>

#include <string>
#include <vector>

namespace ramie::kernels::blas {
namespace {

template <class T>
void multiply_both() {
  const std::vector<T> a = {1, 2, 3, 0, 4, 5, 6, 0},
                       x = {1, 9, 10, 9, 100};  // two rows of three, 4 apart; steps of 2
  std::vector<T> y(2), z(3);
  multiply({.m = 2, .k = 3, .row = 4}, a.data(), x.data(), 2, y.data());
  EXPECT_EQ(y, (std::vector<T>{321, 654}));
  multiply({.m = 3, .k = 2, .row = 4, .transposed = true}, a.data(), x.data(), 2, z.data());
  EXPECT_EQ(z, (std::vector<T>{41, 52, 63}));
}

TEST(Blas, MultipliesMatrixAndVector) {
  multiply_both<float>();
  multiply_both<double>();
}

// OpenBLAS sets OpenMP's number of threads where it sets its own.
TEST(Blas, LeavesTheNumberOfThreads) {
  omp_set_num_threads(3);
  multiply_both<float>();
  EXPECT_EQ(omp_get_max_threads(), 3);
}

TEST(Blas, NamesItsCore) { EXPECT_FALSE(std::string(core_name()).empty()); }

}  // namespace
}  // namespace ramie::kernels::blas
