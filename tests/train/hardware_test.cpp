#include <ramie/train/hardware.h>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace ramie::train {
namespace {

// A folder like /proc whose numbers the test chooses, and clocks that it turns.
class Hardware : public testing::Test {
 protected:
  Hardware() : proc_(std::filesystem::path(testing::TempDir()) / "hardware_test_proc") {
    std::filesystem::remove_all(proc_);
    std::filesystem::create_directories(proc_ / "self");
    status(1000, 5000, 3);
  }
  ~Hardware() override { std::filesystem::remove_all(proc_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(proc_ / name) << text; }
  void status(int resident, int high_water, int threads) {
    write("self/status", "Name:\tramie\nVmPeak:\t  99 kB\nVmHWM:\t" + std::to_string(high_water) +
                             " kB\nVmRSS:\t  " + std::to_string(resident) + " kB\nThreads:\t" +
                             std::to_string(threads) + "\n");
  }
  HardwareSampler sampler() {
    return HardwareSampler(cpu(), {.proc = proc_,
                                   .clock = [this] { return seconds_; },
                                   .cpu_seconds = [this] { return cpu_seconds_; }});
  }
  void pass(double seconds, double cores) { seconds_ += seconds, cpu_seconds_ += seconds * cores; }

  std::filesystem::path proc_;
  double seconds_ = 1000, cpu_seconds_ = 7;
};

TEST_F(Hardware, AveragesOverTimeAndNotOverSamples) {
  HardwareSampler hardware = sampler();
  pass(1, 2), hardware.sample();
  pass(3, 1), hardware.sample();
  const HardwareUse use = hardware.use();
  EXPECT_DOUBLE_EQ(*use.average_cpu, 125);
  EXPECT_DOUBLE_EQ(*use.peak_cpu, 200);
}

TEST_F(Hardware, AShortIntervalIsNoPeak) {
  HardwareSampler hardware = sampler();
  pass(1, 1), hardware.sample();
  pass(0.001, 100), hardware.sample();  // a tick of the clock
  pass(1, 1), hardware.sample();
  EXPECT_NEAR(*hardware.use().peak_cpu, 110, 1);
}

TEST_F(Hardware, MeasuresMemory) {
  HardwareSampler hardware = sampler();
  status(2000, 5000, 3), hardware.sample();
  status(4000, 5000, 9), hardware.sample();
  HardwareUse use = hardware.use();
  EXPECT_EQ(use.average_memory, 3000 * 1024.0);
  EXPECT_EQ(use.peak_memory, 4000 * 1024.0);  // 5000 was before
  EXPECT_EQ(use.threads, 9);
  status(4000, 8000, 3), hardware.sample();  // between two samples
  use = hardware.use();
  EXPECT_EQ(use.peak_memory, 8000 * 1024.0);
  EXPECT_EQ(use.threads, 9);
}

TEST_F(Hardware, NamesTheProcessor) {
  write("cpuinfo", "processor\t: 0\nmodel name\t: Abacus 7\nmodel name\t: Other\n");
  EXPECT_EQ(sampler().use().cpu, "Abacus 7");
  write("cpuinfo", "model name");
  EXPECT_EQ(sampler().use().cpu, "");
}

TEST_F(Hardware, WithoutSamplesKnowsNothing) {
  const HardwareUse use = sampler().use();
  EXPECT_FALSE(use.average_cpu || use.peak_cpu || use.average_memory || use.peak_memory);
  EXPECT_FALSE(use.average_gpu_memory || use.peak_gpu_memory);
  EXPECT_GT(use.cores, 0);
}

// The system itself still knows the largest memory and the processor time.
TEST_F(Hardware, WithoutProcHasNoAverageMemory) {
  std::filesystem::remove_all(proc_);
  HardwareSampler hardware = sampler();
  pass(1, 1), hardware.sample();
  const HardwareUse use = hardware.use();
  EXPECT_FALSE(use.average_memory);
  EXPECT_GT(use.peak_memory.value_or(0), 1e6);
  EXPECT_DOUBLE_EQ(*use.average_cpu, 100);
  EXPECT_EQ(use.threads, 0);
  EXPECT_EQ(use.cpu, "");
}

TEST_F(Hardware, SurvivesOddFiles) {
  for (const char* text :
       {"", "VmRSS:", "VmRSS:\tmuch kB\n", "VmRSS: -5 kB\nThreads: 1e300\n", "VmRSS: nan kB\n"}) {
    write("self/status", text);
    HardwareSampler hardware = sampler();
    hardware.sample();
    EXPECT_FALSE(hardware.use().average_memory) << text;
  }
}

TEST(HardwareSampler, MeasuresThisProcess) {
  HardwareSampler hardware;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
  volatile double work = 0;
  while (std::chrono::steady_clock::now() < end) work = work + 1;
  hardware.sample();
  const HardwareUse use = hardware.use();
  EXPECT_GT(use.average_cpu.value_or(0), 5);  // a busy machine may give it little
  EXPECT_GE(use.peak_cpu.value_or(0), use.average_cpu.value_or(0));
  EXPECT_GT(use.peak_memory.value_or(0), 1e6);
}

}  // namespace
}  // namespace ramie::train
