// The flags that the examples share.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace example {

struct Options {
  std::filesystem::path data_dir = {}, out = "out", json = {};
  std::int64_t epochs = 10, batch_size = 32, limit_train = 0;
  std::int64_t seed = 0;
  double learning_rate = 0.005;
  int threads = 0;
  std::string device = "auto", pictures = "png";
  bool progress = true, jit = true;

  // Where a picture goes: "curves" -> out/curves.png, as --pictures says.
  std::filesystem::path picture(const std::string& name) const { return out / (name + "." + pictures); }
};

// Checks of numbers, for an option's ->check(...): "--epochs: must be at least 1, not 0".
CLI::Validator at_least(double least);
CLI::Validator above(double bound);

// An error where the file cannot be written. For use before hours of training, not after.
void check_writable(const std::filesystem::path& file);

// Parses the flags (`more` adds an example's own ones), sets threads, makes the folder --out and checks that
// it can be written, then runs the example. An exception becomes one line on standard error and exit status
// 1; wrong flags give status 2.
int run(int argc, char** argv, const std::string& description, Options defaults,
        const std::function<void(CLI::App&, Options&)>& more,
        const std::function<void(const Options&)>& example);

}  // namespace example
