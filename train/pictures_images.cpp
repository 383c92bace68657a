#include <ramie/tensor/error.h>
#include <ramie/tensor/layout.h>
#include <ramie/train/pictures.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

namespace ramie::train {
namespace {

constexpr double kSample = 2.5, kPrediction = 3, kMap = 1;  // inches

std::string str_of(const Tensor& x) { return str(x.layout()); }

// Some of a batch of images as floats, 0 to 1 if they were bytes, their normalisation undone.
struct Images {
  std::vector<float> pixels;
  int count = 0, height = 0, width = 0, channels = 0;

  std::span<const float> operator[](int i) const {
    const auto size = static_cast<std::size_t>(height) * static_cast<std::size_t>(width * channels);
    return {pixels.data() + static_cast<std::size_t>(i) * size, size};
  }
};

void check_images(const char* op, const Tensor& images) {
  const int axes = images.shape().rank();
  const bool fits = axes == 3 || (axes == 4 && (images.shape(3) == 1 || images.shape(3) == 3));
  if (!fits)
    fail(op,
         fmt::format("images are {}: they must be [N, H, W], [N, H, W, 1] or [N, H, W, 3], the channel last",
                     str_of(images)));
  if (images.size() == 0) fail(op, fmt::format("images are {}: there is none to draw", str_of(images)));
}

void check_normalisation(const char* op, const GridOptions& options, int channels) {
  for (const auto& [name, numbers] : {std::pair("mean", &options.mean), {"std", &options.std}})
    if (numbers->size() > 1 && numbers->size() != static_cast<std::size_t>(channels))
      fail(op, fmt::format("{} has {} numbers, but the images have {} channels: give one, or one per channel",
                           name, numbers->size(), channels));
}

double at(const std::vector<double>& numbers, std::size_t channel, double otherwise) {
  if (numbers.empty()) return otherwise;
  return numbers.size() == 1 ? numbers[0] : numbers[channel];
}

void denormalize(Images& images, const GridOptions& options) {
  if (options.mean.empty() && options.std.empty()) return;
  const auto channels = static_cast<std::size_t>(images.channels);
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    const double value =
        images.pixels[i] * at(options.std, i % channels, 1) + at(options.mean, i % channels, 0);
    images.pixels[i] = static_cast<float>(std::isnan(value) ? value : std::clamp(value, 0.0, 1.0));
  }
}

Images first_images(const char* op, const Tensor& all, const GridOptions& options) {
  if (options.rows < 1 || options.columns < 1)
    fail(op, fmt::format("{} rows and {} columns: both must be positive", options.rows, options.columns));
  check_images(op, all);
  const auto count = std::min<std::int64_t>(all.shape(0), std::int64_t{options.rows} * options.columns);
  const Tensor some = all.slice(0, 0, count);
  Images images{some.to_vector<float>(), static_cast<int>(count), static_cast<int>(all.shape(1)),
                static_cast<int>(all.shape(2)), all.shape().rank() == 4 ? static_cast<int>(all.shape(3)) : 1};
  check_normalisation(op, options, images.channels);
  if (!is_floating(all.dtype()) && all.dtype() != bool_)
    for (float& pixel : images.pixels) pixel /= 255;
  denormalize(images, options);
  return images;
}

std::vector<std::int64_t> first_labels(const char* op, const char* what, const Tensor& labels,
                                       const Tensor& images, int count) {
  if (labels.shape().rank() != 1 || is_floating(labels.dtype()))
    fail(op, fmt::format("{} are {}: they must be integers [N]", what, str_of(labels)));
  if (labels.shape(0) != images.shape(0))
    fail(op,
         fmt::format("{} {} for {} images: they must be as many", labels.shape(0), what, images.shape(0)));
  return labels.slice(0, 0, count).to_vector<std::int64_t>();
}

std::string name_of(const char* op, std::int64_t label, const std::vector<std::string>& names) {
  if (names.empty()) return fmt::format("{}", label);
  if (label < 0 || label >= static_cast<std::int64_t>(names.size()))
    fail(op, fmt::format("label {} has no name: there are {} class_names", label, names.size()));
  return names[static_cast<std::size_t>(label)];
}

// The least number of columns that fills all rows and is no less, but little more, than that of rows.
int columns_for(int count) {
  const int side = static_cast<int>(std::ceil(std::sqrt(count)));
  for (int columns = side; columns <= 2 * side; ++columns)
    if (count % columns == 0) return columns;
  return side;
}

Figure grid_of(const Images& images, const GridOptions& options, double size) {
  Figure figure({.width = options.width == 0 ? size * options.columns : options.width,
                 .height = options.height == 0 ? size * options.rows : options.height,
                 .dpi = options.dpi,
                 .rows = options.rows,
                 .columns = options.columns});
  figure.title(options.title);
  for (int i = 0; i < options.rows * options.columns; ++i) {
    if (i < images.count)
      figure.axes(i).image(images[i], images.height, images.width, {.channels = images.channels});
    else
      figure.axes(i).axis_off();
  }
  return figure;
}

struct Prediction {
  std::int64_t label;
  std::optional<double> confidence;
};

// The largest logit and its softmax.
Prediction best_of(std::span<const float> logits) {
  const auto best = std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - *best);
  return {best - logits.begin(), 1 / sum};
}

std::vector<Prediction> predictions_of(const Tensor& images, const Tensor& predictions, int count) {
  constexpr const char* op = "prediction_grid";
  std::vector<Prediction> result;
  if (!is_floating(predictions.dtype())) {
    for (const auto label : first_labels(op, "predictions", predictions, images, count))
      result.push_back({label, std::nullopt});
    return result;
  }
  if (predictions.shape().rank() != 2 || predictions.shape(0) != images.shape(0) || predictions.shape(1) == 0)
    fail(op, fmt::format("predictions are {} for {} images: they must be logits [N, classes] or integers [N]",
                         str_of(predictions), images.shape(0)));
  const auto logits = predictions.slice(0, 0, count).to_vector<float>();
  const auto classes = static_cast<std::size_t>(predictions.shape(1));
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
    result.push_back(best_of({logits.data() + i * classes, classes}));
  return result;
}

// Maps [count, height, width, channels] that all have the same place in a grid without titles.
Figure map_grid(const Images& maps, const MapsOptions& options) {
  const int columns = options.columns > 0 ? options.columns : columns_for(maps.count);
  Figure figure = grid_of(maps,
                          {.title = options.title,
                           .rows = (maps.count + columns - 1) / columns,
                           .columns = columns,
                           .width = options.width,
                           .height = options.height,
                           .dpi = options.dpi},
                          kMap);
  for (int i = 0; i < maps.count; ++i) figure.axes(i).x_ticks({}).y_ticks({});  // only a frame
  return figure;
}

// Element [h, w, channel] of map `m` is at (h * width + w) * stride + channel * step + m.
Images maps_of(const std::vector<float>& values, int count, int height, int width, int channels, int step) {
  Images maps{{}, count, height, width, channels};
  const auto stride = values.size() / static_cast<std::size_t>(height * width);
  for (int m = 0; m < count; ++m)
    for (int p = 0; p < height * width; ++p)
      for (int c = 0; c < channels; ++c)
        maps.pixels.push_back(
            values[static_cast<std::size_t>(p) * stride + static_cast<std::size_t>(c * step + m)]);
  return maps;
}

// Colour images are not stretched by themselves.
void stretch(Images& images) {
  const auto size = images.pixels.size() / static_cast<std::size_t>(images.count);
  for (auto* begin = images.pixels.data(); begin != images.pixels.data() + images.pixels.size();
       begin += size) {
    const auto [low, high] = std::ranges::minmax(std::span(begin, size));
    for (float& x : std::span(begin, size)) x = high > low ? (x - low) / (high - low) : 0;
  }
}

}  // namespace

Figure sample_grid(const Tensor& images, const Tensor& labels, const GridOptions& options) {
  constexpr const char* op = "sample_grid";
  const Images some = first_images(op, images, options);
  const auto classes = first_labels(op, "labels", labels, images, some.count);
  Figure figure = grid_of(some, options, kSample);
  for (int i = 0; i < some.count; ++i)
    figure.axes(i).axis_off().title(options.prefix +
                                    name_of(op, classes[static_cast<std::size_t>(i)], options.class_names));
  return figure;
}

Figure prediction_grid(const Tensor& images, const Tensor& labels, const Tensor& predictions,
                       const GridOptions& options) {
  constexpr const char* op = "prediction_grid";
  const Images some = first_images(op, images, options);
  const auto classes = first_labels(op, "labels", labels, images, some.count);
  const auto predicted = predictions_of(images, predictions, some.count);
  Figure figure = grid_of(some, options, kPrediction);
  for (int i = 0; i < some.count; ++i) {
    const auto truth = classes[static_cast<std::size_t>(i)];
    const auto [label, confidence] = predicted[static_cast<std::size_t>(i)];
    std::string title = fmt::format("True: {}, Pred: {}", name_of(op, truth, options.class_names),
                                    name_of(op, label, options.class_names));
    if (confidence) title += fmt::format("\nConfidence: {:.2f}", *confidence);
    figure.axes(i).axis_off().title(title, {.color = truth == label ? "green" : "red"});
  }
  return figure;
}

Figure kernel_grid(const Tensor& kernel, const MapsOptions& options) {
  if (kernel.shape().rank() != 4 || kernel.size() == 0)
    fail("kernel_grid",
         fmt::format("the kernel is {}: it must be [height, width, in, out] with at least one value",
                     str_of(kernel)));
  const int channels = kernel.shape(2) == 3 ? 3 : 1, out = static_cast<int>(kernel.shape(3));
  Images maps = maps_of(kernel.to_vector<float>(), out, static_cast<int>(kernel.shape(0)),
                        static_cast<int>(kernel.shape(1)), channels, out);
  if (channels == 3) stretch(maps);
  return map_grid(maps, options);
}

Figure feature_maps(const Tensor& activations, const MapsOptions& options) {
  if (activations.shape().rank() != 3 || activations.size() == 0)
    fail("feature_maps",
         fmt::format("activations are {}: they must be [H, W, C] of one image, as x[0] of a batch",
                     str_of(activations)));
  const auto& shape = activations.shape();
  return map_grid(maps_of(activations.to_vector<float>(), static_cast<int>(shape[2]),
                          static_cast<int>(shape[0]), static_cast<int>(shape[1]), 1, 1),
                  options);
}

}  // namespace ramie::train
