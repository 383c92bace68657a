// The example as a user runs it, in an empty folder.
#include "examples/mnist_example.h"

#include <sstream>

namespace fs = std::filesystem;

namespace {

TEST(Regression, FitsTheCurveAndDrawsIt) {
  const fs::path folder = fs::temp_directory_path() / ("ramie_regression_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const auto out =
      ramie::testing::outcome_of("cd " + folder.string() + " && " RAMIE_EXAMPLES_DIR "/regression");
  EXPECT_EQ(out.status, 0) << out.output;

  std::vector<double> losses;
  std::istringstream lines(out.output);
  std::string word;
  while (lines >> word)
    if (word == "loss" && lines >> word) losses.push_back(std::stod(word));
  ASSERT_EQ(losses.size(), 11u) << out.output;
  EXPECT_GT(losses.front(), 0.4);
  EXPECT_LT(losses.back(), 0.012);  // the noise has a variance of 0.01
  EXPECT_GT(losses.back(), 0.007);
  EXPECT_TRUE(out.output.ends_with("Saved: regression.png\n")) << out.output;
  std::ifstream png(folder / "regression.png", std::ios::binary);
  EXPECT_EQ(png.get(), 0x89);
  fs::remove_all(folder);
}

}  // namespace
