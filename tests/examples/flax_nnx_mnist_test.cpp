// Runs the example as a user does, on drawn digits in MNIST's files.
#include "examples/mnist_example.h"

#include <sstream>

namespace fs = std::filesystem;

namespace {

using ramie::testing::Outcome;

Outcome run(const std::string& arguments) {
  return ramie::testing::outcome_of(RAMIE_EXAMPLES_DIR "/flax_nnx_mnist " + arguments);
}

using FlaxNnxMnist = ramie::testing::MnistExample;

// The tutorial's lines, in order.
const std::vector<std::string> lines{"model = ",
                                     "CNN(",
                                     "conv1 = Conv(",
                                     "kernel_size = (3, 3)",
                                     "\n...\n\nmodel.conv1.kernel.shape = (3, 3, 1, 32)\n[[",
                                     "]]\nfloat32[1,10] cpu\n",
                                     "train epoch: 1, loss: ",
                                     ", accuracy: ",
                                     "test epoch: 1, loss: ",
                                     "train epoch: 2, loss: ",
                                     "test epoch: 2, loss: ",
                                     "Saved: ",
                                     "flax_nnx_mnist_curves.png",
                                     "flax_nnx_mnist_predictions.png"};

// What an untrained model of seed 0 says to an image of ones; Flax says the same.
void expect_flax_logits(const std::string& output) {
  const auto flax = nlohmann::json::parse(std::ifstream(RAMIE_TEST_DATA "/flax_nnx.json"));
  std::istringstream numbers(output.substr(output.find("[[") + 2));
  for (const double expected : flax["editions"]["plain"]["logits"]["ones"]["logits"]) {
    double logit = 0;
    char comma = 0;
    numbers >> logit >> comma;
    EXPECT_NEAR(logit, expected, 1e-5);
  }
}

TEST_F(FlaxNnxMnist, TrainsPrintsAndWrites) {
  const Outcome out = run(flags("plain") + "--epochs 2 --limit-train 1024");
  ASSERT_EQ(out.status, 0) << out.output;
  std::size_t at = 0;
  for (const auto& line : lines) {
    at = out.output.find(line, at);
    ASSERT_NE(at, std::string::npos) << line << "\nis missing in\n" << out.output;
  }
  const auto model = out.output.find("model = "), dots = out.output.find("\n...\n");
  EXPECT_EQ(dots - model, 500u);
  expect_flax_logits(out.output);
  EXPECT_EQ(out.output.find("published"), std::string::npos);  // other settings, other numbers
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

TEST_F(FlaxNnxMnist, PicturesHaveTheFormatThatWasAskedFor) {
  for (const char* edition : {"2024", "current"}) {
    const std::string name = std::string("svg_") + edition;
    const Outcome out = run(flags(name) + "--epochs 1 --limit-train 64 --pictures svg --edition " + edition);
    ASSERT_EQ(out.status, 0) << out.output;
    EXPECT_NE(text_of(folder() / name / "flax_nnx_mnist_curves.svg").find("<title>Loss; Accuracy</title>"),
              std::string::npos);
    EXPECT_NE(text_of(folder() / name / "flax_nnx_mnist_predictions.svg").find("label="), std::string::npos);
  }
  const Outcome out = run(flags("bad") + "--pictures bmp");
  EXPECT_EQ(out.status, 2);
  EXPECT_NE(out.output.find("--pictures"), std::string::npos) << out.output;
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
