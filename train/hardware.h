// What a training took of the machine: processor time and memory of this process.
//
//   train::HardwareSampler hardware(model_device);
//   for (...) { train_epoch(); hardware.sample(); }
//   hardware.use().peak_memory;     // bytes
//
// No thread of its own: numbers are as fine as the calls of sample() (some tens of microseconds each) are
// frequent. Averages of processor time are exact.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <ramie/tensor/device.h>

namespace ramie::train {

// Empty where it is not known: memory's average without /proc, a GPU's memory without one.
struct HardwareUse {
  std::string cpu = "";                                         // its name, "" where it is not known
  int cores = 0;                                                // that this process may use
  int threads = 0;                                              // the most seen at one time; 0: not known
  std::optional<double> average_cpu = {}, peak_cpu = {};        // percent of one core: 200 is two cores
  std::optional<double> average_memory = {}, peak_memory = {};  // bytes that are resident
  std::optional<double> average_gpu_memory = {}, peak_gpu_memory = {};  // bytes of tensors on the device
};

struct HardwareOptions {
  std::filesystem::path proc = "/proc";
  std::function<double()> clock = {};        // seconds from any start; by default a steady clock
  std::function<double()> cpu_seconds = {};  // that this process has used; by default asked of the system
};

class HardwareSampler {
 public:
  explicit HardwareSampler(Device device = cpu(), HardwareOptions options = {});

  // Notes how things are now. For one thread.
  void sample();

  // From the construction to the last sample().
  HardwareUse use() const;

 private:
  struct Mean {
    double sum = 0, peak = 0;
    std::int64_t count = 0;
    void add(double value);
    std::optional<double> average() const;
    std::optional<double> highest() const;
  };
  void sample_cpu();
  void sample_memory();

  Device device_;
  HardwareOptions options_;
  double start_, cpu_start_;       // of all
  double sampled_, cpu_sampled_;   // of the interval that the next sample closes
  double earlier_high_water_ = 0;  // the process's largest memory before
  double seconds_ = 0, cpu_seconds_ = 0;
  Mean cpu_, memory_, gpu_memory_;
  int threads_ = 0;
};

}  // namespace ramie::train
