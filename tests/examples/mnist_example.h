// Runs an example as a user does, on drawn digits in MNIST's files: a fixture for the tests of the MNIST
// examples.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include <ramie/data/drawn_digits.h>

namespace ramie::testing {

struct Outcome {
  int status;
  std::string output;
};

// Standard output and errors of the command.
inline Outcome outcome_of(const std::string& command) {
  Outcome out{0, ""};
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe)) out.output += buffer.data();
  out.status = WEXITSTATUS(pclose(pipe));
  return out;
}

inline void put(std::ofstream& out, std::uint32_t n) {
  for (int shift : {24, 16, 8, 0}) out.put(static_cast<char>(n >> shift & 255));
}

inline void write_split(const std::filesystem::path& folder, const std::string& prefix,
                        const data::Split& split) {
  const auto n = static_cast<std::uint32_t>(split.size());
  std::ofstream images(folder / (prefix + "-images-idx3-ubyte"), std::ios::binary);
  for (std::uint32_t v : {2051u, n, 28u, 28u}) put(images, v);
  const auto pixels = split.images.to_vector<std::uint8_t>();
  images.write(reinterpret_cast<const char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
  std::ofstream labels(folder / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
  for (std::uint32_t v : {2049u, n}) put(labels, v);
  for (int label : split.labels.to_vector<int>()) labels.put(static_cast<char>(label));
}

// 2048 training and 512 test images lie in folder() / "data".
class MnistExample : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder() = std::filesystem::temp_directory_path() / ("ramie_example_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder() / "data");
    write_split(folder() / "data", "train", data::draw_digits(2048, {.seed = 1}));
    write_split(folder() / "data", "t10k", data::draw_digits(512, {.seed = 2}));
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }
  static std::filesystem::path& folder() {
    static std::filesystem::path f;
    return f;
  }
  static std::string flags(const std::string& name, const std::string& device = "cpu") {
    return "--device " + device + " --data-dir " + (folder() / "data").string() + " --out " +
           (folder() / name).string() + " --json " + (folder() / (name + ".json")).string() + " ";
  }
  static nlohmann::json json(const std::string& name) {
    return nlohmann::json::parse(std::ifstream(folder() / (name + ".json")));
  }
  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void expect_png(const std::filesystem::path& path) {
    EXPECT_TRUE(text_of(path).starts_with("\x89PNG\r\n\x1a\n")) << path;
  }
};

}  // namespace ramie::testing
