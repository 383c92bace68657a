#include <ramie/tensor/device.h>

#include <fmt/format.h>

#include <charconv>

#include <ramie/tensor/context.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/launch.h>
#if RAMIE_CUDA
#include <ramie/tensor/cuda/device.h>
#endif

namespace ramie {
namespace {

int gpus() {
#if RAMIE_CUDA
  return gpu::device_count();
#else
  return 0;
#endif
}

std::string why_no_gpu() {
#if RAMIE_CUDA
  return gpu::why_no_device();
#else
  return "this build has no CUDA: configure with -DRAMIE_CUDA=ON";
#endif
}

// The n of "cuda:n"; -1 if the text is no such thing.
int gpu_index(std::string_view text) {
  if (text == "cuda") return 0;
  if (!text.starts_with("cuda:")) return -1;
  int index = -1;
  const auto [end, error] = std::from_chars(text.data() + 5, text.data() + text.size(), index);
  return error == std::errc() && end == text.data() + text.size() && index <= 255 ? index : -1;
}

ChosenDevice choose_automatically() {
#if RAMIE_CUDA
  if (gpu::simulated()) return {cpu(), "a simulated GPU is never chosen by itself"};
#endif
  if (gpus() > 0) return {cuda(0), "it is the first GPU"};
  return {cpu(), why_no_gpu()};
}

}  // namespace

std::string str(Device d) { return d.kind == DeviceKind::cpu ? "cpu" : fmt::format("cuda:{}", d.index); }

std::vector<Device> devices() {
  std::vector<Device> all{cpu()};
  for (int i = 0; i < gpus(); ++i) all.push_back(cuda(i));
  return all;
}

std::string describe(Device d) {
  require_available(d);
#if RAMIE_CUDA
  if (d.kind == DeviceKind::cuda) return str(d) + ": " + gpu::describe(d.index);
#endif
  return str(d);
}

void require_available(Device d) {
  if (d == cpu()) return;
  if (d.kind == DeviceKind::cpu) fail("device", fmt::format("there is one CPU, not cpu:{}.", d.index));
  if (gpus() == 0) fail("device", fmt::format("{} is not here: {}.", str(d), why_no_gpu()));
  if (d.index >= gpus())
    fail("device", fmt::format("{} is not here: the last GPU is cuda:{}.", str(d), gpus() - 1));
}

ChosenDevice choose_device(const std::string& text) {
  if (text == "auto") return choose_automatically();
  if (text == "cpu") return {cpu(), "it was asked for"};
  const int index = gpu_index(text);
  if (index < 0)
    fail("device", "'" + text + "' is no device: there are 'auto', 'cpu', 'cuda' and 'cuda:1' ...");
  require_available(cuda(index));
  return {cuda(index), "it was asked for"};
}

void synchronize(Device d) {
  require_available(d);
#if RAMIE_CUDA
  if (d.kind == DeviceKind::cuda) gpu::synchronize(d.index);
#endif
}

Device default_device() { return context.device; }
void set_default_device(Device d) {
  require_available(d);
  context.device = d;
}
DeviceScope::DeviceScope(Device d) : before_(context.device) { set_default_device(d); }
DeviceScope::~DeviceScope() { context.device = before_; }

namespace detail {

void mixed_devices(const char* op, std::span<const Tensor> x) {
  std::string list;
  for (auto& t : x) list += (list.empty() ? "" : ", ") + str(t.layout()) + " on " + str(t.device());
  fail(op, "the inputs are on different devices: " + list + ". Bring them together with x.to(device).");
}
void no_kernel(const char* op, Device device) {
  fail(op, "this op has no kernel for " + str(device) + ": move its inputs with x.to(cpu()).");
}

}  // namespace detail
}  // namespace ramie
