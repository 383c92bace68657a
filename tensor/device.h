// Where a tensor's bytes are, and where new ones go.
//
//   for (Device d : devices()) std::cout << describe(d) << "\n";
//   set_default_device(choose_device("auto").device);   // this thread's tensors are made there from now on
//   { DeviceScope on(cpu());  ... }                      // ... but not these
//   Tensor y = x.to(cuda(0));                            // an asynchronous copy
//   synchronize(cuda(0));                                // waits for all work given to it
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace ramie {

enum class DeviceKind : std::uint8_t { cpu, cuda };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  std::uint8_t index = 0;
  auto operator<=>(const Device&) const = default;
};
constexpr Device cpu() { return {}; }
constexpr Device cuda(int index = 0) { return {DeviceKind::cuda, static_cast<std::uint8_t>(index)}; }
std::string str(Device d);  // "cpu", "cuda:0"

std::vector<Device> devices();     // that this process can use: the CPU, then the GPUs
std::string describe(Device d);    // "cuda:0: NVIDIA H200, compute capability 9.0, 139.8 GiB"
void require_available(Device d);  // throws if the device is not there, and says why
void synchronize(Device d);        // waits until all its work is done; throws what went wrong meanwhile

// "cpu", "cuda", "cuda:1", or "auto": a GPU where there is one. `why` says what led to the choice. An error
// that lists what is there otherwise.
struct ChosenDevice {
  Device device;
  std::string why;
};
ChosenDevice choose_device(const std::string& text);
inline Device parse_device(const std::string& text) { return choose_device(text).device; }

// Where this thread makes tensors that have no inputs: zeros, tensor({...}), random keys. At first the CPU.
Device default_device();
void set_default_device(Device d);

class DeviceScope {
 public:
  explicit DeviceScope(Device d);
  ~DeviceScope();
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  Device before_;
};

}  // namespace ramie
