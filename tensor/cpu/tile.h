// The inner loop of matrix products and convolutions: a tile of sums of products that stays in registers,
//
//   c[r, n] = sum over (i, j, k) of a[row(r) + (i, j, k) . a_step] * b[n + (i, j, k) . b_step]
//
// Each value of a meets two vectors of b, so the lanes are columns of a product and output channels of a
// convolution. In its forward pass rows are pixels, and k runs along a kernel row and its channels, which lie
// side by side in a padded NHWC image; in the kernel's gradient rows are the kernel's input channels and k
// runs over pixels.
//
// Every element is one chain of multiply-adds in the order of (i, j, k), whatever the tile's size and
// position; `add` continues a chain. So results do not depend on how a product is cut into tiles.
//
// Source: register blocking as of K. Goto and R. van de Geijn, Anatomy of High-Performance Matrix
// Multiplication (2008).
#pragma once

#include <array>
#include <cstdint>

namespace ramie::kernels {

template <class T>
struct Tile {
  const T* a;
  const T* b;  // a whole number of vectors is read, beyond `columns` too
  T* c;
  // Rows come in runs of neighbours in a: row r is at a + r / run * run_step + r % run.
  std::int64_t runs = 1, run = 1, run_step = 0;
  std::int64_t columns = 0;                           // at most tile_size().columns
  std::int64_t c_step = 0;                            // from row to row
  std::array<std::int64_t, 3> count, a_step, b_step;  // of the sum; outermost first
  bool add = false;                                   // to what c holds
};

struct TileSize {  // the largest tile, and the lanes of a vector
  std::int64_t rows, columns, lanes;
};
template <class T>
TileSize tile_size();

// Whether a tile may have so many runs of that length.
bool tile_fits(std::int64_t runs, std::int64_t run, std::int64_t rows);

void multiply_tile(const Tile<float>& t);
void multiply_tile(const Tile<double>& t);

}  // namespace ramie::kernels
