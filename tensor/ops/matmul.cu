// Floating products by cuBLAS, one call for a whole batch; whole numbers by tiles in shared memory.
#include <ramie/tensor/ops/matmul.h>

#include <algorithm>
#include <optional>

#include <ramie/tensor/cpu/accumulator.h>
#include <ramie/tensor/cuda/axes.h>
#include <ramie/tensor/cuda/blas.h>
#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/launch.h>
#include <ramie/tensor/ops/copy.h>

namespace ramie::kernels {
namespace {

using gpu::blas::Factor, gpu::blas::Products;

constexpr int threads_per_block = 256;

// Beyond 65536 blocks loop.
unsigned blocks_for(std::int64_t tasks) {
  return static_cast<unsigned>(std::min<std::int64_t>(tasks, 1 << 16));
}

// The batch axes of y, a and b.
JointAxes<3> batches_of(const Layout& y, const Layout& a, const Layout& b) {
  const auto batch = [](Shape s) {
    s.erase(s.rank() - 1);
    s.erase(s.rank() - 1);
    return s;
  };
  const Shape of_y = batch(y.strides), of_a = batch(a.strides), of_b = batch(b.strides);
  return {batch(y.shape), {of_y, of_a, of_b}};
}

// ---- cuBLAS ----------------------------------------------------------------------------------------------

std::size_t aligned(std::size_t bytes) { return (bytes + 255) / 256 * 256; }

// A matrix whose rows or columns are dense. The stride of an axis of length 1 says nothing.
std::optional<Factor> as_it_lies(const Layout& l) {
  const std::int64_t rows = l.shape[-2], columns = l.shape[-1];
  const std::int64_t row = rows > 1 ? l.strides[-2] : columns, column = columns > 1 ? l.strides[-1] : rows;
  if ((columns == 1 || column == 1) && row >= columns) return Factor{row};
  if ((rows == 1 || row == 1) && column >= rows) return Factor{column, true};
  return {};
}

// A factor as it lies, or a dense copy where cuBLAS cannot take it so. Broadcast matrices are copied once.
struct Operand {
  Layout layout;  // of the factor
  Layout source, copy;
  Factor factor{};
  bool copied = false;

  explicit Operand(const Layout& x) : layout(x) {
    const auto lies = as_it_lies(x);
    factor = lies ? *lies : Factor{x.shape[-1]};
    if (!lies) plan_copy();
  }
  std::size_t bytes() const { return copied ? aligned(copy.bytes()) : 0; }
  std::byte* place(const Cuda& cuda, std::byte* data, std::byte* scratch) const {
    if (!copied) return data;
    Copy{}.run(cuda, View{scratch, &copy}, View{data, &source});
    return scratch;
  }

 private:
  void plan_copy() {
    Shape distinct = layout.shape;
    for (int i = 0; i < layout.rank() - 2; ++i)
      if (layout.strides[i] == 0) distinct[i] = 1;
    source = Layout(layout.dtype, distinct, layout.strides), copy = source.compact(), copied = true;
    for (int i = 0; i < layout.rank(); ++i)
      if (i >= layout.rank() - 2 || layout.strides[i] != 0) layout.strides[i] = copy.strides[i];
  }
};

// Where the matrices of y, a and b are.
struct Addresses {
  std::byte* first[3];
  void** each[3];
  std::int64_t element;  // bytes
};
__global__ void __launch_bounds__(threads_per_block) write_addresses(Addresses a, Walk<3> walk, unsigned n) {
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
    const auto matrix = walk.element(i);
    for (int k = 0; k < 3; ++k) a.each[k][i] = a.first[k] + matrix.at[k] * a.element;
  }
}
std::size_t address_bytes(const JointAxes<3>& batches) {
  return batches.rank > 1 ? 3 * sizeof(void*) * static_cast<std::size_t>(batches.size()) : 0;
}

// Batch axes without a common stride: first the addresses of all matrices are written down.
void multiply_scattered(const Cuda& cuda, Products p, const JointAxes<3>& batches, Addresses a) {
  for_each_part(batches, [&](const JointAxes<3>& part) {
    Addresses here = a;
    for (std::size_t k = 0; k < 3; ++k) here.first[k] += part.begin[k] * a.element;
    p.batches = part.size();
    launch_kernel(write_addresses, blocks_for((p.batches + threads_per_block - 1) / threads_per_block),
                  threads_per_block, 0, cuda, here, Walk<3>(part), static_cast<unsigned>(p.batches));
    gpu::blas::multiply(cuda, p, a.each[1], a.each[2], a.each[0]);
  });
}

void multiply(const Cuda& cuda, View y, View a, View b, Precision precision) {
  const Layout& l = *y.layout;
  const Operand left(*a.layout), right(*b.layout);
  std::byte* scratch = cuda.workspace + gpu::blas::workspace;
  std::byte* from_a = left.place(cuda, a.data, scratch);
  std::byte* from_b = right.place(cuda, b.data, scratch += left.bytes());
  auto** addresses = reinterpret_cast<void**>(scratch += right.bytes());
  Products p{l.dtype, precision, l.shape[-2], l.shape[-1], a.layout->shape[-1], left.factor, right.factor};
  const JointAxes<3> batches = batches_of(l, left.layout, right.layout);
  if (const std::int64_t n = batches.size(); batches.rank > 1)
    return multiply_scattered(cuda, p, batches,
                              {{y.data, from_a, from_b},
                               {addresses, addresses + n, addresses + 2 * n},
                               static_cast<std::int64_t>(size_of(l.dtype))});
  p.batches = batches.size(), p.a.next_matrix = batches.step()[1], p.b.next_matrix = batches.step()[2];
  gpu::blas::multiply(cuda, p, from_a, from_b, y.data);
}

// ---- kernels of our own ----------------------------------------------------------------------------------

template <class T>
struct Matrices {
  const T *a, *b;
  T* y;
  std::int64_t m, n, k;
  std::int64_t a_row, a_column, b_row, b_column;

  Matrices(View to, View left, View right)
      : a(left.as<T>()),
        b(right.as<T>()),
        y(to.as<T>()),
        m(to.layout->shape[-2]),
        n(to.layout->shape[-1]),
        k(left.layout->shape[-1]),
        a_row(left.layout->strides[-2]),
        a_column(left.layout->strides[-1]),
        b_row(right.layout->strides[-2]),
        b_column(right.layout->strides[-1]) {}
  void move(const std::array<std::int64_t, 3>& by) { y += by[0], a += by[1], b += by[2]; }
  __device__ void move(const std::int64_t (&by)[3]) { y += by[0], a += by[1], b += by[2]; }
};

// Sums of products that wrap around need no more bits than the result; those of truth values must not wrap.
template <class T>
using Sum = std::conditional_t<sizeof(T) == 8 || std::is_same_v<T, bool>, std::uint64_t, std::uint32_t>;

constexpr int side = 16, tile = 2 * side, depth = 16;  // 16 x 16 threads with 2 x 2 elements of y each

// Tile number t of y, counted over all matrices.
template <class T>
__device__ void multiply_tile(Matrices<T> x, std::int64_t row, std::int64_t column) {
  auto& as = shared<Sum<T>[depth][tile + 1], struct TileOfA>();
  auto& bs = shared<Sum<T>[depth][tile + 1], struct TileOfB>();
  const int thread = static_cast<int>(threadIdx.x), i = thread / side, j = thread % side;
  Sum<T> sums[2][2] = {};
  for (std::int64_t begin = 0; begin < x.k; begin += depth) {
    __syncthreads();  // the tiles have been read
    for (int e = thread; e < tile * depth; e += threads_per_block) {
      const std::int64_t r = row + e / depth, c = column + e % tile;
      const std::int64_t ka = begin + e % depth, kb = begin + e / tile;
      as[e % depth][e / depth] =
          r < x.m && ka < x.k ? static_cast<Sum<T>>(x.a[r * x.a_row + ka * x.a_column]) : 0;
      bs[e / tile][e % tile] =
          c < x.n && kb < x.k ? static_cast<Sum<T>>(x.b[kb * x.b_row + c * x.b_column]) : 0;
    }
    __syncthreads();
#pragma unroll
    for (int l = 0; l < depth; ++l)
      for (int p = 0; p < 2; ++p)
        for (int q = 0; q < 2; ++q) sums[p][q] += as[l][i + p * side] * bs[l][j + q * side];
  }
  for (int p = 0; p < 2; ++p)
    for (int q = 0; q < 2; ++q) {
      const std::int64_t r = row + i + p * side, c = column + j + q * side;
      if (r < x.m && c < x.n) x.y[r * x.n + c] = convert<T>(sums[p][q]);
    }
}

template <class T>
__global__ void __launch_bounds__(threads_per_block)
    multiply_integers(Matrices<T> x, Walk<3> batches, std::int64_t tiles, std::int64_t rows,
                      std::int64_t columns) {
  for (std::int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    Matrices<T> here = x;
    here.move(batches.element(static_cast<unsigned>(t / columns / rows)).at);
    multiply_tile(here, t / columns % rows * tile, t % columns * tile);
  }
}

template <class T>
__global__ void __launch_bounds__(threads_per_block)
    multiply_naive(Matrices<T> x, Walk<3> batches, std::int64_t size) {
  for (std::int64_t e = std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x; e < size;
       e += std::int64_t{gridDim.x} * blockDim.x) {
    Matrices<T> here = x;
    here.move(batches.element(static_cast<unsigned>(e / (x.m * x.n))).at);
    const std::int64_t i = e / x.n % x.m, j = e % x.n;
    Accumulator<T> sum = 0;
    for (std::int64_t l = 0; l < x.k; ++l)
      sum += convert<Accumulator<T>>(here.a[i * x.a_row + l * x.a_column]) *
             convert<Accumulator<T>>(here.b[l * x.b_row + j * x.b_column]);
    here.y[i * x.n + j] = convert<T>(sum);
  }
}

// Calls f(matrices, walk over the batch, number of matrices), for parts that 32 bits can count.
template <class T, class F>
void for_each_batch(View y, View a, View b, const F& f) {
  for_each_part(batches_of(*y.layout, *a.layout, *b.layout), [&](const JointAxes<3>& part) {
    Matrices<T> x(y, a, b);
    x.move(part.begin);
    f(x, Walk<3>(part), part.size());
  });
}

}  // namespace

std::size_t Matmul::cuda_workspace(const Layout& a, const Layout& b) const {
  if (!is_floating(a.dtype)) return 0;
  const Operand left(a), right(b);
  return gpu::blas::workspace + left.bytes() + right.bytes() +
         address_bytes(batches_of(outputs(a, b), left.layout, right.layout));
}

void Matmul::run(Cuda cuda, View y, View a, View b) const {
  if (y.size() == 0) return;
  if (a.size() == 0)  // sums of nothing
    return gpu::check(cudaMemsetAsync(y.data, 0, y.layout->bytes(), cuda.stream), cuda.op, "cudaMemsetAsync");
  if (is_floating(y.layout->dtype)) return multiply(cuda, y, a, b, precision);
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_integral_v<T>)
      for_each_batch<T>(y, a, b, [&](const Matrices<T>& x, const Walk<3>& batches, std::int64_t n) {
        const std::int64_t rows = (x.m + tile - 1) / tile, columns = (x.n + tile - 1) / tile;
        const std::int64_t tiles = n * rows * columns;
        launch_kernel(multiply_integers<T>, blocks_for(tiles), threads_per_block, 0, cuda, x, batches, tiles,
                      rows, columns);
      });
  });
}

void naive::Matmul::run(Cuda cuda, View y, View a, View b) const {
  if (y.size() == 0) return;
  visit(y.layout->dtype, [&]<class T>(Type<T>) {
    for_each_batch<T>(y, a, b, [&](const Matrices<T>& x, const Walk<3>& batches, std::int64_t n) {
      const std::int64_t size = n * x.m * x.n;
      launch_kernel(multiply_naive<T>, blocks_for((size + threads_per_block - 1) / threads_per_block),
                    threads_per_block, 0, cuda, x, batches, size);
    });
  });
}

}  // namespace ramie::kernels
