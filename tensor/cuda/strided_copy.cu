#include <ramie/tensor/cuda/strided_copy.h>

#include <tuple>

#include <ramie/tensor/cuda/axes.h>
#include <ramie/tensor/cuda/block.h>

namespace ramie::kernels {
namespace {

using Axes = JointAxes<2>;
enum { to, from };  // the operands

constexpr std::size_t most_parts = 64;

// What one launch copies: block (., p) works on part p.
template <class T>
struct Parts {
  T* y;
  std::int64_t y_step;
  const T* x[most_parts];

  __device__ T* target() const { return y + blockIdx.y * y_step; }
  __device__ const T* source() const { return x[blockIdx.y]; }
};

// ---- any strides -----------------------------------------------------------------------------------------

constexpr int batch = 4;  // elements of a thread whose loads are under way together

template <class T>
__global__ void copy_elements(Parts<T> parts, unsigned n, Walk<2> walk) {
  T* y = parts.target();
  const T* x = parts.source();
  const unsigned threads = gridDim.x * blockDim.x;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += batch * threads) {
    T value[batch];
    std::int64_t at[batch];
    for (int k = 0; k < batch; ++k) {
      if (i + k * threads >= n) break;
      const auto e = walk.element(i + k * threads);
      value[k] = x[e.at[from]], at[k] = e.at[to];
    }
    for (int k = 0; k < batch; ++k)
      if (i + k * threads < n) y[at[k]] = value[k];
  }
}

// ---- transposes ------------------------------------------------------------------------------------------

constexpr unsigned tile_lanes = 32, tile_rows = 8;  // the threads of a block

// Two axes of which each is the neighbours' axis of one side, seen as a matrix: y's elements are neighbours
// along its rows, x's along its columns.
struct Matrix {
  unsigned rows, columns;
  std::int64_t y_stride, x_stride;  // between y's rows, and between x's columns
  FastDivide row_tiles, column_tiles;
};

// Tiles are larger for small elements, or too few bytes would be under way.
template <class T>
constexpr unsigned tile_side = sizeof(T) < 4 ? 64 : 32;
// Rows of a tile begin one bank further on each.
template <class T>
constexpr unsigned tile_gap = sizeof(T) < 4 ? 4 / sizeof(T) : 1;

template <class T>
__global__ void __launch_bounds__(tile_lanes* tile_rows, 6)
    copy_tiles(Parts<T> parts, Matrix m, Walk<2> planes) {
  T* y = parts.target();
  const T* x = parts.source();
  constexpr unsigned side = tile_side<T>;
  auto& tile = shared<T[side][side + tile_gap<T>], struct Tile>();
  const auto [rest, column_tile] = m.column_tiles.split(blockIdx.x);
  const auto [plane, row_tile] = m.row_tiles.split(rest);
  const auto origin = planes.element(plane);
  const unsigned row = row_tile * side, column = column_tile * side;
  for (unsigned j = threadIdx.y; j < side; j += tile_rows)
    for (unsigned i = threadIdx.x; i < side; i += tile_lanes)
      if (row + i < m.rows && column + j < m.columns)
        tile[j][i] = x[origin.at[from] + row + i + (column + j) * m.x_stride];
  __syncthreads();
  for (unsigned i = threadIdx.y; i < side; i += tile_rows)
    for (unsigned j = threadIdx.x; j < side; j += tile_lanes)
      if (row + i < m.rows && column + j < m.columns)
        y[origin.at[to] + (row + i) * m.y_stride + column + j] = tile[j][i];
}

// ---- the host's side -------------------------------------------------------------------------------------

// The axis along which an operand's elements are neighbours; -1 if there is none.
int neighbour_axis(const Axes& a, int operand) {
  for (int i = a.rank; i-- > 0;)
    if (a.stride[i][operand] == 1) return i;
  return -1;
}

struct Job {
  std::byte* y;
  std::int64_t y_step;  // in elements
  std::span<const View> x;
};

// Pairs of elements become one where both sides' rows consist of them.
bool pairs_up(const Axes& a, const Job& job, std::size_t bytes) {
  bool pairs = a.step()[to] == 1 && a.step()[from] == 1 && a.columns() % 2 == 0 && job.y_step % 2 == 0 &&
               aligned(job.y, 2 * bytes);
  for (const View& x : job.x) pairs = pairs && aligned(x.data, 2 * bytes);
  for (int i = 0; i + 1 < a.rank; ++i)
    pairs = pairs && a.stride[i][to] % 2 == 0 && a.stride[i][from] % 2 == 0;
  return pairs;
}
void pair_up(Axes& a, Job& job) {
  job.y_step /= 2;
  a.length[a.rank - 1] /= 2;
  for (int i = 0; i + 1 < a.rank; ++i) a.stride[i][to] /= 2, a.stride[i][from] /= 2;
  if (a.columns() == 1 && a.rank > 1) a.erase(a.rank - 1);
}

template <class T>
Parts<T> parts_of(const Job& job, const Axes& a) {
  Parts<T> parts{reinterpret_cast<T*>(job.y) + a.begin[to], job.y_step, {}};
  for (std::size_t p = 0; p < job.x.size(); ++p) parts.x[p] = job.x[p].as<const T>() + a.begin[from];
  return parts;
}

template <class T>
void transpose(Cuda cuda, const Job& job, Axes a, int row_axis, int column_axis) {
  const auto tiles = [](std::int64_t n) { return ceil_divide(n, tile_side<T>); };
  const Parts<T> parts = parts_of<T>(job, a);
  const std::int64_t rows = a.length[row_axis], columns = a.length[column_axis];
  const Matrix m{static_cast<unsigned>(rows), static_cast<unsigned>(columns), a.stride[row_axis][to],
                 a.stride[column_axis][from], FastDivide(tiles(rows)),        FastDivide(tiles(columns))};
  a.erase(std::max(row_axis, column_axis));
  a.erase(std::min(row_axis, column_axis));
  const auto blocks = static_cast<unsigned>(tiles(rows) * tiles(columns) * a.size());
  launch_kernel(copy_tiles<T>, dim3(blocks, static_cast<unsigned>(job.x.size())), dim3(tile_lanes, tile_rows),
                0, cuda, parts, m, Walk<2>(a));
}

template <class T>
void copy_part(Cuda cuda, const Job& job, const Axes& a) {
  constexpr std::int64_t shortest = 8;  // axes that are worth a tile
  const int row_axis = neighbour_axis(a, from), column_axis = neighbour_axis(a, to);
  if (row_axis >= 0 && column_axis >= 0 && row_axis != column_axis && a.length[row_axis] >= shortest &&
      a.length[column_axis] >= shortest)
    return transpose<T>(cuda, job, a, row_axis, column_axis);
  const auto n = static_cast<unsigned>(a.size());
  launch_kernel(copy_elements<T>,
                dim3(blocks_for(n, batch * block_threads), static_cast<unsigned>(job.x.size())),
                block_threads, 0, cuda, parts_of<T>(job, a), n, Walk<2>(a));
}

// With words of 2^k bytes, or larger ones.
template <std::size_t k>
void copy_words(Cuda cuda, Job job, Axes a) {
  using Words = std::tuple<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, Pack<std::uint64_t>>;
  using T = std::tuple_element_t<k, Words>;
  if constexpr (sizeof(T) < 16)
    if (pairs_up(a, job, sizeof(T))) return pair_up(a, job), copy_words<k + 1>(cuda, job, a);
  for_each_part(a, [&](const Axes& part) { copy_part<T>(cuda, job, part); });
}

void copy_job(Cuda cuda, const Job& job, const Axes& a, std::size_t bytes) {
  switch (bytes) {
    case 1:
      return copy_words<0>(cuda, job, a);
    case 2:
      return copy_words<1>(cuda, job, a);
    case 4:
      return copy_words<2>(cuda, job, a);
    default:
      return copy_words<3>(cuda, job, a);
  }
}

}  // namespace

void copy_strided(Cuda cuda, std::byte* y, const Shape& y_strides, View x) {
  copy_strided(cuda, y, y_strides, 0, {&x, 1});
}

void copy_strided(Cuda cuda, std::byte* y, const Shape& y_strides, std::int64_t y_step,
                  std::span<const View> x) {
  const Layout& layout = *x[0].layout;
  const std::size_t bytes = size_of(layout.dtype);
  const Axes a(layout.shape, {y_strides, layout.strides});
  while (layout.size != 0 && !x.empty()) {
    const auto some = x.first(std::min(x.size(), most_parts));
    copy_job(cuda, {y, y_step, some}, a, bytes);
    y += static_cast<std::int64_t>(some.size() * bytes) * y_step;
    x = x.subspan(some.size());
  }
}

}  // namespace ramie::kernels
