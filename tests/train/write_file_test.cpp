#include <ramie/tensor/error.h>
#include <ramie/train/write_file.h>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>

namespace ramie::train::detail {
namespace {

namespace fs = std::filesystem;

class WriteFile : public testing::Test {
 protected:
  WriteFile() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~WriteFile() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static std::string error_of(const fs::path& path, std::string_view bytes) {
    try {
      write_file("figure", path, bytes);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_ =
      fs::path(testing::TempDir()) /
      (std::string("write_file_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(WriteFile, WritesAndReplaces) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, std::string_view("one\0two", 7));
  EXPECT_EQ(read(path), std::string("one\0two", 7));
  write_file("figure", path, "");
  EXPECT_EQ(read(path), "");
  EXPECT_EQ(files(), 1u);
}

TEST_F(WriteFile, NamesTheFileAndTheReason) {
  const fs::path path = folder_ / "missing" / "a.bin";
  EXPECT_EQ(error_of(path, "x"), "[figure] cannot write " + path.string() + ": No such file or directory");
  EXPECT_EQ(files(), 0u);
}

TEST_F(WriteFile, RefusesAFolder) {
  fs::create_directories(folder_ / "a.bin");
  EXPECT_EQ(error_of(folder_ / "a.bin", "x"),
            "[figure] cannot write " + (folder_ / "a.bin").string() + ": Is a directory");
  EXPECT_EQ(files(), 1u);
}

// A limit on the size of files stands in for a full disk.
TEST_F(WriteFile, AFailedWriteLeavesTheOldFile) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, "old");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of(path, std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "[figure] cannot write " + path.string() + ": File too large");
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace ramie::train::detail
