// Runs the example as a user does, on drawn digits in MNIST's files.
#include "examples/mnist_example.h"

namespace {

using ramie::testing::Outcome;

const std::string program = RAMIE_EXAMPLES_DIR "/treadmill ";
const std::string small = "--limit-train 320 --no-progress ";

class Treadmill : public ramie::testing::MnistExample {
 protected:
  static Outcome run(const std::string& name, const std::string& arguments) {
    return ramie::testing::outcome_of(program + flags(name) + small +
                                      (arguments.find("--epochs") == arguments.npos ? "--epochs 2 " : "") +
                                      arguments);
  }
  // What it measured, but for times.
  static nlohmann::json history(const std::string& name) {
    nlohmann::json result = json(name)["history"];
    result.erase("seconds");
    return result;
  }
};

void expect_in_order(const std::string& text, const std::vector<std::string>& parts) {
  std::size_t at = 0;
  for (const auto& part : parts) {
    at = text.find(part, at);
    ASSERT_NE(at, text.npos) << "'" << part << "' is not there, or too early, in\n" << text;
    at += part.size();
  }
}

TEST_F(Treadmill, TellsAndDrawsWhatTheTutorialDoes) {
  const Outcome out = run("simple", "");
  ASSERT_EQ(out.status, 0) << out.output;
  expect_in_order(out.output,
                  {"Training samples: 320", "Test samples: 512", "Model has 421,642 parameters",
                   "Training CNN on MNIST...", "SimpleCNN", "Epoch 1/2", "Metric", "Validation", "Accuracy",
                   "Loss", "Epoch 2/2", "Test Results:", "Test Loss: ", "Test Accuracy: 0.",
                   "CNN Layer Analysis:", "conv1", "float32[1,28,28,32]", "fc2", "421,642"});
  for (const char* picture : {"samples", "history", "predictions", "confusion"})
    expect_png(folder() / "simple" / ("treadmill_" + std::string(picture) + ".png"));
  EXPECT_GT(json("simple")["test_accuracy"], 0.2);
  EXPECT_EQ(json("simple")["parameters"], 421642);
}

TEST_F(Treadmill, HasTheDeeperAndTheNormalisedNetwork) {
  for (const auto& [model, parameters] : {std::pair("deeper", 98442), std::pair("batch_norm", 421834)}) {
    const Outcome out = run(model, "--model " + std::string(model));
    ASSERT_EQ(out.status, 0) << out.output;
    EXPECT_EQ(json(model)["parameters"], parameters) << model;
    EXPECT_GT(json(model)["test_accuracy"], 0.12) << model;
  }
}

TEST_F(Treadmill, StopsEarly) {
  const Outcome out = run("early", "--patience 1 --learning-rate 0.05 --epochs 9");
  ASSERT_EQ(out.status, 0) << out.output;
  expect_in_order(out.output, {"Early stopping triggered after ", "Best val_loss: "});
  EXPECT_LT(json("early")["history"]["epochs"], 9);
}

// Ctrl-C wherever it comes, and the same command again.
TEST_F(Treadmill, ResumesWithTheSameNumbers) {
  ASSERT_EQ(run("whole", "").status, 0);
  const std::string again =
      flags("parts") + small + "--epochs 2 --resume --checkpoint-dir " + (folder() / "checkpoints").string();
  for (const char* seconds : {"0.3", "0.6", "0.9", "1.5"})
    ramie::testing::outcome_of("timeout -s INT " + std::string(seconds) + " " + program + again);
  const Outcome last = ramie::testing::outcome_of(program + again);
  ASSERT_EQ(last.status, 0) << last.output;
  EXPECT_EQ(history("parts"), history("whole"));
}

}  // namespace
