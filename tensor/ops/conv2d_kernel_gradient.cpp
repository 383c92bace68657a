// The gradient of conv2d by its kernel: dkernel[p,q,c,o] = sum over pixels of x[pixel under tap (p,q), c]
// dy[pixel, o].
//
// A tile is a block of rows (p,q,c) by output channels; its sum runs over the pixels of all images, chunk by
// chunk, so that the chunk stays in the cache while all blocks pass over it. Where there are few blocks, the
// images are divided into slices with a partial sum each. Blocks, chunks and slices depend on the shapes
// alone: results do not depend on threads.
#include <algorithm>
#include <utility>

#include <ramie/tensor/cpu/tile.h>
#include <ramie/tensor/ops/conv2d.h>
#include <ramie/tensor/ops/conv2d_depthwise.h>
#include <ramie/tensor/ops/conv2d_image.h>
#include <ramie/tensor/ops/conv2d_naive.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t chunk_bytes = 256 << 10;  // of images and cotangents: a part of the second-level cache
constexpr std::int64_t wanted_tasks = 32;
constexpr std::int64_t worthwhile = 1 << 16;  // multiplications that pay for waking a thread

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct Chunk {  // some images, or some rows of one
  std::int64_t image, images, row, rows;
};

template <class T>
struct Plan {
  const ConvWindow& w;
  const Layout &x, &dy;
  const Shape& kernel;
  TileSize tile = tile_size<T>();
  std::int64_t height, width;      // of the padded images
  std::int64_t in, out;            // channels of one group
  bool pad, spread;                // whether x and dy are copied first
  bool merged;                     // a run is a row of the kernel, else one tap
  std::int64_t x_pitch, dy_pitch;  // of pixels in the copies
  std::int64_t outer, runs, run;   // rows of the kernel: runs lie at even steps in the images
  std::int64_t joined, pieces;     // runs in a block; blocks along a run
  std::int64_t panels;             // blocks along the output channels of a group
  std::int64_t images_of_chunk, chunks_of_image, chunks, slices;

  Plan(const ConvWindow& window, const Layout& x_layout, const Layout& dy_layout, const Shape& k)
      : w(window), x(x_layout), dy(dy_layout), kernel(k), in(k[2]), out(k[3] / window.groups) {
    height = extent(0);
    width = extent(1);
    const ConvPatch whole{0, -w.padding[0][0], -w.padding[1][0], height, width};
    pad = !readable_in_place<T>(x) || !whole.inside(x.shape);
    spread = !readable_in_place<T>(dy) || out % tile.lanes;
    x_pitch = x.shape[3];
    dy_pitch = dy.shape[3] - out + ceil_div(out, tile.lanes) * tile.lanes;
    plan_blocks();
    plan_chunks();
  }
  std::int64_t extent(int axis) const {
    return (dy.shape[1 + axis] - 1) * w.strides[axis] + (kernel[axis] - 1) * w.dilation[axis] + 1;
  }
  // Neighbouring taps and their channels are one run where they lie side by side in the images.
  void plan_blocks() {
    merged = w.groups == 1 && w.dilation[1] == 1 && (pad || x.strides[2] == x.shape[3]);
    outer = merged ? 1 : kernel[0];
    runs = merged ? kernel[0] : kernel[1];
    run = merged ? kernel[1] * in : in;
    joined = 1;
    while (joined < runs && tile_fits(joined + 1, run, tile.rows)) ++joined;
    pieces = ceil_div(run, tile.rows);
    panels = ceil_div(out, tile.columns);
  }
  void plan_chunks() {
    const std::int64_t bytes =
        (height * width * x.shape[3] + dy.shape[1] * dy.shape[2] * dy.shape[3]) * sizeof(T);
    images_of_chunk = std::clamp<std::int64_t>(chunk_bytes / std::max<std::int64_t>(bytes, 1), 1, x.shape[0]);
    chunks_of_image = std::clamp<std::int64_t>(ceil_div(bytes, chunk_bytes), 1, dy.shape[1]);
    chunks = ceil_div(x.shape[0], images_of_chunk) * chunks_of_image;
    slices = std::clamp<std::int64_t>(ceil_div(wanted_tasks, blocks()), 1, chunks);
  }
  std::int64_t blocks() const { return w.groups * outer * ceil_div(runs, joined) * pieces * panels; }
  std::int64_t padded_size() const { return height * width * x_pitch; }
  std::int64_t spread_size() const { return dy.shape[1] * dy.shape[2] * dy_pitch; }
  std::int64_t kernel_size() const { return kernel.size(); }
  std::size_t bytes(std::int64_t elements) const {
    return (static_cast<std::size_t>(elements) * sizeof(T) + 63) / 64 * 64;
  }
  std::size_t workspace() const {
    return (pad ? bytes(x.shape[0] * padded_size()) : 0) + (spread ? bytes(x.shape[0] * spread_size()) : 0) +
           (slices > 1 ? bytes(slices * kernel_size()) : 0);
  }
  Chunk chunk(std::int64_t i) const {
    if (chunks_of_image == 1) {
      const std::int64_t image = i * images_of_chunk;
      return {image, std::min(images_of_chunk, x.shape[0] - image), 0, dy.shape[1]};
    }
    const std::int64_t part = i % chunks_of_image, row = dy.shape[1] * part / chunks_of_image;
    return {i / chunks_of_image, 1, row, dy.shape[1] * (part + 1) / chunks_of_image - row};
  }
};

template <class T>
struct Images {
  ConvImage<T> at;
  std::int64_t image;  // step between images
};

// All images with their padding, in place or copied.
template <class T, class From>
Images<T> padded(const Plan<T>& p, View x, std::byte*& workspace) {
  const ConvPatch whole{0, -p.w.padding[0][0], -p.w.padding[1][0], p.height, p.width};
  if (!p.pad) return {patch_of<T, From>(x, whole, static_cast<T*>(nullptr)), x.layout->strides[0]};
  T* copy = reinterpret_cast<T*>(workspace);
  workspace += p.bytes(x.shape(0) * p.padded_size());
  parallel_for(x.shape(0), default_grain / p.padded_size() + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      copy_patch<T, From>(x, {i, whole.top, whole.left, p.height, p.width}, p.x_pitch,
                          copy + i * p.padded_size());
  });
  return {{copy, p.width * p.x_pitch, p.x_pitch}, p.padded_size()};
}

// The cotangents, with room after each pixel where vectors would reach beyond its channels.
template <class T, class From>
Images<T> spread(const Plan<T>& p, View dy, std::byte*& workspace) {
  const ConvPatch whole{0, 0, 0, dy.shape(1), dy.shape(2)};
  if (!p.spread) return {patch_of<T, From>(dy, whole, static_cast<T*>(nullptr)), dy.layout->strides[0]};
  T* copy = reinterpret_cast<T*>(workspace);
  workspace += p.bytes(dy.shape(0) * p.spread_size());
  parallel_for(dy.shape(0), default_grain / p.spread_size() + 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      copy_patch<T, From>(dy, {i, 0, 0, whole.height, whole.width}, p.dy_pitch, copy + i * p.spread_size());
  });
  return {{copy, whole.width * p.dy_pitch, p.dy_pitch}, p.spread_size()};
}

// The tile of a block, with everything but the chunk.
template <class T>
Tile<T> tile_of(const Plan<T>& p, std::int64_t block, const Images<T>& x, const Images<T>& dy, T* out) {
  const auto next = [&block](std::int64_t n) { return std::exchange(block, block / n) % n; };
  const std::int64_t panel = next(p.panels), piece = next(p.pieces),
                     first = next(ceil_div(p.runs, p.joined)) * p.joined;
  const std::int64_t outer = next(p.outer), group = block;
  const std::int64_t begin = p.run * piece / p.pieces, end = p.run * (piece + 1) / p.pieces;
  const std::int64_t down = p.w.dilation[0] * x.at.row, across = p.w.dilation[1] * x.at.pixel;
  Tile<T> t{.a = x.at.data + group * p.in + begin,
            .b = dy.at.data + group * p.out + panel * p.tile.columns,
            .c = out,
            .count = {},
            .a_step = {},
            .b_step = {}};
  t.run_step = p.merged ? down : across;
  t.a += outer * down + first * t.run_step;
  t.c += ((outer * p.runs + first) * p.run + begin) * p.kernel[3] + group * p.out + panel * p.tile.columns;
  t.runs = std::min(p.joined, p.runs - first);
  t.run = end - begin;
  t.columns = std::min(p.tile.columns, p.out - panel * p.tile.columns);
  t.c_step = p.kernel[3];
  t.a_step = {x.image, p.w.strides[0] * x.at.row, p.w.strides[1] * x.at.pixel};
  t.b_step = {dy.image, dy.at.row, dy.at.pixel};
  return t;
}

template <class T>
void add_chunk(const Plan<T>& p, const Chunk& chunk, Tile<T> t) {
  t.count = {chunk.images, chunk.rows, p.dy.shape[2]};
  t.a += chunk.image * t.a_step[0] + chunk.row * t.a_step[1];
  t.b += chunk.image * t.b_step[0] + chunk.row * t.b_step[1];
  multiply_tile(t);
}

template <class T>
void add_slices(const Plan<T>& p, const T* partial, T* out) {
  parallel_for(p.kernel_size(), [&](std::int64_t begin, std::int64_t end) {
    std::copy(partial + begin, partial + end, out + begin);
    for (std::int64_t s = 1; s < p.slices; ++s)
      for (std::int64_t i = begin; i < end; ++i) out[i] += partial[s * p.kernel_size() + i];
  });
}

template <class T, class From>
void kernel_gradient(const Plan<T>& p, View x_view, View dy_view, T* out, std::byte* workspace) {
  const Images<T> x = padded<T, From>(p, x_view, workspace), dy = spread<T, From>(p, dy_view, workspace);
  T* partial = p.slices > 1 ? reinterpret_cast<T*>(workspace) : out;
  const std::int64_t blocks = p.blocks(),
                     work = x_view.shape(0) * p.dy.shape[1] * p.dy.shape[2] * p.tile.rows * p.tile.columns;
  parallel_for(blocks * p.slices, ceil_div(worthwhile, ceil_div(work, p.slices)),
               [&](std::int64_t begin, std::int64_t end) {
                 // Chunk by chunk over all of a slice's blocks that are this thread's.
                 for (std::int64_t s = begin / blocks; s * blocks < end; ++s)
                   for (std::int64_t c = p.chunks * s / p.slices; c < p.chunks * (s + 1) / p.slices; ++c)
                     for (std::int64_t b = std::max(begin, s * blocks); b < std::min(end, (s + 1) * blocks);
                          ++b) {
                       Tile<T> t = tile_of(p, b % blocks, x, dy, partial + s * p.kernel_size());
                       t.add = c > p.chunks * s / p.slices;
                       add_chunk(p, p.chunk(c), t);
                     }
               });
  if (p.slices > 1) add_slices(p, partial, out);
}

// Whether both images, and the kernel that comes out, are as depthwise kernels take them.
bool depthwise_images(const ConvWindow& w, const Layout& x, const Layout& dy, const Shape& kernel) {
  return is_depthwise(w, x, x.as(kernel)) && is_depthwise(w, dy, x.as(kernel));
}

bool nothing(const Layout& x, const Layout& dy, const Shape& kernel) {
  return x.size == 0 || dy.size == 0 || kernel.size() == 0;
}

}  // namespace

std::size_t Conv2dKernelGradient::workspace(const Layout& x, const Layout& dy) const {
  if (!is_floating(x.dtype) || nothing(x, dy, kernel)) return real_bytes(x.as(kernel));
  if (depthwise_images(window, x, dy, kernel)) return depthwise_kernel_gradient_workspace(dy, kernel);
  const std::size_t bytes = x.dtype == float64 ? Plan<double>(window, x, dy, kernel).workspace()
                                               : Plan<float>(window, x, dy, kernel).workspace();
  return real_bytes(x.as(kernel)) + bytes;
}

void Conv2dKernelGradient::run(Cpu cpu, View dkernel, View x, View dy) const noexcept {
  if (!is_floating(x.layout->dtype))
    return naive::Conv2dKernelGradient{window, kernel}.run(cpu, dkernel, x, dy);
  std::byte* workspace = cpu.workspace;
  if (!nothing(*x.layout, *dy.layout, kernel) && depthwise_images(window, *x.layout, *dy.layout, kernel))
    return depthwise_kernel_gradient(window, dkernel, x, dy, workspace);
  std::byte* real = real_output(dkernel, workspace);
  visit(x.layout->dtype, [&]<class From>(Type<From>) {
    if constexpr (!std::is_integral_v<From>) {
      using T = Accumulator<From>;
      T* out = reinterpret_cast<T*>(real);
      if (nothing(*x.layout, *dy.layout, kernel))
        std::fill_n(out, kernel.size(), T(0));
      else
        kernel_gradient<T, From>(Plan<T>(window, *x.layout, *dy.layout, kernel), x, dy, out, workspace);
    }
  });
  round_output(dkernel, real);
}

}  // namespace ramie::kernels
