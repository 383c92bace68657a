#include <ramie/tensor/cuda/fused_kernel.h>

#include <cuda_runtime.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/device.h>
#include <ramie/tensor/cuda/fused_source.h>
#include <ramie/tensor/cuda/kernel_cache.h>
#include <ramie/tensor/cuda/nvrtc.h>
#include <ramie/tensor/error.h>

namespace ramie::gpu {

using kernels::Chain;

namespace {

struct Made {
  std::unique_ptr<Module> module = {};
  const void *packs = nullptr, *elements = nullptr;
  std::string why_none = {};
};

const Made unavailable{.why_none = "no kernels are compiled at run time"};

Made make(const FusedSource& source, int capability) try {
  static const KernelCache cache(KernelCache::default_folder());
  const auto compile = [&] { return nvrtc::compile(source.text, capability); };
  Made m{std::make_unique<Module>(cache.get(nvrtc::describe(capability) + source.text, compile))};
  if (source.width > 1) m.packs = m.module->kernel("fused_packs");
  m.elements = m.module->kernel("fused_elements");
  return m;
} catch (const Error& e) {
  return {.why_none = e.what()};
}

// Equal chains share a kernel. None is ever unloaded: somebody's graph may still be running it.
const Made& made(const FusedSource& source, int device) {
  static std::mutex mutex;
  static auto* all = new std::map<std::pair<int, std::string>, Made>;
  const int capability = nvrtc::capability(device);
  const std::lock_guard lock(mutex);
  const auto [at, fresh] = all->try_emplace({capability, source.text});
  if (fresh) at->second = make(source, capability);
  return at->second;
}

}  // namespace

struct FusedKernel::State {
  Chain chain;
  std::once_flag written;
  FusedSource source;
  std::atomic<const Made*> of_device[most_devices];

  const Made& find() {
    if (!nvrtc::available()) return unavailable;
    int device = 0;
    check(cudaGetDevice(&device), "fused", "the current device");
    std::atomic<const Made*>& known = of_device[device];
    if (const Made* m = known.load(std::memory_order_acquire)) return *m;
    std::call_once(written, [&] { source = fused_source(chain); });
    const Made& m = made(source, device);
    known.store(&m, std::memory_order_release);
    return m;
  }
};

FusedKernel::FusedKernel(const Chain& chain) : state_(std::make_unique<State>()) { state_->chain = chain; }
FusedKernel::~FusedKernel() = default;

std::string FusedKernel::why_none() const { return state_->find().why_none; }

#if RAMIE_NVRTC
bool FusedKernel::run(Cuda cuda, const View* y, const View* x) const {
  const Made& m = state_->find();
  if (!m.elements) return false;
  const bool packs = m.packs && state_->source.aligned(state_->chain, y, x);
  constexpr unsigned block_threads = 256;
  const std::int64_t threads = state_->source.threads(packs);
  void* pointers[2 * Chain::max_inputs + Chain::max_instructions];  // the kernel's one argument
  void** next = pointers;
  for (std::size_t i = 0; i < state_->chain.inputs.size(); ++i) *next++ = x[i].data;
  for (std::size_t i = 0; i < state_->chain.outputs.size(); ++i) *next++ = y[i].data;
  void* arguments[] = {pointers};
  const auto blocks = static_cast<unsigned>((threads + block_threads - 1) / block_threads);
  check(cudaLaunchKernel(packs ? m.packs : m.elements, blocks, block_threads, arguments, 0, cuda.stream),
        cuda.op, "launching a fused chain");
  return true;
}
#else
bool FusedKernel::run(Cuda, const View*, const View*) const { return false; }
#endif

}  // namespace ramie::gpu
