#include <cublas_v2.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <ramie/tensor/cpu/gemm.h>
#include <ramie/tensor/cuda/sim/state.h>
#include <ramie/tensor/dtype.h>

struct cublasContext {
  cudaStream_t stream = nullptr;
  void* workspace = nullptr;
};

namespace {

using ramie::BFloat16, ramie::Half;
using ramie::kernels::Matrix;

bool on_device(const void* p, std::size_t bytes) {
  const auto* allocation = ramie::sim::find(p, bytes);
  return allocation && allocation->device == ramie::sim::current_device();
}

// A matrix of `rows` x `columns`, column by column, which the product reads transposed or not.
struct Operand {
  cudaDataType type;
  std::int64_t rows, columns, leading;
  bool transposed = false;

  std::size_t element() const { return type == CUDA_R_64F ? 8 : type == CUDA_R_32F ? 4 : 2; }
  const void* at(const void* p, std::int64_t elements) const {
    return static_cast<const std::byte*>(p) + elements * static_cast<std::int64_t>(element());
  }
  bool legal() const { return rows > 0 && columns > 0 && leading >= rows; }
  bool on_device(const void* p) const {
    return ::on_device(p, static_cast<std::size_t>((columns - 1) * leading + rows) * element());
  }
};
Operand stored(cublasOperation_t t, std::int64_t rows, std::int64_t columns, cudaDataType type,
               std::int64_t ld) {
  return t == CUBLAS_OP_T ? Operand{type, columns, rows, ld, true} : Operand{type, rows, columns, ld};
}

struct Gemm {
  Operand a, b, c;
  std::int64_t k;
  cublasComputeType_t compute;

  bool legal() const { return a.legal() && b.legal() && c.legal(); }
  bool supported(const void* alpha, const void* beta) const {
    const bool wide = compute == CUBLAS_COMPUTE_64F;
    const auto value = [wide](const void* p) {
      return wide ? *static_cast<const double*>(p) : static_cast<double>(*static_cast<const float*>(p));
    };
    return value(alpha) == 1 && value(beta) == 0 && a.type == b.type && a.type == c.type &&
           wide == (a.type == CUDA_R_64F);
  }
};

// What tensor cores keep of a factor.
float rounded(float x, cublasComputeType_t compute) {
  if (compute == CUBLAS_COMPUTE_32F_FAST_16BF) return BFloat16(x);
  if (compute != CUBLAS_COMPUTE_32F_FAST_TF32 || x - x != 0) return x;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x1000u) & ~0x1fffu);
}

template <class T, class From>
std::vector<T> widened(const Operand& o, const void* data, cublasComputeType_t compute) {
  std::vector<T> out(static_cast<std::size_t>(o.rows * o.columns));
  for (std::int64_t j = 0; j < o.columns; ++j)
    for (std::int64_t i = 0; i < o.rows; ++i) {
      const T x = static_cast<T>(static_cast<const From*>(data)[j * o.leading + i]);
      if constexpr (std::is_same_v<T, float>)
        out[static_cast<std::size_t>(j * o.rows + i)] = rounded(x, compute);
      else
        out[static_cast<std::size_t>(j * o.rows + i)] = x;
    }
  return out;
}

// The operand's transpose, row by row.
template <class T>
Matrix<const T> transpose(const Operand& o, const std::vector<T>& data) {
  return o.transposed ? Matrix<const T>{data.data(), 1, o.rows} : Matrix<const T>{data.data(), o.rows, 1};
}

// Row-major c^T = op(b)^T op(a)^T.
template <class T, class From>
void multiply(const Gemm& g, const void* a, const void* b, void* c) {
  const ramie::kernels::GemmSize size{g.c.columns, g.c.rows, g.k};
  const std::vector<T> left = widened<T, From>(g.b, b, g.compute),
                       right = widened<T, From>(g.a, a, g.compute);
  std::vector<T> sums(static_cast<std::size_t>(size.m * size.n));
  const std::size_t bytes = ramie::kernels::gemm_workspace(ramie::dtype_of<T>(), size);
  constexpr std::align_val_t line{64};
  const auto release = [](void* p) { ::operator delete(p, line); };
  const std::unique_ptr<void, decltype(release)> scratch(::operator new(bytes + 1, line), release);
  ramie::kernels::gemm(size, transpose(g.b, left), transpose(g.a, right), Matrix<T>{sums.data(), size.n, 1},
                       static_cast<std::byte*>(scratch.get()));
  for (std::int64_t j = 0; j < size.m; ++j)
    for (std::int64_t i = 0; i < size.n; ++i)
      static_cast<From*>(c)[j * g.c.leading + i] =
          ramie::convert<From>(sums[static_cast<std::size_t>(j * size.n + i)]);
}

void multiply(const Gemm& g, const void* a, const void* b, void* c) {
  switch (g.a.type) {
    case CUDA_R_64F:
      return multiply<double, double>(g, a, b, c);
    case CUDA_R_16F:
      return multiply<float, Half>(g, a, b, c);
    case CUDA_R_16BF:
      return multiply<float, BFloat16>(g, a, b, c);
    case CUDA_R_32F:
      return multiply<float, float>(g, a, b, c);
  }
}

// Matrix i of each operand is at(i); they are looked at when the stream comes to them.
template <class At>
cublasStatus_t submit(cublasHandle_t handle, const Gemm& g, std::int64_t batches, const At& at) {
  if (!handle->workspace)
    return CUBLAS_STATUS_ALLOC_FAILED;  // the real one would allocate, even in a capture
  const auto status = ramie::sim::submit(ramie::sim::stream_of(handle->stream), [=] {
    for (std::int64_t i = 0; i < batches; ++i) {
      const auto [a, b, c] = at(i);
      if (g.a.on_device(a) && g.b.on_device(b) && g.c.on_device(c))
        multiply(g, a, b, c);
      else if (!std::exchange(ramie::sim::devices().faulted, true))
        ramie::sim::devices().fault = "cuBLAS: an operand does not lie in device memory";
    }
  });
  return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

struct Matrices {
  const void *a, *b;
  void* c;
};

struct Status {
  cublasStatus_t status;
  const char *name, *text;
};
const Status& describe(cublasStatus_t status) {
  static constexpr Status all[] = {
      {CUBLAS_STATUS_SUCCESS, "CUBLAS_STATUS_SUCCESS", "success"},
      {CUBLAS_STATUS_ALLOC_FAILED, "CUBLAS_STATUS_ALLOC_FAILED", "the resource allocation failed"},
      {CUBLAS_STATUS_INVALID_VALUE, "CUBLAS_STATUS_INVALID_VALUE",
       "an unsupported value or parameter was passed to the function"},
      {CUBLAS_STATUS_EXECUTION_FAILED, "CUBLAS_STATUS_EXECUTION_FAILED",
       "the function failed to launch on the GPU"},
      {CUBLAS_STATUS_NOT_SUPPORTED, "CUBLAS_STATUS_NOT_SUPPORTED",
       "the functionality requested is not supported"}};
  return *std::find_if(std::begin(all), std::end(all) - 1,
                       [=](const Status& s) { return s.status == status; });
}

}  // namespace

const char* cublasGetStatusName(cublasStatus_t status) { return describe(status).name; }
const char* cublasGetStatusString(cublasStatus_t status) { return describe(status).text; }

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  const auto locked = ramie::sim::lock();
  if (ramie::sim::capture_forbids()) return CUBLAS_STATUS_ALLOC_FAILED;
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream, handle->workspace = nullptr;  // as the real one
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  const auto locked = ramie::sim::lock();
  if (!on_device(workspace, bytes) || reinterpret_cast<std::uintptr_t>(workspace) % 256)
    return CUBLAS_STATUS_INVALID_VALUE;
  handle->workspace = workspace;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGemmEx_64(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                               std::int64_t m, std::int64_t n, std::int64_t k, const void* alpha,
                               const void* a, cudaDataType at, std::int64_t lda, const void* b,
                               cudaDataType bt, std::int64_t ldb, const void* beta, void* c, cudaDataType ct,
                               std::int64_t ldc, cublasComputeType_t compute, cublasGemmAlgo_t algorithm) {
  return cublasGemmStridedBatchedEx_64(handle, ta, tb, m, n, k, alpha, a, at, lda, 0, b, bt, ldb, 0, beta, c,
                                       ct, ldc, 0, 1, compute, algorithm);
}

cublasStatus_t cublasGemmStridedBatchedEx_64(cublasHandle_t handle, cublasOperation_t ta,
                                             cublasOperation_t tb, std::int64_t m, std::int64_t n,
                                             std::int64_t k, const void* alpha, const void* a,
                                             cudaDataType at, std::int64_t lda, long long stride_a,
                                             const void* b, cudaDataType bt, std::int64_t ldb,
                                             long long stride_b, const void* beta, void* c, cudaDataType ct,
                                             std::int64_t ldc, long long stride_c, std::int64_t batches,
                                             cublasComputeType_t compute, cublasGemmAlgo_t) {
  const auto locked = ramie::sim::lock();
  const Gemm g{stored(ta, m, k, at, lda), stored(tb, k, n, bt, ldb), {ct, m, n, ldc}, k, compute};
  if (!g.supported(alpha, beta)) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (!g.legal() || batches < 1) return CUBLAS_STATUS_INVALID_VALUE;
  return submit(handle, g, batches, [=](std::int64_t i) {
    return Matrices{g.a.at(a, i * stride_a), g.b.at(b, i * stride_b),
                    const_cast<void*>(g.c.at(c, i * stride_c))};
  });
}

cublasStatus_t cublasGemmBatchedEx_64(cublasHandle_t handle, cublasOperation_t ta, cublasOperation_t tb,
                                      std::int64_t m, std::int64_t n, std::int64_t k, const void* alpha,
                                      const void* const a[], cudaDataType at, std::int64_t lda,
                                      const void* const b[], cudaDataType bt, std::int64_t ldb,
                                      const void* beta, void* const c[], cudaDataType ct, std::int64_t ldc,
                                      std::int64_t batches, cublasComputeType_t compute, cublasGemmAlgo_t) {
  const auto locked = ramie::sim::lock();
  const Gemm g{stored(ta, m, k, at, lda), stored(tb, k, n, bt, ldb), {ct, m, n, ldc}, k, compute};
  if (!g.supported(alpha, beta)) return CUBLAS_STATUS_NOT_SUPPORTED;
  const std::size_t bytes = static_cast<std::size_t>(batches) * sizeof(void*);
  if (!g.legal() || batches < 1 || !on_device(a, bytes) || !on_device(b, bytes) || !on_device(c, bytes))
    return CUBLAS_STATUS_INVALID_VALUE;
  return submit(handle, g, batches, [=](std::int64_t i) { return Matrices{a[i], b[i], c[i]}; });
}
