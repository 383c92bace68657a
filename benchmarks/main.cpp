// Kernel benchmarks on Google Benchmark; each kernel stands beside its naive twin.
//
//   bench [filter] [--json FILE] [--threads N] [--device cuda] [--precision tf32] [google-benchmark flags]
//
// The header names the processor, the threads, OpenBLAS' core type, the build and the commit, and the
// device's measured limits: multiply-adds and memory bandwidth. Counters "flops" and "bytes" are rates per
// second. GPUs are timed by events.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "machine_limits.h"

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/precision.h>

extern "C" char* openblas_get_corename(void);

#ifndef RAMIE_COMMIT
#define RAMIE_COMMIT "unknown"
#endif
#ifndef RAMIE_BUILD
#define RAMIE_BUILD "unknown"
#endif

namespace {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

void add_context() {
  const Limits& limits = machine_limits();
  benchmark::AddCustomContext("device", describe(ramie::default_device()));
  benchmark::AddCustomContext("cpu", cpu_name());
  benchmark::AddCustomContext("precision", str(ramie::precision()));
  benchmark::AddCustomContext("threads", std::to_string(ramie::threads()));
  benchmark::AddCustomContext("openblas core", openblas_get_corename());
  benchmark::AddCustomContext("build", RAMIE_BUILD);
  benchmark::AddCustomContext("commit", RAMIE_COMMIT);
  benchmark::AddCustomContext("peak GFLOP/s", std::to_string(limits.gflops));
  benchmark::AddCustomContext("bandwidth GB/s", std::to_string(limits.gigabytes));
}

// "conv2d --json out.json" in Google Benchmark's own words.
std::vector<std::string> translated(int argc, char** argv) {
  std::vector<std::string> out{argv[0]};
  for (int i = 1; i < argc; ++i) {
    const std::string a = argv[i];
    const bool value = i + 1 < argc;
    if (a == "--json" && value) {
      out.insert(out.end(), {std::string("--benchmark_out=") + argv[++i], "--benchmark_out_format=json"});
    } else if (a == "--threads" && value) {
      ramie::set_threads(std::atoi(argv[++i]));
    } else if (a == "--device" && value) {
      ramie::set_default_device(ramie::parse_device(argv[++i]));
    } else if (a == "--precision" && value) {
      ramie::set_precision(ramie::parse_precision(argv[++i]));
    } else {
      out.push_back(a.starts_with("-") ? a : "--benchmark_filter=" + a);
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> words = translated(argc, argv);
  std::vector<char*> pointers;
  for (auto& w : words) pointers.push_back(w.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) return 2;
  add_context();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
} catch (const std::exception& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
