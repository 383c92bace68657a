// Runs the example as a user does, on drawn digits in MNIST's files.
#include "examples/mnist_example.h"

#include <ramie/tensor/device.h>

namespace fs = std::filesystem;

namespace {

using ramie::testing::Outcome;

Outcome run(const std::string& arguments) {
  return ramie::testing::outcome_of(RAMIE_EXAMPLES_DIR "/datarax_mnist " + arguments);
}

// The text with every number after a "=" or ": " as #, so that lines can be compared.
std::string without_numbers(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool number = out.ends_with("=") || out.ends_with("loss: ") || out.ends_with("accuracy: ") ||
                        out.ends_with("Time: ");
    if (!number || !std::isdigit(text[i])) {
      out += text[i];
      continue;
    }
    out += '#';
    while (i + 1 < text.size() && (std::isdigit(text[i + 1]) || text[i + 1] == '.')) ++i;
  }
  return out;
}

const std::string small = "--train-samples 168 --test-samples 40 --epochs 2 --batch-size 8 ";

class DataraxMnist : public ramie::testing::MnistExample {
 protected:
  // A quick run, and what it wrote but for times.
  static nlohmann::json results(const std::string& arguments) {
    const Outcome out = run(flags("results") + small + arguments);
    EXPECT_EQ(out.status, 0) << out.output;
    auto result = json("results");
    result.erase("waiting");
    for (auto& epoch : result["epochs"]) epoch.erase("seconds"), epoch.erase("samples_per_second");
    return result;
  }
};

TEST_F(DataraxMnist, PrintsTheLinesOfTheTutorial) {
  const Outcome out = run(flags("lines") + small + "--workers 2");
  ASSERT_EQ(out.status, 0) << out.output;
  std::string expected = R"(Training samples: 168
Test samples: 40
Created MNIST preprocessor with one-hot encoding
Created augmentation operators:
  - Brightness: ±0.1
  - Gaussian noise: std=#
Pipelines created:
  Train: Source -> Preprocess -> Brightness -> Noise
  Test:  Source -> Preprocess
Model output shape: (1, 10)
Model parameters: 421642

Starting training...
==================================================
)";
  for (const std::string epoch : {"Epoch 1", "Epoch 2"})
    expected += "  " + epoch + ", Batch 0: loss=#\n  " + epoch + ", Batch 20: loss=#\n" + epoch +
                "/2:\n  Train loss: #\n  Test accuracy: #%\n  Time: #s\n\n";
  expected += "Training complete!\n";
  for (const char* file : {"sample-grid.png", "training-loss.png", "throughput.png", "pipeline.svg",
                           "pipeline.mmd", "architecture.mmd"})
    expected += "Saved: " + (folder() / "lines/cv-mnist-").string() + file + "\n";
  EXPECT_NE(without_numbers(out.output).find(expected), std::string::npos) << out.output;

  for (const char* text : {"MNIST(train)", "shuffled(168, seed 42)", "batch(8)", "preprocess_mnist",
                           "Brightness(image, -0.1..0.1", "Noise(image", "prefetch(4, 2 workers)", "to cpu",
                           "The model waited for data "})
    EXPECT_NE(out.output.find(text), std::string::npos) << text << "\n" << out.output;
}

TEST_F(DataraxMnist, LearnsAndWritesItsPicturesAndNumbers) {
  const Outcome out =
      run(flags("files") + "--train-samples 512 --test-samples 100 --epochs 2 --batch-size 16");
  ASSERT_EQ(out.status, 0) << out.output;
  for (const char* picture : {"sample-grid", "training-loss", "throughput"})
    expect_png(folder() / "files" / ("cv-mnist-" + std::string(picture) + ".png"));
  EXPECT_TRUE(text_of(folder() / "files/cv-mnist-pipeline.svg").starts_with("<svg"));
  EXPECT_TRUE(text_of(folder() / "files/cv-mnist-pipeline.mmd").starts_with("flowchart TB\n"));
  EXPECT_NE(text_of(folder() / "files/cv-mnist-architecture.mmd").find("Data --> Model --> Train"),
            std::string::npos);
  const auto result = json("files");
  EXPECT_EQ(result["parameters"], 421642);
  EXPECT_EQ(result["device"], "cpu");
  ASSERT_EQ(result["epochs"].size(), 2u);
  EXPECT_EQ(result["epochs"][1]["losses"].size(), 32u);
  EXPECT_LT(result["epochs"][1]["train_loss"], result["epochs"][0]["train_loss"]);
  EXPECT_GT(result["epochs"][1]["test_accuracy"], 0.5);
  EXPECT_GT(result["waiting"]["seconds"], result["waiting"]["model_waited"]);
}

// With a learning rate of nothing, losses tell what the network was shown.
TEST_F(DataraxMnist, EveryEpochIsNewUnlessReplayed) {
  for (const bool replay : {false, true}) {
    const auto epochs = results(std::string("--learning-rate 1e-30 ") + (replay ? "--replay" : ""))["epochs"];
    EXPECT_EQ(epochs[0]["losses"] == epochs[1]["losses"], replay) << epochs;
  }
}

TEST_F(DataraxMnist, SameBitsForAnyNumberOfWorkersAndThreads) {
  const auto expected = results("--workers 1")["epochs"];
  for (const char* other :
       {"--workers 0", "--workers 2", "--workers 8", "--threads 1", "--threads 2", "--no-jit"})
    EXPECT_EQ(results(other)["epochs"], expected) << other;
}

TEST_F(DataraxMnist, SeedsAndClippingMatter) {
  const auto losses = [](const std::string& flags) { return results(flags)["epochs"][0]["losses"]; };
  const auto expected = losses("");
  EXPECT_EQ(losses("--seed 42"), expected);
  EXPECT_NE(losses("--seed 43"), expected);
  EXPECT_NE(losses("--no-clip"), expected);
}

TEST_F(DataraxMnist, AGpuGivesTheCpusNumbers) {
  if (ramie::devices().size() == 1) GTEST_SKIP() << "no GPU";
  const auto losses = [](const std::string& device) {
    EXPECT_EQ(
        run(flags(device, device) + "--epochs 1 --train-samples 64 --test-samples 64 --batch-size 16").status,
        0);
    return json(device)["epochs"][0]["losses"].get<std::vector<double>>();
  };
  const auto here = losses("cpu"), there = losses("cuda");
  ASSERT_EQ(here.size(), there.size());
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(there[i], here[i], 1e-4 * here[i]);
}

TEST_F(DataraxMnist, BadInputIsNamed) {
  const auto expect = [](const std::string& arguments, int status, const std::string& text) {
    const Outcome out = run(arguments);
    EXPECT_EQ(out.status, status) << arguments;
    EXPECT_NE(out.output.find(text), std::string::npos) << arguments << "\n" << out.output;
  };
  expect("--frobnicate", 2, "--frobnicate");
  for (const char* option : {"--train-samples", "--test-samples", "--batch-size", "--epochs"})
    expect(flags("bad") + option + " 0", 2, std::string(option) + ": must be at least 1, not 0");
  expect(flags("bad") + "--learning-rate 0", 2, "--learning-rate: must be above 0, not 0");
  expect(flags("bad") + "--workers -1", 2, "--workers");
  expect(flags("bad") + "--workers 100000", 2, "--workers");
  expect(flags("bad") + "--train-samples many", 2, "--train-samples: must be a number, not many");
  expect(flags("bad"), 1, "train[0:10000] reaches beyond the 2048 records");
  expect(flags("bad", "gpu"), 1, "[device] 'gpu' is no device: ");
  expect(flags("bad") + "--train-samples 64 --test-samples 64 --learning-rate 1e30 --batch-size 2", 1,
         "smaller learning rate");
  fs::create_directories(folder() / "empty");
  expect("--out " + (folder() / "o").string() + " --data-dir " + (folder() / "empty").string(), 1,
         (folder() / "empty").string());
  std::ofstream(folder() / "file") << "no folder";
  expect("--out " + (folder() / "file" / "out").string(), 1, "--out");
}

}  // namespace
