#include <ramie/data/mnist.h>

#include <ramie/data/drawn_digits.h>
#include <ramie/data/mnist_files.h>
#include <ramie/data/pipeline.h>
#include <ramie/data/sha256.h>

#include "data_module/files.h"
#include "data_module/http_server.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

std::string image_file(std::uint32_t count) {
  std::string pixels(count * 784, '\0');
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<char>(i % 256);
  return idx(8, {count, 28, 28}, pixels);
}

std::string label_file(std::uint32_t count) {
  std::string labels(count, '\0');
  for (std::size_t i = 0; i < count; ++i) labels[i] = static_cast<char>(i % 10);
  return idx(8, {count}, labels);
}

// A machine of its own: no variables, an empty cache, no network but the loopback.
class MnistTest : public ::testing::Test {
 protected:
  MnistTest() : cache_home("XDG_CACHE_HOME", (folder / "cache").c_str()) {
    options.origin.mirrors = {};
    options.drawn_train = 30;
    options.drawn_test = 20;
    options.notice = [this](const std::string& line) { notices.push_back(line); };
  }
  // Twelve training images, eleven test images.
  void write_files(const fs::path& place, const std::string& ending = "") {
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string file = content(i);
      write(place / (std::string(mnist_file_names[i]) + ending), ending.empty() ? file : gzip(file));
    }
  }
  static std::string content(std::size_t i) {
    const std::uint32_t count = i < 2 ? 12 : 11;
    return i % 2 == 0 ? image_file(count) : label_file(count);
  }
  void expect_files(const Mnist& mnist) {
    EXPECT_FALSE(mnist.drawn());
    EXPECT_EQ(str(mnist.train().images.layout()), "uint8[12,28,28,1]");
    EXPECT_EQ(str(mnist.test().labels.layout()), "int32[11]");
  }

  Environment no_proxy{"no_proxy", "127.0.0.1"};
  Environment data_dir{"RAMIE_DATA_DIR", nullptr};
  TemporaryFolder folder;
  Environment cache_home;
  std::vector<std::string> notices;
  MnistOptions options;
};

TEST_F(MnistTest, ReadsPlainFiles) {
  write_files(folder / "my");
  options.data_dir = folder / "my";
  const Mnist mnist(options);
  expect_files(mnist);
  const Split train = mnist.train();
  EXPECT_EQ(train.size(), 12);
  EXPECT_EQ(train.images.to_vector<int>()[784 + 3], (784 + 3) % 256);
  EXPECT_EQ(train.labels.to_vector<int>(), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1}));
  EXPECT_EQ(train.description, "MNIST");
  EXPECT_EQ(train.origin, (folder / "my").string());
  EXPECT_EQ(mnist.origin(), (folder / "my").string());
  EXPECT_TRUE(notices.empty());
}

TEST_F(MnistTest, ReadsGzippedFilesAndKnownSubfolders) {
  write_files(folder / "a/mnist", ".gz");
  write_files(folder / "b/MNIST/raw", ".gz");
  for (const char* name : {"a", "b"}) {
    options.data_dir = folder / name;
    expect_files(Mnist(options));
  }
}

TEST_F(MnistTest, TheVariableIsUsedUnlessAFolderIsNamed) {
  write_files(folder / "variable");
  write_files(folder / "named");
  const Environment variable("RAMIE_DATA_DIR", (folder / "variable").c_str());
  EXPECT_EQ(Mnist(options).origin(), (folder / "variable").string());
  options.data_dir = folder / "named";
  EXPECT_EQ(Mnist(options).origin(), (folder / "named").string());
}

TEST_F(MnistTest, AnEmptyVariableIsUnset) {
  write_files(folder / "cache/ramie/mnist");
  const Environment variable("RAMIE_DATA_DIR", "");
  EXPECT_EQ(Mnist(options).origin(), (folder / "cache/ramie/mnist").string());
}

TEST_F(MnistTest, ANamedFolderWithoutTheFilesIsAnError) {
  write_files(folder / "cache/ramie/mnist");  // is not asked
  fs::create_directory(folder / "empty");
  options.data_dir = folder / "empty";
  const auto text = error_of([&] { Mnist{options}; });
  EXPECT_HAS(text, "[mnist] " + (folder / "empty").string() +
                       ", which --data-dir names, lacks "
                       "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
                       "t10k-labels-idx1-ubyte (plain or .gz)");
  options.data_dir.clear();
  const Environment variable("RAMIE_DATA_DIR", (folder / "empty").c_str());
  EXPECT_HAS(error_of([&] { Mnist{options}; }), "which $RAMIE_DATA_DIR names, lacks");
  options.data_dir = folder / "none";
  EXPECT_HAS(error_of([&] { Mnist{options}; }), "which --data-dir names, is not a folder.");
}

TEST_F(MnistTest, AMissingFileIsNamed) {
  write_files(folder / "my");
  fs::remove(folder / "my/t10k-labels-idx1-ubyte");
  options.data_dir = folder / "my";
  EXPECT_HAS(error_of([&] { Mnist{options}; }), "lacks t10k-labels-idx1-ubyte (plain or .gz)");
}

TEST_F(MnistTest, TheCacheFollowsItsVariables) {
  EXPECT_EQ(mnist_cache(), folder / "cache/ramie/mnist");
  const Environment no_xdg("XDG_CACHE_HOME", "");
  const Environment home("HOME", "/home/ada");
  EXPECT_EQ(mnist_cache(), "/home/ada/.cache/ramie/mnist");
  const Environment no_home("HOME", nullptr);
  EXPECT_FALSE(mnist_cache());
  EXPECT_TRUE(Mnist(options).drawn());
}

// ---- download

class MnistDownload : public MnistTest {
 protected:
  std::map<std::string, Response> good_responses() {
    std::map<std::string, Response> responses;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::string packed = gzip(content(i));
      options.origin.sha256[i] = sha256(packed);
      responses["/" + std::string(mnist_file_names[i]) + ".gz"] = {.body = packed};
    }
    return responses;
  }
  fs::path cache = folder / "cache/ramie/mnist";
};

TEST_F(MnistDownload, FillsTheCacheOnce) {
  HttpServer server(good_responses());
  options.origin.mirrors = {server.url() + "/gone/", server.url() + "/"};
  expect_files(Mnist(options));
  EXPECT_EQ(server.requests().size(), 8u);  // each file from both mirrors
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_HAS(notices[0], "Downloading MNIST");
  expect_files(Mnist(options));
  EXPECT_EQ(server.requests().size(), 8u);
  EXPECT_EQ(notices.size(), 1u);
}

TEST_F(MnistDownload, OnlyWhatIsMissing) {
  HttpServer server(good_responses());
  options.origin.mirrors = {server.url() + "/"};
  write_files(cache);
  fs::remove(cache / "train-labels-idx1-ubyte");
  expect_files(Mnist(options));
  EXPECT_EQ(server.requests(), (std::vector<std::string>{"/train-labels-idx1-ubyte.gz"}));
}

TEST_F(MnistDownload, FailuresFallBackToDrawnDigitsInOneLine) {
  auto responses = good_responses();
  responses["/t10k-images-idx3-ubyte.gz"].body = "tampered";
  HttpServer server(responses);
  options.origin.mirrors = {server.url() + "/", server.url() + "/gone/"};
  const Mnist mnist(options);
  EXPECT_TRUE(mnist.drawn());
  EXPECT_EQ(mnist.origin(), "drawn digits");
  ASSERT_EQ(notices.size(), 2u);
  EXPECT_HAS(notices[1], "drawn digits stand in");
  EXPECT_HAS(notices[1], "sends 8 bytes with SHA-256");
  EXPECT_HAS(notices[1], "answers HTTP 404");
  EXPECT_EQ(notices[1].find('\n'), std::string::npos);
  EXPECT_FALSE(fs::exists(cache / "t10k-images-idx3-ubyte.gz"));
}

TEST_F(MnistDownload, CanBeSwitchedOff) {
  HttpServer server(good_responses());
  options.origin.mirrors = {server.url() + "/"};
  options.download = false;
  EXPECT_TRUE(Mnist(options).drawn());
  EXPECT_TRUE(server.requests().empty());
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_HAS(notices[0], "drawn digits stand in");
}

TEST_F(MnistDownload, TheStandInIsDrawnDigits) {
  options.notice = {};
  options.seed = 7;
  const Mnist mnist(options);
  const Split train = mnist.train(), test = mnist.test();
  EXPECT_EQ(train.images.to_vector<int>(), draw_digits(30, {.seed = 7}).images.to_vector<int>());
  EXPECT_EQ(test.images.to_vector<int>(), draw_digits(20, {.seed = 7, .first = 30}).images.to_vector<int>());
  EXPECT_EQ(train.description, "drawn digits");
}

TEST(Mnist, OriginIsComplete) {
  const MnistOptions options;
  EXPECT_EQ(options.origin.mirrors.size(), 2u);
  EXPECT_EQ(options.limits.connect_timeout, std::chrono::seconds(10));
  for (const auto& hash : options.origin.sha256) EXPECT_EQ(hash.size(), 64u);
}

// ---- bad files

class BadMnist : public ::testing::Test {
 protected:
  std::string error(const std::string& image_bytes, const std::string& label_bytes) {
    write(images, image_bytes);
    write(labels, label_bytes);
    return error_of([&] { read_mnist(images, labels); });
  }
  TemporaryFolder folder;
  fs::path images = folder / "images", labels = folder / "labels";
};

TEST_F(BadMnist, CountsDisagree) {
  const auto text = error(image_file(5), label_file(4));
  EXPECT_EQ(text,
            "[mnist] " + images.string() + " holds 5 images but " + labels.string() + " holds 4 labels.");
}

TEST_F(BadMnist, LabelsOverNine) {
  EXPECT_EQ(error(image_file(3), idx(8, {3}, "\1\11\12")),
            "[mnist] " + labels.string() + ": label 10 of record 2 is not a digit: labels are 0 to 9.");
}

TEST_F(BadMnist, FilesExchanged) {
  EXPECT_EQ(
      error(label_file(5), image_file(5)),
      "[mnist] " + images.string() + ": holds uint8[5], but images are uint8[n,28,28] (magic number 2051).");
  EXPECT_HAS(error(image_file(5), image_file(5)), "labels: holds uint8[5,28,28], but labels are uint8[n]");
}

TEST_F(BadMnist, WrongShapeTypeOrNothing) {
  EXPECT_HAS(error(idx(8, {1, 32, 32}, std::string(1024, 'a')), label_file(1)), "holds uint8[1,32,32]");
  EXPECT_HAS(error(idx(9, {1, 28, 28}, std::string(784, 'a')), label_file(1)), "holds int8[1,28,28]");
  EXPECT_HAS(error(idx(8, {0, 28, 28}, ""), label_file(0)), "holds uint8[0,28,28]");
}

TEST_F(BadMnist, DamagedFilesAreNamed) {
  const std::string packed = gzip(image_file(5));
  EXPECT_HAS(error(packed.substr(0, 300), label_file(5)), images.string() + ": the gzip data is cut short");
  EXPECT_HAS(error("<html>", label_file(5)), images.string() + ": not an IDX file");
}

TEST_F(BadMnist, GoodFilesMakeADataset) {
  const Split split = read_mnist(write(images, image_file(5)), write(labels, label_file(5)));
  const Pipeline batches = split.pipeline().batch(2);
  EXPECT_EQ(batches.cardinality(), 3);
  EXPECT_EQ(str(*batches.iterator().next()), "image uint8[2,28,28,1], label int32[2]");
}

}  // namespace
}  // namespace ramie::data
