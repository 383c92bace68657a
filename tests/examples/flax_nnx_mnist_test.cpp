// Runs the example as a user does, on drawn digits in MNIST's files.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include <ramie/data/drawn_digits.h>

namespace fs = std::filesystem;

namespace {

void put(std::ofstream& out, std::uint32_t n) {
  for (int shift : {24, 16, 8, 0}) out.put(static_cast<char>(n >> shift & 255));
}

void write_split(const fs::path& folder, const std::string& prefix, const ramie::data::Split& split) {
  const auto n = static_cast<std::uint32_t>(split.size());
  std::ofstream images(folder / (prefix + "-images-idx3-ubyte"), std::ios::binary);
  for (std::uint32_t v : {2051u, n, 28u, 28u}) put(images, v);
  const auto pixels = split.images.to_vector<std::uint8_t>();
  images.write(reinterpret_cast<const char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
  std::ofstream labels(folder / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
  for (std::uint32_t v : {2049u, n}) put(labels, v);
  for (int label : split.labels.to_vector<int>()) labels.put(static_cast<char>(label));
}

struct Outcome {
  int status;
  std::string output;
};
Outcome run(const std::string& arguments) {
  const std::string command = std::string(RAMIE_EXAMPLES_DIR "/flax_nnx_mnist ") + arguments + " 2>&1";
  Outcome out{0, ""};
  std::FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe)) out.output += buffer.data();
  out.status = WEXITSTATUS(pclose(pipe));
  return out;
}

class FlaxNnxMnist : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = fs::temp_directory_path() / ("ramie_example_" + std::to_string(::getpid()));
    fs::create_directories(folder() / "data");
    write_split(folder() / "data", "train", ramie::data::draw_digits(2048, {.seed = 1}));
    write_split(folder() / "data", "t10k", ramie::data::draw_digits(512, {.seed = 2}));
  }
  static void TearDownTestSuite() { fs::remove_all(folder()); }
  static fs::path& folder() {
    static fs::path f;
    return f;
  }
  static std::string flags(const std::string& name, const std::string& device = "cpu") {
    return "--device " + device + " --data-dir " + (folder() / "data").string() + " --out " +
           (folder() / name).string() + " --json " + (folder() / (name + ".json")).string() + " ";
  }
  static nlohmann::json json(const std::string& name) {
    return nlohmann::json::parse(std::ifstream(folder() / (name + ".json")));
  }
  static void expect_png(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string signature(8, '\0');
    file.read(signature.data(), 8);
    EXPECT_EQ(signature, "\x89PNG\r\n\x1a\n") << path;
  }
};

TEST_F(FlaxNnxMnist, TrainsPrintsAndWrites) {
  const Outcome out = run(flags("plain") + "--epochs 2 --limit-train 1024");
  ASSERT_EQ(out.status, 0) << out.output;
  for (const char* text :
       {"model.conv1.kernel.shape = (3, 3, 1, 32)", "train epoch: 1, loss: ", "test epoch: 2, loss: "})
    EXPECT_NE(out.output.find(text), std::string::npos) << out.output;
  expect_png(folder() / "plain" / "flax_nnx_mnist_curves.png");
  expect_png(folder() / "plain" / "flax_nnx_mnist_predictions.png");
  const auto result = json("plain");
  EXPECT_EQ(result["parameters"], 824458);
  EXPECT_EQ(result["device"], "cpu");
  ASSERT_EQ(result["epochs"].size(), 2u);
  EXPECT_GT(result["epochs"][1]["test_accuracy"].get<double>(), 0.5);
  EXPECT_LT(result["epochs"][1]["train_loss"].get<double>(), result["epochs"][0]["train_loss"].get<double>());
  EXPECT_GT(result["epochs"][0]["seconds"].get<double>(), 0);
}

TEST_F(FlaxNnxMnist, SameSeedSameBitsForAnyNumberOfThreads) {
  for (const char* edition : {"2024", "current"}) {
    nlohmann::json first;
    for (const char* threads : {"1", "2", "2"}) {
      const Outcome out = run(flags("threads") + "--no-progress --epochs 1 --limit-train 320 --edition " +
                              edition + " --threads " + threads);
      ASSERT_EQ(out.status, 0) << out.output;
      auto epoch = json("threads")["epochs"][0];
      epoch.erase("seconds");
      if (first.is_null()) first = epoch;
      EXPECT_EQ(first, epoch) << edition << ", " << threads << " threads";
    }
  }
}

TEST_F(FlaxNnxMnist, JitGivesTheSameBits) {
  for (const char* edition : {"2024", "current"}) {
    nlohmann::json results[2];
    for (int i = 0; i < 2; ++i) {
      const Outcome out = run(flags("jit") + "--no-progress --epochs 2 --limit-train 320 --edition " +
                              edition + (i ? " --no-jit" : ""));
      ASSERT_EQ(out.status, 0) << out.output;
      results[i] = json("jit")["epochs"];
      for (auto& epoch : results[i]) epoch.erase("seconds");
    }
    EXPECT_EQ(results[0], results[1]) << edition;
  }
}

TEST_F(FlaxNnxMnist, AGpuGivesTheCpusNumbers) {
  if (ramie::devices().size() == 1) GTEST_SKIP() << "no GPU";
  // The gradient of a bias before a batch normalisation is zero, and Adam makes steps of its rounding noise,
  // which the running mean remembers: so the current edition is compared less closely.
  for (const auto& [edition, tolerance] : {std::pair{"2024", 1e-4}, {"current", 1e-2}}) {
    for (const char* device : {"cpu", "cuda"}) {
      const Outcome out =
          run(flags(device, device) + "--no-progress --epochs 1 --limit-train 32 --batch-size 8 --edition " +
              edition);
      ASSERT_EQ(out.status, 0) << out.output;
    }
    EXPECT_EQ(json("cuda")["device"], "cuda:0");
    for (const char* loss : {"train_loss", "test_loss"}) {
      const double here = json("cpu")["epochs"][0][loss], there = json("cuda")["epochs"][0][loss];
      EXPECT_NEAR(there, here, tolerance * here) << edition << ", " << loss;
    }
  }
}

TEST_F(FlaxNnxMnist, AutoSaysWhatItChoseAndWhy) {
  const Outcome out = run(flags("auto", "auto") + "--no-progress --epochs 1 --limit-train 32");
  EXPECT_EQ(out.status, 0);
  EXPECT_NE(out.output.find("device: " + str(ramie::choose_device("auto").device)), std::string::npos)
      << out.output;
}

TEST_F(FlaxNnxMnist, SeedsDiffer) {
  std::array<nlohmann::json, 2> losses;
  for (int seed : {0, 1}) {
    ASSERT_EQ(run(flags("seed") + "--epochs 1 --limit-train 64 --seed " + std::to_string(seed)).status, 0);
    losses[static_cast<std::size_t>(seed)] = json("seed")["epochs"][0]["train_loss"];
  }
  EXPECT_NE(losses[0], losses[1]);
}

TEST_F(FlaxNnxMnist, BadInputIsNamed) {
  const auto expect = [](const std::string& arguments, int status, const std::string& text) {
    const Outcome out = run(arguments);
    EXPECT_EQ(out.status, status) << arguments;
    EXPECT_NE(out.output.find(text), std::string::npos) << arguments << "\n" << out.output;
  };
  expect("--frobnicate", 2, "--frobnicate");
  expect(flags("bad") + "--batch-size 0", 2, "--batch-size");
  expect(flags("bad") + "--epochs 0", 2, "--epochs");
  expect(flags("bad", "cuda:200"), 1, "[device] cuda:200 is not here: ");
  expect(flags("bad", "gpu"), 1, "[device] 'gpu' is no device: ");
  expect(flags("bad") + "--batch-size 4096", 1, "4096");
  fs::create_directories(folder() / "empty");
  expect("--out " + (folder() / "o").string() + " --data-dir " + (folder() / "empty").string(), 1,
         (folder() / "empty").string());
  std::ofstream(folder() / "file") << "no folder";
  expect("--data-dir " + (folder() / "data").string() + " --out " + (folder() / "file" / "out").string(), 1,
         "--out");
  expect("--data-dir " + (folder() / "data").string() + " --out " + (folder() / "bad").string() +
             " --json /nowhere/at/all.json",
         1, "/nowhere/at/all.json");
}

TEST_F(FlaxNnxMnist, StopsAtANonFiniteLoss) {
  const Outcome out = run(flags("nan") + "--epochs 1 --learning-rate 1e30");
  EXPECT_EQ(out.status, 1);
  EXPECT_NE(out.output.find("at step"), std::string::npos) << out.output;
  EXPECT_NE(out.output.find("smaller learning rate"), std::string::npos) << out.output;
}

}  // namespace
