#include "pictures.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/mnist.h"

using ramie::Tensor;

namespace {

// The grid of the tutorial: two rows of five.
ramie::train::Figure grid() {
  return ramie::train::Figure({.width = 12, .height = 5, .rows = 2, .columns = 5});
}

ramie::train::Axes& show(ramie::train::Figure& figure, const Tensor& images, int i) {
  const Tensor image = images[i];
  return figure.axes(i)
      .image(image.to_vector<std::uint8_t>(), static_cast<int>(image.shape(0)),
             static_cast<int>(image.shape(1)), {.channels = static_cast<int>(image.shape(2))})
      .axis_off();
}

int shown(const ramie::data::Batch& batch) {
  return static_cast<int>(std::min<std::int64_t>(10, batch["label"].size()));
}

void save(const ramie::train::Figure& figure, const std::filesystem::path& path) {
  figure.save(path);
  std::printf("Saved: %s\n", path.c_str());
}

}  // namespace

void save_samples(const ramie::data::Batch& batch, const Dataset& dataset,
                  const std::filesystem::path& path) {
  auto figure = grid();
  const auto labels = batch["label"].to_vector<std::size_t>();
  for (int i = 0; i < 10; ++i) {
    figure.axes(i).axis_off();
    if (i < shown(batch))
      show(figure, batch["image"], i).title("Label: " + dataset.classes[labels[static_cast<std::size_t>(i)]]);
  }
  save(figure, path);
}

void save_predictions(const ramie::data::Batch& batch, const Tensor& predicted, const Dataset& dataset,
                      const std::filesystem::path& path) {
  auto figure = grid();
  const auto truth = batch["label"].to_vector<std::size_t>(), said = predicted.to_vector<std::size_t>();
  for (int i = 0; i < 10; ++i) {
    figure.axes(i).axis_off();
    if (i >= shown(batch)) continue;
    const auto at = static_cast<std::size_t>(i);
    show(figure, batch["image"], i)
        .title("Predicted: " + dataset.classes[said[at]] + "\nTrue: " + dataset.classes[truth[at]],
               {.color = said[at] == truth[at] ? "green" : "red"});
  }
  save(figure, path);
}

void write_json(const Settings& s, std::int64_t parameters, std::int64_t batches_per_epoch,
                const std::vector<Epoch>& epochs) {
  nlohmann::ordered_json json = example::json_head(s.options, parameters);
  json["batches_per_epoch"] = batches_per_epoch;
  json["epochs"] = nlohmann::json::array();
  for (const Epoch& e : epochs)
    json["epochs"].push_back({{"losses", e.losses},
                              {"test_loss", e.test.loss},
                              {"test_accuracy", e.test.accuracy},
                              {"seconds", e.seconds}});
  example::write_json(s.options, json);
}
