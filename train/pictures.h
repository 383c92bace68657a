// The figures that a training ends with, ready made. Each is a Figure: change what you like, then save() it
// as PNG, SVG or PDF.
//
//   train::training_curves(history).save("curves.png");
//   train::sample_grid(batch["image"], batch["label"], {.title = "MNIST Sample Images"}).save("samples.png");
//   train::prediction_grid(images, labels, model(images), {.title = "Model
//   Predictions"}).save("predicted.svg"); train::confusion_matrix(confusion.compute(), {.class_names =
//   names}).save("confusion.png");
//
// Widths and heights are in inches, dpi in pixels per inch of a PNG. Numbers that are NaN or infinite leave a
// gap.
#pragma once

#include <ramie/tensor/tensor.h>
#include <ramie/train/figure.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ramie::train {

// ---- Curves
struct CurvesOptions {
  // One axes each: "loss" is train_loss, val_loss and test_loss, as many as there are. None named: all that
  // the history has, the loss first.
  std::vector<std::string> metrics = {};
  double width = 0, height = 0, dpi = 150;  // 0: 6 x 5 inches for each axes, at most three in a row
  // Where the first value stands: epochs are counted from 1, as they are printed (matplotlib's plot(history)
  // counts from 0).
  int first_epoch = 1;
  // As Flax's tutorial draws them: titles and labels are the history's own names, colours are those of the
  // cycle, without grid. Otherwise as Treadmill's: training is blue, validation red.
  bool plain = false;
};

// From values by epoch, as in train::History: "train_loss", "val_loss", "train_accuracy", ... Throws Error if
// there is no value, a metric is missing, or series that share an axes have unequal lengths.
Figure training_curves(const std::map<std::string, std::vector<double>>& history,
                       const CurvesOptions& options = {});

struct BatchCurveOptions {
  std::string title = "Training Loss", x_label = "Batch", y_label = "Loss";
  int window = 20;  // of the moving average, at most a fifth of the values; 1: none
  double width = 10, height = 6, dpi = 150;
};
// One value for each batch, thin, and their moving average, as Datarax's tutorial draws the loss.
Figure batch_curve(const std::vector<double>& values, const BatchCurveOptions& options = {});

struct RateCurveOptions {
  std::string title = "Learning Rate", x_label = "Step";
  double width = 8, height = 4.5, dpi = 150;
};
// The learning rate at each step (or epoch), from 0 on.
Figure learning_rate_curve(const std::vector<double>& rates, const RateCurveOptions& options = {});

struct ThroughputOptions {
  std::string title = "Training Throughput";
  std::string x_label = "Epoch", y_label = "Throughput (images/second)";
  std::string unit = "images/s";  // of the average in the legend
  int first = 1;                  // where the first value stands
  double width = 10, height = 6, dpi = 150;
};
// Images per second over the epochs (or batches), with their average.
Figure throughput(const std::vector<double>& values, const ThroughputOptions& options = {});

// The same as bars: each series has its colour, and one value for each group.
struct ThroughputBars {
  std::vector<std::string> groups;                                  // {"batch 32", "batch 128"}
  std::vector<std::pair<std::string, std::vector<double>>> series;  // {{"ramie", {900, 1400}}, ...}
};
Figure throughput(const ThroughputBars& bars, const ThroughputOptions& options = {});

// ---- Images
struct GridOptions {
  std::string title = "";  // above them all
  int rows = 2, columns = 4;
  double width = 0, height = 0, dpi = 150;  // 0: 2.5 inches for each image, 3 for each prediction
  // What the images were normalised with, (x - mean) / std, which is undone: one number, or one per channel.
  std::vector<double> mean = {}, std = {};
  std::vector<std::string> class_names = {};  // in place of the labels' numbers
  std::string prefix = "Label: ";             // of sample_grid's titles
};

// The first rows * columns images, each with its label. Images are [N, H, W], [N, H, W, 1] or [N, H, W, 3],
// of integers from 0 to 255 or of floats from 0 to 1; gray ones are stretched from black to white. Labels are
// integers [N]. Throws Error for other shapes, and when there is no image.
Figure sample_grid(const Tensor& images, const Tensor& labels, const GridOptions& options = {});

// The same with the model's answers: "True: 7, Pred: 1", green if right, red if wrong. `predictions` are
// logits (or logarithms of probabilities) [N, classes], whose softmax gives a second line "Confidence: 0.98",
// or just the classes, integers [N].
Figure prediction_grid(const Tensor& images, const Tensor& labels, const Tensor& predictions,
                       const GridOptions& options = {});

struct MapsOptions {
  std::string title = "";
  int columns = 0;                          // 0: about as many as rows
  double width = 0, height = 0, dpi = 150;  // 0: an inch for each map
};
// What a convolution has learnt to look for: a kernel [height, width, in, out] as `out` images, in colour if
// it has three input channels, else of the first one.
Figure kernel_grid(const Tensor& kernel, const MapsOptions& options = {});
// What a layer has found in one image: activations [H, W, C] as C gray images.
Figure feature_maps(const Tensor& activations, const MapsOptions& options = {});

// ---- Classes
struct ConfusionOptions {
  std::string title = "Confusion Matrix";
  std::vector<std::string> class_names = {};  // else their numbers
  bool normalize = false;                     // shares of each true class instead of counts
  double dpi = 150;                           // the size follows from the number of classes
};
// Counts [classes, classes], a row for each true class and a column for each predicted one, as
// nn::metrics::ConfusionMatrix has them. Up to 100 classes have their numbers in the cells. Throws Error for
// other shapes and for negative counts.
Figure confusion_matrix(const Tensor& counts, const ConfusionOptions& options = {});

}  // namespace ramie::train
