#include <ramie/tensor/error.h>
#include <ramie/train/write_file.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

#include "data_module/files.h"

namespace ramie::train::detail {
namespace {

using namespace ramie::testing;

class WriteFile : public ::testing::Test {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  std::string error_of_writing(const fs::path& path, const std::string& bytes = "new") {
    return error_of([&] { write_file("figure", path, bytes); });
  }
  // What is written is of a program of its own: the tests of that may end it, or take its rights away.
  template <class F>
  static int status_of(F program) {
    const pid_t child = fork();
    if (child == 0) _exit(program());
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }

  TemporaryFolder folder_;
};

TEST_F(WriteFile, WritesAndReplaces) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, std::string_view("one\0two", 7));
  EXPECT_EQ(read(path), std::string("one\0two", 7));
  write_file("figure", path, "");
  EXPECT_EQ(read(path), "");
  EXPECT_EQ(files(), 1u);
}

// ---- where nothing can be written ------------------------------------------------------------------------

TEST_F(WriteFile, NamesTheFileAndTheReason) {
  write(folder_ / "file", "old");
  fs::create_directories(folder_ / "folder");
  fs::create_directory_symlink("circle", folder_ / "circle");
  const struct {
    std::string path, reason;
  } cases[] = {{"missing/a.bin", "No such file or directory"},
               {"file/a.bin", "Not a directory"},
               {"folder", "Is a directory"},
               {"folder/", "Is a directory"},
               {"circle/a.bin", "Too many levels of symbolic links"},
               {std::string(300, 'n'), "File name too long"}};
  for (const auto& [name, reason] : cases) {
    const fs::path path = folder_ / name;
    EXPECT_EQ(error_of_writing(path), "[figure] cannot write " + path.string() + ": " + reason);
  }
  EXPECT_EQ(error_of_writing(""), "[figure] cannot write : No such file or directory");
  EXPECT_EQ(files(), 3u);
}

// The system's own full disk, which must not be replaced by a file either.
TEST_F(WriteFile, AFullDevice) {
  EXPECT_EQ(error_of_writing("/dev/full"), "[figure] cannot write /dev/full: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
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
  const std::string error = error_of_writing(path, std::string(100000, 'x'));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "[figure] cannot write " + path.string() + ": File too large");
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(WriteFile, AReadOnlyFolder) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, "old");
  fs::permissions(folder_.path(), fs::perms(0555));
  const int status = status_of([&] {
    if (geteuid() == 0 && setuid(65534) != 0) return 2;  // rights do not bind root
    return error_of_writing(path) == "[figure] cannot write " + path.string() + ": Permission denied" ? 0 : 1;
  });
  fs::permissions(folder_.path(), fs::perms(0755));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(WriteFile, AnErrorOfTheContentLeavesTheOldFile) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, "old");
  EXPECT_THROW(write_file("figure", path,
                          [](const Put& put) {
                            put("new");
                            throw std::bad_alloc();
                          }),
               std::bad_alloc);
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(WriteFile, AFolderThatVanishesMeanwhile) {
  const fs::path folder = folder_ / "folder";
  fs::create_directories(folder);
  EXPECT_EQ(error_of([&] {
              write_file("figure", folder / "a.bin", [&](const Put& put) {
                put("new");
                fs::remove_all(folder);
              });
            }),
            "[figure] cannot write " + (folder / "a.bin").string() + ": No such file or directory");
}

// ---- others that write -----------------------------------------------------------------------------------

bool has_nameless_files(const fs::path& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  return file >= 0;
}

TEST_F(WriteFile, AKilledProgramLeavesTheOldFileAndNothingElse) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, "old");
  const int status = status_of([&] {
    write_file("figure", path, [](const Put& put) {
      put("new");
      std::raise(SIGKILL);
    });
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(read(path), "old");
  EXPECT_EQ(files(), has_nameless_files(folder_.path()) ? 1u : 2u);
}

TEST_F(WriteFile, ThreadsThatWriteTheSameFileDoNotMix) {
  const fs::path path = folder_ / "a.bin";
  write_file("figure", path, std::string(10000, 'a'));
  std::atomic<int> mixed = 0;
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([&, letter] {
      for (int i = 0; i < 20; ++i) {
        write_file("figure", path, [&](const Put& put) {
          for (int piece = 0; piece < 10; ++piece) put(std::string(1000, letter));
        });
        const std::string bytes = read(path);
        mixed += bytes.size() != 10000 || bytes.find_first_not_of(bytes[0]) != bytes.npos;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_EQ(files(), 1u);
}

// ---- what is no file of this name ------------------------------------------------------------------------

TEST_F(WriteFile, ALinkStaysOne) {
  write(folder_ / "there/a.bin", "old");
  fs::create_symlink("there/a.bin", folder_ / "link.bin");
  write_file("figure", folder_ / "link.bin", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link.bin"));
  EXPECT_EQ(read(folder_ / "there/a.bin"), "new");
}

// Signals come while the pipe is full.
TEST_F(WriteFile, APipeIsWrittenInto) {
  const fs::path path = folder_ / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  struct sigaction before {
  }, nothing{};  // without SA_RESTART
  nothing.sa_handler = [](int) {};
  sigaction(SIGUSR1, &nothing, &before);
  const std::string bytes(300000, 'x');
  std::string found;
  std::thread writer([&] { write_file("figure", path, bytes); });
  std::thread reader([&] {
    std::ifstream in(path, std::ios::binary);
    for (char c; in.get(c);) {
      if (found.size() % 50000 == 0) pthread_kill(writer.native_handle(), SIGUSR1);
      found += c;
    }
  });
  reader.join(), writer.join();  // in this order: a signal needs a thread
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(found, bytes);
  EXPECT_TRUE(fs::is_fifo(path));
}

}  // namespace
}  // namespace ramie::train::detail
