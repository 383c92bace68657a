#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>
#include <sstream>

#include <ramie/tensor/error.h>

#include "results.h"

namespace example {
namespace {

using ramie::train::Figure;

void save(const Figure& figure, const std::filesystem::path& path) {
  figure.save(path);
  std::printf("Saved: %s\n", path.c_str());
}

void save(const std::string& text, const std::filesystem::path& path) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) ramie::fail("datarax_mnist", "cannot write " + path.string() + ".");
  std::printf("Saved: %s\n", path.c_str());
}

// The mean of every `window` values in a row.
std::vector<double> smoothed(const std::vector<double>& x, std::size_t window) {
  std::vector<double> means;
  for (std::size_t i = window; i <= x.size(); ++i)
    means.push_back(mean(
        {x.begin() + static_cast<std::ptrdiff_t>(i - window), x.begin() + static_cast<std::ptrdiff_t>(i)}));
  return means;
}

constexpr const char* around = R"(  subgraph Model["CNN model"]
    Conv1["Conv 1→32<br/>3×3"] --> Pool1["MaxPool 2×2"] --> Conv2["Conv 32→64<br/>3×3"]
    Conv2 --> Pool2["MaxPool 2×2"] --> Dense1["Dense 3136→128"] --> Dense2["Dense 128→10"]
  end
  subgraph Train["Training loop"]
    Loss["Cross-entropy loss"] --> Opt["Adam optimizer"] --> Eval["Evaluation"]
  end
  Data --> Model --> Train
  style Data fill:#e1f5ff
  style Model fill:#fff4e1
  style Train fill:#f0ffe1
)";

// The pipeline's own chart as the first part of the tutorial's.
std::string architecture(const std::string& pipeline) {
  std::istringstream lines(pipeline);
  std::string line, text = "flowchart TB\n  subgraph Data[\"Data pipeline\"]\n";
  std::getline(lines, line);  // "flowchart TB"
  while (std::getline(lines, line)) text += "  " + line + "\n";
  return text + "  end\n" + around;
}

}  // namespace

void save_sample_grid(const ramie::data::Batch& batch, const std::filesystem::path& path) {
  Figure figure({.width = 8, .height = 8, .dpi = 150, .rows = 4, .columns = 4});
  figure.title("MNIST Training Samples (with augmentation)");
  const ramie::Tensor images = clip(batch["image"] * mnist_std + mnist_mean, 0, 1);
  const auto labels = batch["label"].to_vector<int>();
  for (int i = 0; i < 16; ++i) {
    auto& axes = figure.axes(i).axis_off();
    if (i >= images.shape(0)) continue;
    axes.image(images[i].to_vector<float>(), static_cast<int>(images.shape(1)),
               static_cast<int>(images.shape(2)));
    axes.title("Label: " + std::to_string(labels[static_cast<std::size_t>(i)]));
  }
  save(figure, path);
}

void save_training_loss(const std::vector<double>& losses, const std::filesystem::path& path) {
  Figure figure({.width = 10, .height = 6, .dpi = 150});
  auto& axes = figure.axes().title("MNIST Training Loss").x_label("Batch").y_label("Loss").grid(0.3);
  axes.line(losses, {.width = 0.5, .alpha = 0.7});
  const std::size_t window = std::min<std::size_t>(20, losses.size() / 5);
  if (window > 1) {
    std::vector<double> x(losses.size() - window + 1);
    std::iota(x.begin(), x.end(), static_cast<double>(window - 1));
    axes.line(x, smoothed(losses, window), {.label = "Smoothed", .width = 2}).legend();
  }
  save(figure, path);
}

void save_throughput(const std::vector<double>& throughputs, const std::filesystem::path& path) {
  Figure figure({.width = 10, .height = 6, .dpi = 150});
  const double average = mean(throughputs);
  const std::string label = "Average: " + std::to_string(std::llround(average)) + " samples/s";
  figure.axes()
      .title("Pipeline Throughput During Training")
      .x_label("Batch")
      .y_label("Throughput (samples/second)")
      .grid(0.3)
      .line(throughputs, {.alpha = 0.5})
      .horizontal_line(average, {.label = label, .color = "r", .dashed = true})
      .legend();
  save(figure, path);
}

void save_pipeline(const ramie::data::Pipeline& pipeline, const std::filesystem::path& folder) {
  save(pipeline.svg(), folder / "cv-mnist-pipeline.svg");
  save(pipeline.mermaid(), folder / "cv-mnist-pipeline.mmd");
  save(architecture(pipeline.mermaid()), folder / "cv-mnist-architecture.mmd");
}

}  // namespace example
