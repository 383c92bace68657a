// Runs the example as a user does, on drawn digits in MNIST's files.
#include "examples/mnist_example.h"

namespace {

using ramie::testing::Outcome;

Outcome run(const std::string& arguments) {
  return ramie::testing::outcome_of(RAMIE_EXAMPLES_DIR "/flax_linen " + arguments);
}

using FlaxLinen = ramie::testing::MnistExample;

TEST_F(FlaxLinen, TrainsPrintsAndWrites) {
  const Outcome out = run(flags("plain") + "--epochs 2 --batch-size 32 --limit-train 1000");
  ASSERT_EQ(out.status, 0) << out.output;
  for (const char* text : {"eval epoch: 1, loss: ", "eval epoch: 2, loss: ", ", accuracy: "})
    EXPECT_NE(out.output.find(text), std::string::npos) << out.output;
  expect_png(folder() / "plain" / "flax_linen_curves.png");
  const auto result = json("plain");
  EXPECT_EQ(result["parameters"], 824458);
  EXPECT_EQ(result["device"], "cpu");
  ASSERT_EQ(result["epochs"].size(), 2u);
  EXPECT_GT(result["epochs"][1]["test_accuracy"].get<double>(), 0.5);
  EXPECT_LT(result["epochs"][1]["test_loss"].get<double>(), result["epochs"][0]["test_loss"].get<double>());
}

// The last batch is smaller; the default size is the tutorial's.
TEST_F(FlaxLinen, SameBitsForAnyNumberOfThreadsAndWithoutJit) {
  nlohmann::json first;
  for (const char* how : {"--threads 1", "--threads 2", "--threads 2 --no-jit"}) {
    const Outcome out = run(flags("bits") + "--epochs 2 --limit-train 320 " + how);
    ASSERT_EQ(out.status, 0) << out.output;
    auto epochs = json("bits")["epochs"];
    for (auto& epoch : epochs) epoch.erase("seconds");
    if (first.is_null()) first = epochs;
    EXPECT_EQ(first, epochs) << how;
  }
}

TEST_F(FlaxLinen, AGpuGivesTheCpusNumbers) {
  if (ramie::devices().size() == 1) GTEST_SKIP() << "no GPU";
  for (const char* device : {"cpu", "cuda"}) {
    const Outcome out = run(flags(device, device) + "--epochs 1 --limit-train 24 --batch-size 8");
    ASSERT_EQ(out.status, 0) << out.output;
  }
  const double here = json("cpu")["epochs"][0]["test_loss"], there = json("cuda")["epochs"][0]["test_loss"];
  EXPECT_NEAR(there, here, 1e-4 * here);
}

TEST_F(FlaxLinen, BadInputIsNamed) {
  EXPECT_EQ(run("--frobnicate").status, 2);
  EXPECT_EQ(run(flags("bad") + "--batch-size 0").status, 2);
  const Outcome out = run(flags("nan") + "--epochs 1 --limit-train 256 --learning-rate 1e30");
  EXPECT_EQ(out.status, 1);
  EXPECT_NE(out.output.find("smaller learning rate"), std::string::npos) << out.output;
}

}  // namespace
