#include <ramie/tensor/cuda/pinned.h>

#include <cstring>
#include <mutex>
#include <vector>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/device.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/copy.h>

namespace ramie {
namespace gpu {
namespace {

struct Free {
  std::mutex mutex;
  std::vector<Block*> blocks[size_classes];
};
Free& all() {
  static auto* f = new Free;
  return *f;
}

bool in_use(const Block& b) { return b.copied && cudaEventQuery(b.copied) == cudaErrorNotReady; }

Block* make(int c) {
  void* p = nullptr;
  const cudaError_t error = cudaHostAlloc(&p, detail::class_bytes(c), cudaHostAllocPortable);
  if (error != cudaSuccess) throw_error(error, "memory", "page-locked memory of the host");
  return new Block{.data = static_cast<std::byte*>(p), .size_class = c};
}

}  // namespace

Block* take_pinned(std::size_t bytes) {
  const int c = detail::class_of(bytes);
  const std::lock_guard lock(all().mutex);
  auto& blocks = all().blocks[c];
  for (auto& b : blocks) {
    if (in_use(*b)) continue;
    std::swap(b, blocks.back());
    Block* found = blocks.back();
    blocks.pop_back();
    return found;
  }
  return make(c);
}

void release_pinned(Block* b) noexcept {
  const std::lock_guard lock(all().mutex);
  all().blocks[b->size_class].push_back(b);
}

void copies_from(Block& b, CUstream_st* stream) {
  if (!b.copied)
    check(cudaEventCreateWithFlags(&b.copied, cudaEventDisableTiming), "memory",
          "an event for page-locked memory");
  check(cudaEventRecord(b.copied, stream), "memory", "marking the end of a copy");
}

}  // namespace gpu

Ref<Storage> Storage::make_pinned(std::size_t bytes) {
  Ref<Storage> s = make(0);
  s->block = gpu::take_pinned(bytes);
  s->data = s->block->data;
  return s;
}

Tensor pinned(const Tensor& x) {
  const Tensor dense = x.layout().dense ? x : launch(kernels::Copy{}, x);
  Tensor y = Tensor::empty_pinned(x.layout().compact());
  std::memcpy(y.view().data, transfer(dense, cpu()).view().data, dense.layout().bytes());
  return y;
}

}  // namespace ramie
