#include <ramie/tensor/cuda/blas.h>

#include <cublas_v2.h>
#include <fmt/format.h>

#include <memory>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/device.h>
#include <ramie/tensor/error.h>

namespace ramie::gpu::blas {
namespace {

std::string text(cublasStatus_t status) {
  return fmt::format("{} ({})", cublasGetStatusString(status), cublasGetStatusName(status));
}
void check(cublasStatus_t status, const char* op, const char* call) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(op, fmt::format("{}: {}.", call, text(status)));
}

// Sums of half types stay in float32, also where cuBLAS splits them.
constexpr auto math_mode =
    static_cast<cublasMath_t>(CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION);

class Handle {
 public:
  explicit Handle(const char* op) {
    check(cublasCreate(&handle_), op, "cublasCreate");
    check(cublasSetMathMode(handle_, math_mode), op, "cublasSetMathMode");
  }
  ~Handle() { cublasDestroy(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator cublasHandle_t() const { return handle_; }

 private:
  cublasHandle_t handle_ = nullptr;
};

cublasHandle_t handle(const char* op) {
  thread_local std::unique_ptr<Handle> handles[most_devices];
  int device = 0;
  gpu::check(cudaGetDevice(&device), op, "cudaGetDevice");
  if (!handles[device]) handles[device] = std::make_unique<Handle>(op);
  return *handles[device];
}

// In this order: a new stream makes cuBLAS forget the workspace.
cublasHandle_t handle(const Cuda& cuda) {
  cublasHandle_t h = handle(cuda.op);
  check(cublasSetStream(h, cuda.stream), cuda.op, "cublasSetStream");
  check(cublasSetWorkspace(h, cuda.workspace, workspace), cuda.op, "cublasSetWorkspace");
  return h;
}

cudaDataType type_of(DType t) {
  return t == float64 ? CUDA_R_64F : t == float16 ? CUDA_R_16F : t == bfloat16 ? CUDA_R_16BF : CUDA_R_32F;
}
cublasComputeType_t compute_type(const Products& p) {
  if (p.dtype == float64) return CUBLAS_COMPUTE_64F;
  if (p.dtype != float32 || p.precision == Precision::strict) return CUBLAS_COMPUTE_32F;
  return p.precision == Precision::tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F_FAST_16BF;
}
cublasOperation_t operation(const Factor& f) { return f.transposed ? CUBLAS_OP_T : CUBLAS_OP_N; }

// 1 and 0 in the type that sums are kept in.
struct Scalars {
  float f32[2] = {1, 0};
  double f64[2] = {1, 0};
  bool wide;
  const void* one() const { return wide ? static_cast<const void*>(f64) : f32; }
  const void* zero() const { return wide ? static_cast<const void*>(f64 + 1) : f32 + 1; }
};

void check(cublasStatus_t status, const Cuda& cuda, const Products& p, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail(cuda.op, fmt::format("{} of {} x {}[{},{}] by [{},{}], {}: {}.", call, p.batches, name(p.dtype), p.m,
                            p.k, p.k, p.n, str(p.precision), text(status)));
}

}  // namespace

// cuBLAS' matrices are column-major, so y, a and b are transposed to it, and y^T = b^T a^T.
void multiply(Cuda cuda, const Products& p, const void* a, const void* b, void* y) {
  const Scalars s{.wide = p.dtype == float64};
  const cudaDataType t = type_of(p.dtype);
  cublasHandle_t h = handle(cuda);
  const cublasComputeType_t compute = compute_type(p);
  if (p.batches == 1)
    return check(cublasGemmEx_64(h, operation(p.b), operation(p.a), p.n, p.m, p.k, s.one(), b, t, p.b.leading,
                                 a, t, p.a.leading, s.zero(), y, t, p.n, compute, CUBLAS_GEMM_DEFAULT),
                 cuda, p, "cublasGemmEx");
  check(
      cublasGemmStridedBatchedEx_64(h, operation(p.b), operation(p.a), p.n, p.m, p.k, s.one(), b, t,
                                    p.b.leading, p.b.next_matrix, a, t, p.a.leading, p.a.next_matrix,
                                    s.zero(), y, t, p.n, p.m * p.n, p.batches, compute, CUBLAS_GEMM_DEFAULT),
      cuda, p, "cublasGemmStridedBatchedEx");
}

void multiply(Cuda cuda, const Products& p, const void* const* a, const void* const* b, void* const* y) {
  const Scalars s{.wide = p.dtype == float64};
  const cudaDataType t = type_of(p.dtype);
  check(cublasGemmBatchedEx_64(handle(cuda), operation(p.b), operation(p.a), p.n, p.m, p.k, s.one(), b, t,
                               p.b.leading, a, t, p.a.leading, s.zero(), y, t, p.n, p.batches,
                               compute_type(p), CUBLAS_GEMM_DEFAULT),
        cuda, p, "cublasGemmBatchedEx");
}

void prepare() { handle("cuBLAS"); }

}  // namespace ramie::gpu::blas
