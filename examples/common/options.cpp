#include "common/options.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>

#include <ramie/autograd/jit.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/error.h>

namespace example {
namespace {

template <class Good>
CLI::Validator number(const std::string& rule, const std::string& hint, Good good) {
  return CLI::Validator(
      [=](const std::string& text) {
        double value = 0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        return is_number && good(value) ? "" : "must be " + (is_number ? rule : "a number") + ", not " + text;
      },
      hint);
}

void add_flags(CLI::App& app, Options& o) {
  app.add_option("--data-dir", o.data_dir,
                 "folder of the data files (else $RAMIE_DATA_DIR, the cache, a download)");
  app.add_option("--epochs", o.epochs, "passes over the training set")
      ->check(at_least(1))
      ->capture_default_str();
  app.add_option("--batch-size", o.batch_size, "records in a step")
      ->check(at_least(1))
      ->capture_default_str();
  app.add_option("--learning-rate", o.learning_rate, "of the optimizer")
      ->check(above(0))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "seed of weights, shuffling, noise and drawn digits")
      ->capture_default_str();
  app.add_option("--threads", o.threads, "threads; 0: one for each processor")->check(at_least(0));
  app.add_option("--device", o.device, "where to compute: auto, cpu, cuda, or cuda:1 ...")
      ->capture_default_str();
  app.add_option("--out", o.out, "folder for the pictures")->capture_default_str();
  app.add_option("--pictures", o.pictures, "their format")
      ->check(CLI::IsMember({"png", "svg", "pdf"}))
      ->capture_default_str();
  app.add_option("--json", o.json, "write the results to this file too");
  app.add_flag("!--no-jit", o.jit, "run the steps op by op");
}

void prepare(const Options& o) {
  std::error_code error;
  std::filesystem::create_directories(o.out, error);
  if (error)
    ramie::fail("options", "cannot make the folder " + o.out.string() + " (" + error.message() +
                               "): choose another with --out.");
  check_writable(o.out / ".writable");
  if (!o.json.empty()) check_writable(o.json);
  const auto [device, why] = ramie::choose_device(o.device);
  ramie::set_default_device(device);
  if (o.device == "auto") std::printf("device: %s (%s)\n", ramie::describe(device).c_str(), why.c_str());
  if (o.threads > 0) ramie::set_threads(o.threads);
}

}  // namespace

void check_writable(const std::filesystem::path& file) {
  const bool existed = std::filesystem::exists(file);
  if (!std::ofstream(file, std::ios::app))
    ramie::fail("options", "cannot write " + file.string() + ": choose another (--out, --json, --save).");
  if (!existed) std::filesystem::remove(file);
}

CLI::Validator at_least(double least) {
  const std::string bound = CLI::detail::to_string(least);
  return number("at least " + bound, ">= " + bound, [=](double x) { return x >= least; });
}

CLI::Validator above(double bound) {
  const std::string text = CLI::detail::to_string(bound);
  return number("above " + text, "> " + text, [=](double x) { return x > bound; });
}

int run(int argc, char** argv, const std::string& description, Options o,
        const std::function<void(CLI::App&, Options&)>& more,
        const std::function<void(const Options&)>& example) {
  CLI::App app(description);
  add_flags(app, o);
  if (more) more(app, o);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // whole lines, into a pipe too
  try {
    prepare(o);
    std::optional<ramie::DisableJit> eager;
    if (!o.jit) eager.emplace();
    example(o);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}

}  // namespace example
