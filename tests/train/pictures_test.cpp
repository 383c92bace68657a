#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/train/pictures.h>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>

#include "support/error.h"
#include "train/picture.h"

namespace ramie::train {
namespace {

using Curves = std::map<std::string, std::vector<double>>;

const Curves history{{"train_loss", {0.5, 0.2, 0.1}},
                     {"val_loss", {0.4, NAN, 0.3}},
                     {"train_accuracy", {0.8, 0.9, 0.95}},
                     {"val_accuracy", {0.85, NAN, 0.9}},
                     {"seconds", {1, 1, 1}}};

Tensor numbers(const Shape& shape, DType dtype = float32) {
  return reshape(arange(0, static_cast<double>(shape.size()), 1, dtype), shape);
}
// The first pixel's bytes.
std::vector<int> first_rgb(Figure& figure, int axes = 0) {
  const auto& rgb = figure.axes(axes).content().image.rgb;
  return {rgb.at(0), rgb.at(1), rgb.at(2)};
}
std::string title_of(Figure& figure, int axes) { return figure.axes(axes).content().title; }
Rgb title_color(Figure& figure, int axes) { return figure.axes(axes).content().title_color; }

// ---- Every picture as a file
struct Drawn {
  const char* name;
  std::function<Figure()> figure;
  int width, height;               // pixels
  std::vector<std::string> texts;  // in the words of the SVG
};

class Pictures : public testing::TestWithParam<Drawn> {
 protected:
  Pictures() { std::filesystem::create_directories(folder_); }
  ~Pictures() override { std::filesystem::remove_all(folder_); }
  std::string saved(Figure figure, const std::string& name) const {
    figure.save(folder_ / name);
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / (std::string("pictures_") + GetParam().name);
};

TEST_P(Pictures, PngHasItsSizeAndMoreThanWhite) {
  saved(GetParam().figure(), "a.png");
  const Picture picture(folder_ / "a.png");
  EXPECT_EQ(picture.width, GetParam().width);
  EXPECT_EQ(picture.height, GetParam().height);
  EXPECT_LT(picture.count(0xffffff), picture.width * picture.height - 1000);
  for (int x : {0, picture.width - 1})
    for (int y : {0, picture.height - 1}) EXPECT_EQ(picture.at(x, y), 0xffffffu);
}

TEST_P(Pictures, SvgIsXmlWithTheTitlesAndPdfIsPdf) {
  const std::string svg = saved(GetParam().figure(), "a.svg");
  EXPECT_EQ(xml_problem(svg), "");
  for (const auto& text : GetParam().texts) EXPECT_NE(svg.find(text), svg.npos) << text;
  EXPECT_TRUE(saved(GetParam().figure(), "a.pdf").starts_with("%PDF-"));
}

const Tensor labels = tensor({3, 1, 0}, int32);
const Tensor gray = numbers({3, 4, 4}), colored = numbers({3, 4, 4, 3}, uint8);
const Tensor logits = tensor({{0.f, 0.f, 0.f, 9.f}, {9.f, 0.f, 0.f, 0.f}, {1.f, 1.f, 1.f, 1.f}});

INSTANTIATE_TEST_SUITE_P(
    All, Pictures,
    testing::Values(
        Drawn{"Curves",
              [] { return training_curves(history); },
              1800,
              750,
              {"Training Loss; Training Accuracy"}},
        Drawn{"PlainCurves",
              [] { return training_curves(history, {.width = 15, .height = 5, .dpi = 100, .plain = true}); },
              1500,
              500,
              {"Loss; Accuracy"}},
        Drawn{
            "Batches", [] { return batch_curve(std::vector<double>(50, 2)); }, 1500, 900, {"Training Loss"}},
        Drawn{"Rate",
              [] {
                return learning_rate_curve({0.1, NAN, 0.05});
              },
              1200,
              675,
              {"Learning Rate"}},
        Drawn{"Throughput",
              [] {
                return throughput({900, 1000, NAN});
              },
              1500,
              900,
              {"Training Throughput"}},
        Drawn{"Bars",
              [] {
                return throughput(ThroughputBars{{"32", "128"}, {{"ramie", {9, 14}}, {"other", {8, NAN}}}});
              },
              1500,
              900,
              {"Training Throughput"}},
        Drawn{"Samples",
              [] { return sample_grid(gray, labels, {.title = "Four & one"}); },
              1500,
              750,
              {"<title>Four &amp; one</title>", "Label: 3; Label: 1; Label: 0"}},
        Drawn{"Predictions",
              [] { return prediction_grid(colored, labels, logits); },
              1800,
              900,
              {"True: 3, Pred: 3 Confidence: 1.00", "True: 1, Pred: 0 Confidence: 1.00",
               "True: 0, Pred: 0 Confidence: 0.25"}},
        Drawn{"Kernels",
              [] {
                return kernel_grid(numbers({3, 3, 1, 8}), {.title = "conv1"});
              },
              600,
              300,
              {"conv1"}},
        Drawn{"Maps",
              [] {
                return feature_maps(numbers({5, 5, 7}), {.columns = 4});
              },
              600,
              300,
              {}},
        Drawn{"Confusion",
              [] {
                return confusion_matrix(tensor({{8, 0}, {1, 9}}, int32));
              },
              607,
              535,
              {"Confusion Matrix"}}),
    [](const auto& info) { return std::string(info.param.name); });

// ---- Curves

TEST(TrainingCurves, TrainingIsBlueAndValidationRedFromTheFirstEpochOn) {
  Figure figure = training_curves(history);
  const auto& loss = figure.axes(0).content();
  ASSERT_EQ(loss.lines.size(), 2u);
  EXPECT_EQ(loss.lines[0].label, "Training Loss");
  EXPECT_EQ(loss.lines[1].label, "Validation Loss");
  EXPECT_EQ(loss.lines[0].pen.color, color("blue"));
  EXPECT_EQ(loss.lines[1].pen.color, color("red"));
  EXPECT_EQ(loss.lines[0].points[0].x, 1);
  EXPECT_EQ(loss.lines[0].points[2].y, 0.1);
  EXPECT_EQ(loss.x_label, "Epoch");
  EXPECT_EQ(loss.y_label, "Loss");
  EXPECT_EQ(loss.grid_alpha, 0.3);
  EXPECT_TRUE(loss.legend);
}

TEST(TrainingCurves, PlainOnesHaveTheNamesOfTheHistory) {
  Figure figure = training_curves(history, {.metrics = {"accuracy"}, .first_epoch = 0, .plain = true});
  const auto& accuracy = figure.axes(0).content();
  EXPECT_EQ(accuracy.lines[1].label, "val_accuracy");
  EXPECT_EQ(accuracy.lines[1].pen.color, color("C1"));
  EXPECT_EQ(accuracy.lines[1].points[0].x, 0);
  EXPECT_EQ(accuracy.title, "Accuracy");
  EXPECT_EQ(accuracy.grid_alpha, 0);
}

TEST(TrainingCurves, DrawWhatTheHistoryHas) {
  Figure figure = training_curves(
      {{"test_loss", {1}}, {"val_loss", {1}}, {"train_loss", {1}}, {"val_top_k", {1}}, {"a", {1}}});
  EXPECT_EQ(figure.axes(0).content().lines[2].pen.color, color("green"));
  EXPECT_EQ(title_of(figure, 1), "Validation Top K");
  EXPECT_THROW(figure.axes(2), Error);
}

TEST(TrainingCurves, ErrorsSayWhatIsMissing) {
  EXPECT_EQ(error_text([] {
              training_curves(Curves{{"seconds", {1}}});
            }),
            "[training_curves] the history has no train_, val_ or test_ values: train for an epoch first");
  EXPECT_EQ(error_text([] {
              training_curves(Curves{{"train_loss", {}}});
            }),
            "[training_curves] train_loss has no values yet: train for an epoch first");
  EXPECT_EQ(error_text([] { training_curves(history, {.metrics = {"f1"}}); }),
            "[training_curves] there is no train_f1, val_f1 or test_f1 in the history, which has: seconds, "
            "train_accuracy, train_loss, val_accuracy, val_loss");
  EXPECT_EQ(error_text([] {
              training_curves({{"train_loss", {1, 2}}, {"val_loss", {1}}});
            }),
            "[training_curves] train_loss has 2 values but val_loss has 1: they share their epochs; put NaN "
            "where one has no value");
}

TEST(BatchCurve, TheAverageBeginsWhereItsWindowIsFull) {
  std::vector<double> values;
  for (int i = 0; i < 20; ++i) values.push_back(i);
  Figure figure = batch_curve(values, {.window = 3});
  const auto& smoothed = figure.axes().content().lines.at(1);
  EXPECT_EQ(smoothed.points.front().x, 2);
  EXPECT_EQ(smoothed.points.front().y, 1);
  EXPECT_EQ(smoothed.points.back().y, 18);
  Figure few = batch_curve({1, 2, 3});
  EXPECT_EQ(few.axes().content().lines.size(), 1u);
  EXPECT_EQ(error_text([] { batch_curve({}); }), "[batch_curve] there are no values to draw");
}

TEST(Throughput, TheAverageLeavesOutWhatIsNoNumber) {
  Figure figure = throughput({12000, NAN, 12690});
  EXPECT_EQ(figure.axes().content().lines.at(1).label, "Average: 12,345 images/s");
  Figure nothing = throughput({NAN});
  EXPECT_EQ(nothing.axes().content().lines.size(), 1u);
  EXPECT_EQ(error_text([] { throughput(std::vector<double>{}); }),
            "[throughput] there are no values to draw");
}

TEST(Throughput, BarsStandSideBySideWithTheirNumbers) {
  Figure figure = throughput(ThroughputBars{{"32", "128"}, {{"a", {9, 14.25}}, {"b", {1234567, NAN}}}});
  const auto& axes = figure.axes().content();
  ASSERT_EQ(axes.bars.size(), 2u);
  EXPECT_NEAR(axes.bars[0].tops[0].x, -0.2, 1e-12);
  EXPECT_NEAR(axes.bars[1].tops[1].x, 1.2, 1e-12);
  ASSERT_EQ(axes.texts.size(), 3u);
  EXPECT_EQ(axes.texts[1].text, "14.2");
  EXPECT_EQ(axes.texts[2].text, "1,234,567");
  EXPECT_EQ(error_text([] {
              throughput(ThroughputBars{{"32", "128"}, {{"a", {9}}}});
            }),
            "[throughput] a has 1 values, but there are 2 groups (32, 128)");
  EXPECT_EQ(error_text([] { throughput(ThroughputBars{}); }),
            "[throughput] 0 series for 0 groups: there must be one of each at least");
}

// ---- Images

TEST(SampleGrid, TitlesPixelsAndEmptyPlaces) {
  Figure figure = sample_grid(gray, labels, {.rows = 2, .columns = 2, .prefix = "label="});
  EXPECT_EQ(title_of(figure, 0), "label=3");
  EXPECT_EQ(title_of(figure, 2), "label=0");
  EXPECT_EQ(title_of(figure, 3), "");
  EXPECT_EQ(figure.axes(3).content().image.height, 0);
  EXPECT_TRUE(figure.axes(3).content().off);
  EXPECT_EQ(first_rgb(figure), (std::vector{0, 0, 0}));
  Figure one = sample_grid(gray, labels, {.rows = 1, .columns = 1, .class_names = {"a", "b", "c", "d"}});
  EXPECT_EQ(title_of(one, 0), "Label: d");
}

TEST(SampleGrid, ColorsOfBytesAndFloatsAndNormalisedOnes) {
  const Tensor one = tensor({0}, int32), bytes = reshape(tensor({51, 102, 255}, uint8), {1, 1, 1, 3});
  const Tensor floats = reshape(tensor({0.2f, 0.4f, 1.f}), {1, 1, 1, 3});
  const Tensor normalised = reshape(tensor({-1.f, 0.f, 5.f}), {1, 1, 1, 3});
  Figure a = sample_grid(bytes, one), b = sample_grid(floats, one);
  EXPECT_EQ(first_rgb(a), (std::vector{51, 102, 255}));
  EXPECT_EQ(first_rgb(b), (std::vector{51, 102, 255}));
  Figure c = sample_grid(normalised, one, {.mean = {0.4, 0.2, 0.5}, .std = {0.2}});
  EXPECT_EQ(first_rgb(c), (std::vector{51, 51, 255}));
}

TEST(SampleGrid, ErrorsNameTheShapes) {
  const auto error = [](const Tensor& images, const Tensor& classes, const GridOptions& options = {}) {
    return error_text([&] { sample_grid(images, classes, options); });
  };
  EXPECT_EQ(
      error(numbers({3, 1, 4, 4}), labels),
      "[sample_grid] images are float32[3,1,4,4]: they must be [N, H, W], [N, H, W, 1] or [N, H, W, 3], the "
      "channel last");
  EXPECT_EQ(
      error(numbers({4, 4}), labels),
      "[sample_grid] images are float32[4,4]: they must be [N, H, W], [N, H, W, 1] or [N, H, W, 3], the "
      "channel last");
  EXPECT_EQ(error(zeros({0, 4, 4}), labels),
            "[sample_grid] images are float32[0,4,4]: there is none to draw");
  EXPECT_EQ(error(gray, tensor({1, 2}, int32)), "[sample_grid] 2 labels for 3 images: they must be as many");
  EXPECT_EQ(error(gray, logits), "[sample_grid] labels are float32[3,4]: they must be integers [N]");
  EXPECT_EQ(error(gray, labels, {.class_names = {"zero", "one"}}),
            "[sample_grid] label 3 has no name: there are 2 class_names");
  EXPECT_EQ(error(gray, labels, {.mean = {1, 2}}),
            "[sample_grid] mean has 2 numbers, but the images have 1 channels: give one, or one per channel");
  EXPECT_EQ(error(gray, labels, {.rows = 0}), "[sample_grid] 0 rows and 4 columns: both must be positive");
}

TEST(PredictionGrid, GreenIsRightAndRedIsWrong) {
  Figure figure = prediction_grid(gray, labels, logits, {.class_names = {"a", "b", "c", "d"}});
  EXPECT_EQ(title_of(figure, 0), "True: d, Pred: d\nConfidence: 1.00");
  EXPECT_EQ(title_color(figure, 0), color("green"));
  EXPECT_EQ(title_of(figure, 1), "True: b, Pred: a\nConfidence: 1.00");
  EXPECT_EQ(title_color(figure, 1), color("red"));
  Figure classes = prediction_grid(gray, labels, tensor({3, 2, 0}, int32));
  EXPECT_EQ(title_of(classes, 1), "True: 1, Pred: 2");
  EXPECT_EQ(title_color(classes, 1), color("red"));
}

TEST(PredictionGrid, ErrorsNameTheShapes) {
  EXPECT_EQ(
      error_text([] {
        prediction_grid(gray, labels, numbers({2, 4}));
      }),
      "[prediction_grid] predictions are float32[2,4] for 3 images: they must be logits [N, classes] or "
      "integers [N]");
  EXPECT_EQ(error_text([] { prediction_grid(gray, labels, tensor({1}, int32)); }),
            "[prediction_grid] 1 predictions for 3 images: they must be as many");
}

// Three by three pixels of two output channels, of which each counts its own numbers.
TEST(Maps, TakeTheirOwnNumbers) {
  const Tensor kernel = tensor({{0.f, 9.f}, {1.f, 8.f}, {2.f, 5.f}});  // [3 pixels, 2 maps]
  for (Figure figure :
       {kernel_grid(reshape(kernel, {1, 3, 1, 2})), feature_maps(reshape(kernel, {1, 3, 2}))}) {
    const auto level = [&](int map, std::size_t pixel) {
      return figure.axes(map).content().image.rgb.at(3 * pixel);
    };
    EXPECT_EQ(level(0, 0), 0);
    EXPECT_EQ(level(0, 1), 128);
    EXPECT_EQ(level(0, 2), 255);
    EXPECT_EQ(level(1, 0), 255);
    EXPECT_EQ(level(1, 1), 191);
    EXPECT_EQ(level(1, 2), 0);
  }
}

TEST(Maps, ErrorsNameTheShapes) {
  EXPECT_EQ(error_text([] {
              kernel_grid(numbers({3, 3}));
            }),
            "[kernel_grid] the kernel is float32[3,3]: it must be [height, width, in, out] with at least one "
            "value");
  EXPECT_EQ(
      error_text([] {
        feature_maps(numbers({1, 3, 3, 2}));
      }),
      "[feature_maps] activations are float32[1,3,3,2]: they must be [H, W, C] of one image, as x[0] of a "
      "batch");
}

// ---- Classes

TEST(ConfusionMatrix, CountsAreReadableOnDarkAndLightCells) {
  Figure figure = confusion_matrix(tensor({{8, 0}, {1, 9}}, int32), {.class_names = {"cat", "dog"}});
  const auto& axes = figure.axes().content();
  ASSERT_EQ(axes.texts.size(), 4u);
  EXPECT_EQ(axes.texts[0].text, "8");
  EXPECT_EQ(axes.texts[0].color, color("white"));
  EXPECT_EQ(axes.texts[1].color, color("0.75"));  // none
  EXPECT_EQ(axes.texts[2].text, "1");             // a dog taken for a cat: second row, first column
  EXPECT_EQ(axes.texts[2].at.x, 0);
  EXPECT_EQ(axes.texts[2].at.y, 1);
  EXPECT_EQ(axes.texts[2].color, color("black"));
  EXPECT_EQ(axes.x_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(axes.y_label, "True label");
  EXPECT_TRUE(axes.color_bar);
}

TEST(ConfusionMatrix, SharesOfEachTrueClass) {
  Figure figure = confusion_matrix(tensor({{3, 1, 0}, {0, 0, 0}, {0, 0, 2}}, int32), {.normalize = true});
  const auto& texts = figure.axes().content().texts;
  EXPECT_EQ(texts[0].text, "0.75");
  EXPECT_EQ(texts[1].text, "0.25");
  EXPECT_EQ(texts[4].text, "0");
  EXPECT_EQ(texts[8].text, "1.00");
}

TEST(ConfusionMatrix, NumbersThatNobodyCouldReadAreLeftOut) {
  for (const auto& [classes, numbers] : {std::pair{10, 100u}, {100, 10000u}, {101, 0u}}) {
    Figure figure = confusion_matrix(zeros({classes, classes}, int32));
    EXPECT_EQ(figure.axes().content().texts.size(), numbers);
  }
}

TEST(ConfusionMatrix, ErrorsNameTheShapes) {
  EXPECT_EQ(error_text([] {
              confusion_matrix(zeros({2, 3}, int32));
            }),
            "[confusion_matrix] counts are int32[2,3]: they must be [classes, classes]");
  EXPECT_EQ(error_text([] {
              confusion_matrix(zeros({2, 2}, int32), {.class_names = {"a"}});
            }),
            "[confusion_matrix] there are 1 class_names for counts int32[2,2]");
  EXPECT_EQ(error_text([] {
              confusion_matrix(tensor({{1, 2}, {-3, 1}}, int32));
            }),
            "[confusion_matrix] there is a count of -3: counts must not be negative");
  EXPECT_EQ(error_text([] {
              confusion_matrix(tensor({{1.f, NAN}, {0.f, 1.f}}));
            }),
            "[confusion_matrix] there is a count of nan: counts must not be negative");
}

}  // namespace
}  // namespace ramie::train
