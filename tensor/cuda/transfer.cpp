#include <ramie/tensor/cuda/transfer.h>

#include <cstring>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/pinned.h>
#include <ramie/tensor/cuda/stage.h>

namespace ramie::gpu {
namespace {

// What is larger than this is not brought to page-locked memory first: the driver does that in pieces, and
// waits.
constexpr std::size_t most_staged = std::size_t{16} << 20;

void copy_bytes(std::byte* to, const std::byte* from, std::size_t bytes, CUstream_st* stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "to", "copying between devices");
}

void from_host(const Tensor& y, const Tensor& x) {
  const int device = y.device().index;
  const std::size_t bytes = x.layout().bytes();
  CUstream_st* stream = current_stream(device);
  Tensor source = x;
  if (!source.storage().block && bytes <= most_staged) {
    source = Tensor::empty_pinned(x.layout());
    std::memcpy(source.view().data, x.view().data, bytes);
  }
  select(device);
  copy_bytes(y.view().data, source.view().data, bytes, stream);
  if (Block* block = source.storage().block) copies_from(*block, stream);
}

void to_host(const Tensor& y, const Tensor& x) {
  const int device = x.device().index;
  use(x);
  select(device);
  copy_bytes(y.view().data, x.view().data, x.layout().bytes(), current_stream(device));
  wait(device, current_stream(device));
}

void between(const Tensor& y, const Tensor& x) {
  const int from = x.device().index, to = y.device().index;
  use(x);
  // y's memory may still be used by earlier work of its stream.
  wait_for(to, current_stream(from), current_stream(to));
  select(from);
  copy_bytes(y.view().data, x.view().data, x.layout().bytes(), current_stream(from));
  wait_for(from, current_stream(to), current_stream(from));
}

}  // namespace

void copy(const Tensor& y, const Tensor& x) {
  if (x.size() == 0) return;
  if (x.device() == cpu()) return from_host(y, x);
  if (y.device() == cpu()) return to_host(y, x);
  between(y, x);
}

}  // namespace ramie::gpu
