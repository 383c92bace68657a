#include <ramie/train/hardware.h>

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

#include <ramie/tensor/pool.h>

namespace ramie::train {
namespace {

constexpr double kShortestInterval = 0.05;  // seconds; the system counts processor time in ticks

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

rusage usage() {
  rusage of_process{};
  getrusage(RUSAGE_SELF, &of_process);
  return of_process;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double process_seconds() {
  const rusage of_process = usage();
  return seconds(of_process.ru_utime) + seconds(of_process.ru_stime);
}

struct Status {  // memory in kilobytes
  std::optional<double> resident, high_water, threads;
};

// "VmRSS:    123456 kB" is 123456.
std::optional<double> number_behind(const std::string& line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  const char* begin = line.c_str() + name.size();
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  return end != begin && value >= 0 ? std::optional(value) : std::nullopt;
}

Status process_status(const std::filesystem::path& proc) {
  Status status;
  std::ifstream file(proc / "self" / "status");
  for (std::string line; std::getline(file, line);) {
    if (!status.resident) status.resident = number_behind(line, "VmRSS:");
    if (!status.high_water) status.high_water = number_behind(line, "VmHWM:");
    if (!status.threads) status.threads = number_behind(line, "Threads:");
  }
  return status;
}

double high_water_bytes(const Status& status) {  // Linux counts both in kilobytes
  return 1024 * status.high_water.value_or(static_cast<double>(usage().ru_maxrss));
}

std::string cpu_name(const std::filesystem::path& proc) {
  std::ifstream file(proc / "cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "";
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());
}

HardwareOptions with_defaults(HardwareOptions options) {
  if (!options.clock) options.clock = steady_seconds;
  if (!options.cpu_seconds) options.cpu_seconds = process_seconds;
  return options;
}

}  // namespace

void HardwareSampler::Mean::add(double value) {
  sum += value;
  peak = std::max(peak, value);
  ++count;
}
std::optional<double> HardwareSampler::Mean::average() const {
  return count > 0 ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
}
std::optional<double> HardwareSampler::Mean::highest() const {
  return count > 0 ? std::optional(peak) : std::nullopt;
}

HardwareSampler::HardwareSampler(Device device, HardwareOptions options)
    : device_(device),
      options_(with_defaults(std::move(options))),
      start_(options_.clock()),
      cpu_start_(options_.cpu_seconds()),
      sampled_(start_),
      cpu_sampled_(cpu_start_),
      earlier_high_water_(high_water_bytes(process_status(options_.proc))) {}

void HardwareSampler::sample() {
  sample_cpu();
  sample_memory();
  if (device_.kind == DeviceKind::cpu) return;
  const MemoryStats stats = memory_stats(device_);
  gpu_memory_.add(static_cast<double>(stats.in_use));
  gpu_memory_.peak = std::max(gpu_memory_.peak, static_cast<double>(stats.peak));
}

// A short interval is left to the next sample.
void HardwareSampler::sample_cpu() {
  const double now = options_.clock(), cpu = options_.cpu_seconds();
  seconds_ = now - start_;
  cpu_seconds_ = cpu - cpu_start_;
  if (now - sampled_ < kShortestInterval) return;
  cpu_.add(100 * (cpu - cpu_sampled_) / (now - sampled_));
  sampled_ = now;
  cpu_sampled_ = cpu;
}

// Between samples, too, memory may have been larger: the system remembers the most since the process began.
void HardwareSampler::sample_memory() {
  const Status status = process_status(options_.proc);
  threads_ = std::max(threads_, static_cast<int>(std::min(status.threads.value_or(0), 1e6)));
  if (status.resident) memory_.add(1024 * *status.resident);
  const double high_water = high_water_bytes(status);
  if (high_water > earlier_high_water_ || !status.resident) memory_.peak = std::max(memory_.peak, high_water);
}

HardwareUse HardwareSampler::use() const {
  HardwareUse use{.cpu = cpu_name(options_.proc), .cores = usable_cores(), .threads = threads_};
  if (seconds_ > 0) {
    use.average_cpu = 100 * cpu_seconds_ / seconds_;
    use.peak_cpu = std::max(*use.average_cpu, cpu_.peak);
  }
  use.average_memory = memory_.average();
  if (memory_.peak > 0) use.peak_memory = memory_.peak;
  use.average_gpu_memory = gpu_memory_.average();
  use.peak_gpu_memory = gpu_memory_.highest();
  return use;
}

}  // namespace ramie::train
