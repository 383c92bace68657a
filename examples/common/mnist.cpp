#include "common/mnist.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

namespace example {

using ramie::Tensor;

MnistData load_mnist(const Options& o) {
  ramie::data::Mnist mnist({.data_dir = o.data_dir, .seed = static_cast<std::uint64_t>(o.seed)});
  MnistData data{mnist.train(), mnist.test()};
  std::printf("%s: %lld training and %lld test images (%s)\n", data.train.description.c_str(),
              static_cast<long long>(data.train.size()), static_cast<long long>(data.test.size()),
              mnist.origin().c_str());
  if (o.limit_train > 0) {
    data.train.images = data.train.images.slice(0, 0, o.limit_train);
    data.train.labels = data.train.labels.slice(0, 0, o.limit_train);
  }
  if (data.train.size() < o.batch_size)
    ramie::fail("options", "a batch of " + std::to_string(o.batch_size) + " needs more than " +
                               std::to_string(data.train.size()) + " training images.");
  return data;
}

ramie::data::Batch normalized(ramie::data::Batch batch) {
  batch["image"] = batch["image"].astype(ramie::float32) / 255;
  return batch;
}

void print_epoch(const History& history, const std::string& split, std::int64_t epoch) {
  std::printf("%s epoch: %lld, loss: %.9g, accuracy: %.9g\n", split.c_str(), static_cast<long long>(epoch),
              history.at(split + "_loss").back(), history.at(split + "_accuracy").back() * 100);
  std::fflush(stdout);
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ramie::train::ProgressBar progress_bar(std::int64_t epoch, std::int64_t steps, const Options& o) {
  return ramie::train::ProgressBar(static_cast<std::size_t>(steps),
                                   {.label = "epoch " + std::to_string(epoch),
                                    .leave = false,
                                    .enabled = o.progress ? std::nullopt : std::optional(false)});
}

void check_loss(double loss, std::int64_t total) {
  if (!std::isfinite(loss))
    ramie::fail("training",
                "the loss is " + std::to_string(loss) + " at step " + std::to_string(total) +
                    ": try a smaller learning rate, clip_by_global_norm, or check the input for NaN.");
}

void report(ramie::train::ProgressBar& bar, std::int64_t step, const Tensor& loss, std::int64_t total) {
  const double value = loss.item();
  check_loss(value, total);
  bar.update(static_cast<std::size_t>(step), "loss " + std::to_string(value));
}

void save(const ramie::train::Figure& figure, const std::filesystem::path& path) {
  figure.save(path);
  std::printf("Saved: %s\n", path.c_str());
}

void save_curves(const History& history, const std::filesystem::path& path) {
  save(ramie::train::training_curves(history, {.width = 15, .height = 5, .plain = true}), path);
}

nlohmann::ordered_json json_head(const Options& o, std::int64_t parameters) {
  return {{"parameters", parameters},
          {"device", str(ramie::default_device())},
          {"threads", ramie::threads()},
          {"seed", o.seed}};
}

void write_json(const Options& o, const nlohmann::ordered_json& results) {
  if (o.json.empty()) return;
  std::ofstream file(o.json);
  file << results.dump(2) << "\n";
  if (!file.flush()) ramie::fail("json", "cannot write " + o.json.string() + ".");
}

void write_json(const Options& o, std::int64_t parameters, const History& history) {
  nlohmann::ordered_json out = json_head(o, parameters);
  out["epochs"] = nlohmann::json::array();
  for (std::size_t i = 0; i < history.at("seconds").size(); ++i) {
    nlohmann::ordered_json epoch;
    for (const auto& [name, values] : history)
      if (i < values.size()) epoch[name] = values[i];
    out["epochs"].push_back(epoch);
  }
  write_json(o, out);
}

}  // namespace example
