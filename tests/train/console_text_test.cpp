#include <ramie/train/console_text.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ramie/train/number_text.h>
#include <ramie/train/progress_text.h>

namespace ramie::train::detail {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN(),
                 kInf = std::numeric_limits<double>::infinity();
const TextStyle plain{.columns = 80}, rounded{.unicode = true, .columns = 80},
    colored{.color = true, .unicode = true, .columns = 80};

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// All lines but a title are as wide as the first of them, and none is wider than the terminal.
void expect_frame(const std::string& text, std::size_t titles, std::size_t columns) {
  const auto all = lines(text);
  ASSERT_GT(all.size(), titles);
  EXPECT_LE(text_columns(all[titles]), columns) << text;
  for (std::size_t i = titles; i < all.size(); ++i)
    EXPECT_EQ(text_columns(all[i]), text_columns(all[titles])) << text;
}

EpochSummary third_epoch() {
  return {.epoch = 3,
          .epochs = 10,
          .train = {{"loss", 0.0823}, {"accuracy", 0.9745}},
          .validation = {{"loss", 0.0412}, {"accuracy", 0.9871}},
          .previous_train = {{"loss", 0.1}, {"accuracy", 0.9}},
          .previous_validation = {{"loss", 0.0389}, {"accuracy", 0.986}},
          .seconds = 4.23,
          .total_seconds = 73.4};
}

TEST(ModelPanel, ShowsTheModel) {
  EXPECT_EQ(model_panel({"SimpleCNN", 421642, 1234, 1686568, "cpu"}, rounded),
            "╭─ Model ────────────────────────────────╮\n"
            "│ Name                  SimpleCNN        │\n"
            "│ Total parameters      421.6K (421,642) │\n"
            "│ Trainable parameters  1.2K (1,234)     │\n"
            "│ Size                  1.7 MB           │\n"
            "│ Device                cpu              │\n"
            "╰────────────────────────────────────────╯\n");
  EXPECT_NE(model_panel({}, plain).find("| Name                  -   |"), std::string::npos)
      << model_panel({}, plain);
}

TEST(EpochTable, ComparesWithThePreviousEpoch) {
  EXPECT_EQ(epoch_table(third_epoch(), rounded),
            "                   Epoch 3/10 Summary\n"
            "╭────────────┬────────┬────────────┬────────────────────╮\n"
            "│ Metric     │  Train │ Validation │ Change (from prev) │\n"
            "├────────────┼────────┼────────────┼────────────────────┤\n"
            "│ Accuracy   │ 0.9745 │     0.9871 │             ↑ 0.1% │\n"
            "│ Loss       │ 0.0823 │     0.0412 │             ↑ 5.9% │\n"
            "│            │        │            │                    │\n"
            "│ Epoch Time │  4.2 s │            │                    │\n"
            "│ Total Time │ 1m 13s │            │                    │\n"
            "╰────────────┴────────┴────────────┴────────────────────╯\n");
}

TEST(EpochTable, IsAsciiWithoutUnicode) {
  const std::string text = epoch_table(third_epoch(), plain);
  for (const char c : text) EXPECT_GE(c, '\n') << text;
  EXPECT_EQ(lines(text)[1], "+------------+--------+------------+--------------------+");
  EXPECT_NE(text.find("|             + 5.9% |"), text.npos) << text;
}

TEST(EpochTable, IsGreenWhereBetterAndRedWhereWorse) {
  const std::string text = epoch_table(third_epoch(), colored);
  EXPECT_NE(text.find("\x1b[32m↑ 0.1%\x1b[0m"), text.npos);  // accuracy
  EXPECT_NE(text.find("\x1b[31m↑ 5.9%\x1b[0m"), text.npos);  // loss
  EpochSummary better = third_epoch();
  better.validation = {{"loss", 0.0189}, {"accuracy", 0.9}};
  EXPECT_NE(epoch_table(better, colored).find("\x1b[32m↓ 51.4%"), text.npos);
  EXPECT_NE(epoch_table(better, colored).find("\x1b[31m↓ 8.7%"), text.npos);
  EXPECT_EQ(epoch_table(better, rounded).find('\x1b'), text.npos);
}

TEST(EpochTable, WithoutValidationComparesTraining) {
  EpochSummary epoch = third_epoch();
  epoch.validation.clear();
  epoch.learning_rate = 0.00025;
  const std::string text = epoch_table(epoch, rounded);
  EXPECT_EQ(text.find("Validation"), text.npos);
  EXPECT_NE(text.find("│ Loss          │  0.0823 │            ↓ 17.7% │"), text.npos) << text;
  EXPECT_NE(text.find("│ Learning Rate │ 0.00025 │                    │"), text.npos) << text;
}

TEST(EpochTable, ShowsNoValueAsADash) {
  EpochSummary epoch{.epoch = 1,
                     .train = {{"a", kNone}, {"b", kInf}, {"c", 1}, {"d", 1}, {"e", 1}},
                     .validation = {{"only", 2}},
                     .previous_train = {{"b", 1}, {"c", 1}, {"d", 0}, {"e", kNone}}};
  const auto all = lines(epoch_table(epoch, rounded));
  EXPECT_EQ(all[0].find_first_not_of(' '), all[0].find("Epoch 1 Summary"));
  EXPECT_EQ(all[4], "│ A          │      - │          - │                  - │");
  EXPECT_EQ(all[5], "│ B          │    inf │          - │                  - │");
  EXPECT_EQ(all[6], "│ C          │ 1.0000 │          - │               0.0% │");
  EXPECT_EQ(all[7], "│ D          │ 1.0000 │          - │           ↑ from 0 │");
  EXPECT_EQ(all[8], "│ E          │ 1.0000 │          - │                  - │");
  EXPECT_EQ(all[9], "│ Only       │      - │     2.0000 │                  - │");
}

TEST(EpochTable, FitsInTheTerminal) {
  EpochSummary epoch = third_epoch();
  epoch.train[std::string(200, 'x')] = 1e300;
  epoch.train["é\n\x1b[2J…"] = -1e-300;
  for (const bool unicode : {false, true})
    for (std::size_t columns = 0; columns < 120; ++columns) {
      const TextStyle style{.unicode = unicode, .columns = columns};
      const std::size_t narrowest = 4 * 4 + 1;
      expect_frame(epoch_table(epoch, style), 1, std::max(columns, narrowest));
      expect_frame(model_panel({std::string(150, 'M'), 1, 1, 4, "cpu"}, style), 0,
                   std::max<std::size_t>(columns, 8));
    }
  EXPECT_EQ(epoch_table(epoch, plain).find('\x1b'), std::string::npos);
}

TEST(EpochTable, MayBeEmpty) { expect_frame(epoch_table({}, rounded), 1, 80); }

TEST(OverfittingWarning, ComesAboveTheThreshold) {
  EXPECT_EQ(overfitting_warning(0.2, 0.45, 0.1, plain),
            "! The model may be overfitting: val_loss 0.4500 > train_loss 0.2000 + threshold 0.1000\n");
  EXPECT_EQ(overfitting_warning(0.25, 0.5, 0.25, plain), "");
  EXPECT_EQ(overfitting_warning(kNone, 0.5, 0.1, plain), "");
  EXPECT_EQ(overfitting_warning(0.5, kNone, 0.1, plain), "");
  EXPECT_TRUE(overfitting_warning(0.2, 0.45, 0.1, colored).starts_with("\x1b[1;33m⚠ The model"));
}

TEST(EarlyStoppingNote, NamesTheBest) {
  EXPECT_EQ(early_stopping_note(7, "val_loss", 0.03125, plain),
            "Early stopping triggered after 7 epochs\nBest val_loss: 0.031250\n");
  EXPECT_EQ(early_stopping_note(1, "val_accuracy", kNone, plain),
            "Early stopping triggered after 1 epoch\nBest val_accuracy: -\n");
}

TEST(MetricsNote, BeginsWithTheLoss) {
  EXPECT_EQ(metrics_note({{"accuracy", 0.5}, {"loss", 1.25}, {"top5", kNone}}),
            "loss: 1.2500 | accuracy: 0.5000 | top5: -");
  EXPECT_EQ(metrics_note({}), "");
}

TEST(BatchLine, CountsBatches) {
  EXPECT_EQ(batch_line(10, 938, {{"loss", 1.5}}), "  Batch 10/938 (1.1%) | loss: 1.5000");
  EXPECT_EQ(batch_line(10, 0, {}), "  Batch 10");
}

TEST(NumberText, IsShort) {
  const std::pair<double, const char*> values[] = {
      {0, "0.0000"},        {0.98341, "0.9834"}, {-2.5, "-2.5000"}, {3.1415e-5, "3.142e-05"},
      {1.2e7, "1.200e+07"}, {-kInf, "-inf"},     {kNone, "-"}};
  for (const auto& [value, text] : values) EXPECT_EQ(value_text(value), text);
  const std::pair<double, const char*> durations[] = {
      {0, "0 ms"},     {0.0852, "85 ms"},      {0.9999, "1.0 s"},    {42.34, "42.3 s"}, {59.97, "1m 00s"},
      {312, "5m 12s"}, {3599.7, "1h 00m 00s"}, {3723, "1h 02m 03s"}, {-1, "-"},         {kNone, "-"},
      {1e300, "-"}};
  for (const auto& [seconds, text] : durations) EXPECT_EQ(duration_text(seconds), text);
  const std::pair<double, const char*> percents[] = {{0, "0.0%"},        {0.01, "<0.1%"},  {12.34, "12.3%"},
                                                     {999.97, "1,000%"}, {1234, "1,234%"}, {1e8, "1.0e+08%"},
                                                     {kNone, "-"}};
  for (const auto& [percent, text] : percents) EXPECT_EQ(percent_text(percent), text);
  const std::pair<std::int64_t, const char*> counts[] = {{999, "999"},       {1000, "1.0K"},
                                                         {421642, "421.6K"}, {999949, "999.9K"},
                                                         {999950, "1.0M"},   {25'000'000'000, "25.0G"}};
  for (const auto& [count, text] : counts) EXPECT_EQ(short_count(count), text);
}

// Each test is a process of its own under ctest, but not always: what was set is put back.
class Environment {
 public:
  Environment(const char* name, const char* value)
      : name_(name), before_(std::getenv(name) ? std::getenv(name) : "") {
    setenv(name, value, 1);
  }
  ~Environment() { before_.empty() ? unsetenv(name_) : setenv(name_, before_.c_str(), 1); }

 private:
  const char* name_;
  std::string before_;
};

TEST(StyleOf, AFileHasNoColors) {
  const Environment locale("LC_ALL", "C.UTF-8");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), std::fclose};
  for (const TextStyle style :
       {style_of(file.get()), style_of(std::ostringstream()), style_of(static_cast<std::FILE*>(nullptr))}) {
    EXPECT_FALSE(style.color);
    EXPECT_TRUE(style.unicode);
    EXPECT_EQ(style.columns, 100u);
  }
  const Environment other("LC_ALL", "C");
  EXPECT_FALSE(style_of(file.get()).unicode);
}

TEST(StyleOf, ATerminalHasColorsUnlessAskedNotTo) {
  const Environment terminal("TERM", "xterm"), wanted("NO_COLOR", "");
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> master{std::fopen("/dev/ptmx", "r+"), std::fclose};
  if (!master) GTEST_SKIP() << "no pseudo-terminals here";
  EXPECT_TRUE(style_of(master.get()).color);
  const Environment unwanted("NO_COLOR", "1");
  EXPECT_FALSE(style_of(master.get()).color);
}

}  // namespace
}  // namespace ramie::train::detail
