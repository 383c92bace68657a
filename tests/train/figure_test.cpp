#include <ramie/tensor/error.h>
#include <ramie/train/figure.h>

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "train/picture.h"

namespace ramie::train {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kBlue = 0x1f77b4, kOrange = 0xff7f0e, kGreen = 0x2ca02c, kWhite = 0xffffff;

class FigureFile : public testing::Test {
 protected:
  FigureFile() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FigureFile() override { fs::remove_all(folder_); }

  fs::path path(const std::string& name) const { return folder_ / name; }
  static std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Picture drawn(const Figure& figure) const {
    figure.save(path("picture.png"));
    return Picture(path("picture.png"));
  }
  static std::string error_of(const Figure& figure, const fs::path& path) {
    try {
      figure.save(path);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path folder_ = fs::path(testing::TempDir()) /
                     (std::string("figure_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

Figure curves() {
  const std::vector<float> train_loss{0.9f, 0.4f, 0.2f}, test_loss{0.8f, 0.5f, 0.4f};
  const std::vector<double> train_accuracy{0.7, 0.9, 0.95};
  Figure figure({.width = 15, .height = 5, .rows = 1, .columns = 2});
  figure.axes(0)
      .title("Loss")
      .line(train_loss, {.label = "train_loss"})
      .line(test_loss, {.label = "test_loss"});
  figure.axes(1).title("Accuracy").line(train_accuracy, {.label = "train_accuracy"});
  for (int i : {0, 1}) figure.axes(i).x_label("Epoch").legend();
  return figure;
}

TEST_F(FigureFile, PngHasItsSignatureAndSize) {
  curves().save(path("curves.png"));
  EXPECT_EQ(read(path("curves.png")).substr(0, 8), "\x89PNG\r\n\x1a\n");
  const Picture picture(path("curves.png"));
  EXPECT_EQ(picture.width, 1500);
  EXPECT_EQ(picture.height, 500);
}

TEST_F(FigureFile, DpiScalesThePixels) {
  const Picture picture = drawn(Figure({.width = 4, .height = 3, .dpi = 150}));
  EXPECT_EQ(picture.width, 600);
  EXPECT_EQ(picture.height, 450);
}

TEST_F(FigureFile, LinesHaveTheirColorsOnWhite) {
  const Picture picture = drawn(curves());
  for (int x : {0, 1499})
    for (int y : {0, 499}) EXPECT_EQ(picture.at(x, y), kWhite);
  EXPECT_GT(picture.count(kBlue), 1000);
  EXPECT_GT(picture.count(kOrange), 300);
  EXPECT_EQ(picture.count(kGreen), 0);
  EXPECT_GT(picture.count(0x000000), 1000);  // frames, ticks and text
}

TEST_F(FigureFile, LossFallsAndAccuracyRises) {
  const Picture picture = drawn(curves());
  const auto loss_start = picture.rows_with(kBlue, 80, 120), loss_end = picture.rows_with(kBlue, 650, 720);
  EXPECT_LT(loss_start.first, loss_end.first);
  const auto rise_start = picture.rows_with(kBlue, 830, 870), rise_end = picture.rows_with(kBlue, 1400, 1470);
  EXPECT_GT(rise_start.second, rise_end.second);
}

TEST_F(FigureFile, SvgKeepsTheTitlesAsWords) {
  Figure figure = curves();
  figure.axes(1).title("a < b\n& c\x01");
  figure.save(path("curves.svg"));
  const std::string svg = read(path("curves.svg"));
  EXPECT_NE(svg.find("<title>Loss; a &lt; b &amp; c</title>"), svg.npos);
  figure.title("Training").save(path("curves.svg"));
  const std::string titled = read(path("curves.svg"));
  EXPECT_NE(titled.find("<title>Training</title>\n<desc>Loss; a &lt; b &amp; c</desc>"), titled.npos);
  EXPECT_NE(titled.find("width=\"1080pt\" height=\"360pt\""), titled.npos);
  EXPECT_EQ(xml_problem(titled), "");
}

TEST_F(FigureFile, PdfAndEndingsInAnyCase) {
  curves().save(path("curves.PDF"));
  EXPECT_EQ(read(path("curves.PDF")).substr(0, 5), "%PDF-");
  curves().save(path("curves.Png"));
  EXPECT_EQ(Picture(path("curves.Png")).width, 1500);
}

TEST_F(FigureFile, SavesTheSameBytesAgain) {
  curves().save(path("one.png"));
  curves().save(path("two.png"));
  EXPECT_EQ(read(path("one.png")), read(path("two.png")));
}

// A 2 x 2 checkerboard fills the axes with four sharp squares.
TEST_F(FigureFile, ImagesAreSharpSquares) {
  Figure figure({.width = 4, .height = 3});
  figure.axes().image(std::vector<std::uint8_t>{0, 255, 255, 0}, 2, 2).axis_off();
  const Picture picture = drawn(figure);
  EXPECT_EQ(picture.at(200 - 60, 150 - 60), 0x000000u);
  EXPECT_EQ(picture.at(200 + 60, 150 - 60), kWhite);
  EXPECT_EQ(picture.at(200 - 60, 150 + 60), kWhite);
  EXPECT_EQ(picture.at(200 + 60, 150 + 60), 0x000000u);
  EXPECT_EQ(picture.count(0x000000) + picture.count(kWhite), 400 * 300);
  const auto rows = picture.rows_with(0, 0, 400), left = picture.rows_with(0, 0, 200);
  EXPECT_EQ(2 * (left.second - left.first + 1), rows.second - rows.first + 1);
}

TEST_F(FigureFile, RgbImagesHaveTheirColors) {
  Figure figure({.width = 3, .height = 3});
  figure.axes().image(std::vector<float>{1, 0, 0, 0, 0, 1}, 1, 2, {.channels = 3}).axis_off();
  const Picture picture = drawn(figure);
  EXPECT_EQ(picture.at(80, 150), 0xff0000u);
  EXPECT_EQ(picture.at(220, 150), 0x0000ffu);
}

TEST_F(FigureFile, AGridHasOneImageInEachPlace) {
  Figure figure({.width = 6, .height = 6, .rows = 2, .columns = 2});
  figure.title("Samples");
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> pixel{i == 0 ? 1.f : 0.f, i == 1 ? 1.f : 0.f, i == 2 ? 1.f : 0.f};
    figure.axes(i).image(pixel, 1, 1, {.channels = 3}).title("label=7").axis_off();
  }
  const Picture picture = drawn(figure);
  EXPECT_EQ(picture.at(150, 200), 0xff0000u);
  EXPECT_EQ(picture.at(450, 200), 0x00ff00u);
  EXPECT_EQ(picture.at(150, 450), 0x0000ffu);
  EXPECT_EQ(picture.at(450, 450), 0x000000u);
  EXPECT_EQ(picture.at(300, 450), kWhite);
}

TEST_F(FigureFile, TitlesHaveTheirColor) {
  Figure right, wrong;
  right.axes().title("True: 7, Pred: 7", {.color = "green"}).axis_off();
  wrong.axes().title("True: 7\nPred: 9", {.color = "red"}).axis_off();
  EXPECT_GT(drawn(right).count(0x008000), 20);
  EXPECT_GT(drawn(wrong).count(0xff0000), 20);
  EXPECT_EQ(drawn(wrong).count(0x000000), 0);  // no frame
}

// Otherwise they would run into each other.
TEST_F(FigureFile, LongTitlesGetSmaller) {
  const auto title_width = [this](const std::string& title) {
    Figure figure({.width = 4, .height = 2, .rows = 1, .columns = 2});
    for (int i : {0, 1}) figure.axes(i).title(title).axis_off();
    const Picture picture = drawn(figure);
    std::pair<int, int> columns{400, 0};
    for (int y = 0; y < 200; ++y)
      for (int x = 0; x < 200; ++x)
        if (picture.at(x, y) != kWhite) columns = {std::min(columns.first, x), std::max(columns.second, x)};
    return columns.second - columns.first;
  };
  EXPECT_LT(title_width("True: Ankle boot, Pred: T-shirt/top"), 190);
  EXPECT_GT(title_width("True: Ankle boot, Pred: T-shirt/top"), 140);
}

TEST_F(FigureFile, DashedLinesHaveGaps) {
  const auto blue_pixels = [this](bool dashed) {
    Figure figure;
    figure.axes().horizontal_line(1, {.width = 3, .dashed = dashed});
    return drawn(figure).count(kBlue);
  };
  const auto solid = blue_pixels(false), dashed = blue_pixels(true);
  EXPECT_GT(dashed, solid / 2);
  EXPECT_LT(dashed, solid * 9 / 10);
}

TEST_F(FigureFile, GridAndLegendAddInk) {
  Figure bare;
  bare.axes().line({1, 2, 3}, {.label = "loss"});
  Figure grid = bare, legend = bare;
  grid.axes().grid();
  legend.axes().legend();
  EXPECT_LT(drawn(bare).count(0xb0b0b0), 50);  // edges of letters
  EXPECT_GT(drawn(grid).count(0xb0b0b0), 1000);
  EXPECT_GT(drawn(legend).count(kBlue), drawn(bare).count(kBlue) + 20);
}

TEST_F(FigureFile, TheLegendKeepsAwayFromTheLine) {
  Figure falling;
  falling.axes().line({3, 2, 1}, {.label = "loss"}).legend();
  Figure rising;
  rising.axes().line({1, 2, 3}, {.label = "loss"}).legend();
  const Picture fell = drawn(falling), rose = drawn(rising);
  EXPECT_LT(fell.rows_with(kBlue, 520, 600).first, 60);  // upper right
  EXPECT_LT(rose.rows_with(kBlue, 55, 90).first, 60);    // upper left
}

TEST_F(FigureFile, SurvivesEverySeries) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::vector<double>> series{{},
                                                {3},
                                                {nan},
                                                {nan, infinity},
                                                {1, nan, 2, -infinity, 3},
                                                {5, 5, 5},
                                                {-1e300, 1e300},
                                                {1e308, -1e308},
                                                {1e-310, 2e-310},
                                                {0, 0},
                                                {1e9, 1e9 + 1e-3},
                                                {1, 1e12}};
  for (std::size_t i = 0; i < series.size(); ++i) {
    Figure figure;
    figure.axes().line(series[i], {.label = "y"}).line(series[i], {.dashed = true}).grid().legend();
    for (const char* name : {"a.png", "a.svg", "a.pdf"})
      EXPECT_NO_THROW(figure.save(path(name))) << i << name;
    EXPECT_EQ(Picture(path("a.png")).at(0, 0), kWhite) << i;
  }
}

TEST_F(FigureFile, ALonePointIsVisible) {
  Figure figure;
  figure.axes().line({std::nan(""), 3});
  EXPECT_GT(drawn(figure).count(kBlue), 5);
}

TEST_F(FigureFile, SurvivesAFigureTooSmallForItsLabels) {
  Figure figure({.width = 0.3, .height = 0.3, .rows = 3, .columns = 3});
  for (int i = 0; i < 9; ++i)
    figure.axes(i).title("title").y_label("y").line({1, 2}, {.label = "long"}).legend();
  EXPECT_EQ(drawn(figure).width, 30);
}

TEST_F(FigureFile, RefusesAnEndingItDoesNotKnow) {
  EXPECT_EQ(error_of(curves(), "curves.bmp"),
            "[figure] cannot tell the format of curves.bmp: end the name in .png, .svg or .pdf");
  EXPECT_EQ(error_of(curves(), "curves"),
            "[figure] cannot tell the format of curves: end the name in .png, .svg or .pdf");
}

TEST_F(FigureFile, AFailureNamesTheFileAndLeavesTheOldOne) {
  const fs::path missing = path("missing") / "curves.png";
  EXPECT_EQ(error_of(curves(), missing),
            "[figure] cannot write " + missing.string() + ": No such file or directory");
  curves().save(path("old.png"));
  const std::string before = read(path("old.png"));
  Figure broken = curves();
  broken.axes(0).title("not UTF-8: \xff\xfe");
  EXPECT_EQ(error_of(broken, path("old.png")),
            "[figure] cannot draw " + path("old.png").string() + ": input string not valid UTF-8");
  EXPECT_EQ(read(path("old.png")), before);
}

TEST(Figure, ErrorsNameSizesAndPlaces) {
  const auto error_of = [](auto call) -> std::string {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  Figure figure({.rows = 2, .columns = 3});
  EXPECT_EQ(error_of([&] { figure.axes(2, 0); }),
            "[figure] no axes at row 2, column 0: there are 2 rows and 3 columns, counted from 0");
  EXPECT_EQ(error_of([&] { figure.axes(6); }), "[figure] no axes 6: there are 6, counted from 0");
  EXPECT_EQ(error_of([&] { figure.axes(-1); }), "[figure] no axes -1: there are 6, counted from 0");
  EXPECT_EQ(error_of([] { Figure({.rows = 0}); }),
            "[figure] 0 rows and 1 columns of axes: both must be positive");
  EXPECT_EQ(error_of([] { Figure({.width = -1}); }),
            "[figure] -1 x 4.8 inches at 100 dpi: all three must be positive and make a pixel");
  EXPECT_EQ(error_of([] { Figure({.width = 400, .height = 5}); }),
            "[figure] 400 x 5 inches at 100 dpi is 40000 x 500 pixels: at most 32767 on a side");
  EXPECT_EQ(&figure.axes(1, 2), &figure.axes(5));
}

}  // namespace
}  // namespace ramie::train
