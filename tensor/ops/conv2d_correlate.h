// Correlation of images with a kernel into any places of an output: the forward pass, and the gradient by the
// input, which is the same with the kernel flipped and its channels exchanged (one correlation for each phase
// of the strides).
//
// The images' rows are copied, zero-padded, in bands that stay in the cache; the kernel is packed into panels
// of as many output channels as a tile has. Bands depend on the shapes alone, and each output is one tile's
// sum: results do not depend on threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <ramie/tensor/cpu/finish.h>
#include <ramie/tensor/launch.h>

namespace ramie::kernels {

using Pair = std::array<std::int64_t, 2>;  // of height and width

struct Correlation {
  Pair positions, taps, strides, dilation;
  Pair before;  // zeros before the first row and column; negative where the first ones are not read
  std::int64_t images, groups, in, out;  // channels of one group
  std::int64_t depth() const { return taps[0] * taps[1] * in; }
};

struct CorrelationKernel {  // strides in elements, possibly negative
  const std::byte* data;
  std::int64_t row, column, in, out, group;
};

struct CorrelationOutput {  // steps in elements; channels lie side by side
  std::byte* data;          // float or double; on a GPU of x's dtype
  std::int64_t image, row, pixel;
};

// Bytes of scratch for x of that dtype and so many threads at most.
std::size_t correlation_workspace(const Correlation& c, DType dtype, int workers);
// x is float16, bfloat16, float32 or float64 and the kernel too; the output is float64 where they are, else
// float32. `finish` needs a y without gaps, all of it.
void correlate(const Correlation& c, View x, const CorrelationKernel& kernel, const CorrelationOutput& y,
               std::byte* workspace, int workers, const Finish& finish = {});

// The same on a GPU, for several at once that differ in positions, taps and `before` and in where the kernel
// and y begin. countable() says whether they are small enough for its kernels, which count positions and taps
// in 32 bits.
struct CorrelationPhase {
  Correlation correlation;
  CorrelationKernel kernel;
  CorrelationOutput y;
};
bool countable(const Correlation& c, const Layout& x);
void correlate(Cuda cuda, View x, std::span<const CorrelationPhase> phases);

}  // namespace ramie::kernels
