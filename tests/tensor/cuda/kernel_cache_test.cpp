#include <ramie/tensor/cuda/kernel_cache.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <ramie/tensor/error.h>

namespace ramie::gpu {
namespace {

namespace fs = std::filesystem;

class Cache : public testing::Test {
 protected:
  Cache() : folder_(fs::temp_directory_path() / ("ramie_kernel_cache_test." + std::to_string(getpid()))) {}
  ~Cache() override { fs::remove_all(folder_); }

  // What the cache gives, and whether it was compiled.
  std::pair<std::string, bool> get(const std::string& source) const {
    bool compiled = false;
    const std::string binary = KernelCache(folder_).get(source, [&] {
      compiled = true;
      return binary_of(source);
    });
    return {binary, compiled};
  }
  static std::string binary_of(const std::string& source) {
    return "binary\n" + source + std::string("\0\n\xff", 3) + std::string(10000, 'x');
  }
  void expect_compiled_once(const std::string& source) const {
    EXPECT_EQ(get(source), std::pair(binary_of(source), true));
    EXPECT_EQ(get(source), std::pair(binary_of(source), false));
  }
  std::string file(const std::string& source) const { return KernelCache(folder_).path(source); }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void overwrite(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }
  fs::path folder_;
};

TEST_F(Cache, CompilesOnce) {
  expect_compiled_once("a");
  expect_compiled_once("b");
  EXPECT_NE(file("a"), file("b"));
  EXPECT_EQ(files(), 2u);  // and nothing half-written
  KernelCache none("");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(none.get("a", [] { return std::string("new"); }), "new");
}

TEST_F(Cache, DamagedFilesAreReplaced) {
  expect_compiled_once("a");
  const std::string good = content(file("a"));
  std::vector<std::string> bad = {"", "\n", "garbage", good.substr(0, good.find('\n')), good + "more"};
  for (std::size_t at : {std::size_t{5}, good.find('\n') + 1, good.size() / 2, good.size() - 1}) {
    bad.push_back(good.substr(0, at));  // cut off
    bad.push_back(good);                // a flipped bit
    bad.back()[at] ^= 4;
  }
  for (const auto& text : bad) {
    overwrite(file("a"), text);
    expect_compiled_once("a");
    EXPECT_EQ(content(file("a")), good);
  }
}

TEST_F(Cache, AFolderThatCannotBeWrittenIsNoError) {
  fs::create_directories(folder_);
  overwrite(folder_ / "plain", "");
  for (const char* place : {"plain", "plain/below"})
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(KernelCache(folder_ / place).get("a", [] { return std::string("new"); }), "new");
  EXPECT_EQ(KernelCache("/proc/no/such").get("a", [] { return std::string("new"); }), "new");
  fs::create_directories(KernelCache(folder_).path("a"));  // a folder where the file should be
  EXPECT_EQ(get("a"), std::pair(binary_of("a"), true));
  EXPECT_EQ(files(), 2u);
}

TEST_F(Cache, WhatTheCompilerThrowsIsTheCallers) {
  EXPECT_THROW(KernelCache(folder_).get("a", []() -> std::string { throw Error("[nvrtc] no"); }), Error);
  expect_compiled_once("a");
}

// Each reads whole files or none, whatever the others are doing.
TEST_F(Cache, ThreadsAndProcessesShareAFolder) {
  std::vector<pid_t> children;
  const auto work = [&] {
    int wrong = 0;
    for (int i = 0; i < 60; ++i) {
      const std::string source = std::to_string(i % 5);
      wrong += get(source).first != binary_of(source);
      if (i % 7 == 0) overwrite(file(source), "damaged");
    }
    return wrong;
  };
  for (int i = 0; i < 3; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(work() != 0);
    children.push_back(child);
  }
  std::vector<int> wrong(3);
  std::vector<std::thread> threads;
  for (auto& w : wrong) threads.emplace_back([&] { w = work(); });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, std::vector<int>(3));
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
}

TEST_F(Cache, WhereItIs) {
  struct Variable {
    explicit Variable(const char* n)
        : name(n), before(std::getenv(n) ? std::optional<std::string>(std::getenv(n)) : std::nullopt) {}
    ~Variable() { before ? setenv(name, before->c_str(), 1) : unsetenv(name); }
    const char* name;
    std::optional<std::string> before;
  } chosen("RAMIE_CACHE_DIR"), cache("XDG_CACHE_HOME"), home("HOME");
  setenv("RAMIE_CACHE_DIR", "/a", 1);
  setenv("XDG_CACHE_HOME", "/b", 1);
  setenv("HOME", "/c", 1);
  EXPECT_EQ(KernelCache::default_folder(), "/a");
  unsetenv("RAMIE_CACHE_DIR");
  EXPECT_EQ(KernelCache::default_folder(), "/b/ramie/kernels");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(KernelCache::default_folder(), "/c/.cache/ramie/kernels");
  unsetenv("HOME");
  EXPECT_EQ(KernelCache::default_folder(), "");
}

}  // namespace
}  // namespace ramie::gpu
