#include <ramie/train/report.h>

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include <ramie/train/progress_text.h>

namespace ramie::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const TextStyle rounded{.unicode = true, .columns = 100};

TrainingReport report() {
  TrainingReport r{.model = {"SimpleCNN", 421642, 421000, 1686568, "cpu"},
                   .epochs = 3,
                   .planned_epochs = 10,
                   .batches = 2814,
                   .ended_by = EndedBy::early_stopping,
                   .ended_note = "val_loss did not improve in 2 epochs",
                   .seconds = 301.4,
                   .epoch_seconds = {100, 101, 102},
                   .examples_per_second = 14123.4};
  r.started = std::chrono::system_clock::from_time_t(1'700'000'000);
  r.history.add_epoch({{"train_loss", 0.5}, {"val_loss", 0.25}, {"learning_rate", 0.1}});
  r.history.add_epoch({{"train_loss", 0.25}});
  r.history.add_epoch({{"train_loss", 0.125}, {"val_loss", 0.375}});
  r.hardware = {.cpu = "Abacus",
                .cores = 2,
                .threads = 5,
                .average_cpu = 150,
                .peak_cpu = 199,
                .average_memory = 2e8,
                .peak_memory = 3e8};
  r.checkpoints = {{"runs/a/best.safetensors", 1'690'000, 1, true},
                   {"runs/a/last.safetensors", 5'060'000, 3}};
  r.warnings = {"something odd"};
  return r;
}

void expect_has(const std::string& text, std::initializer_list<const char*> parts) {
  for (const char* part : parts) EXPECT_NE(text.find(part), text.npos) << part << " is not in\n" << text;
}

TEST(TrainingReport, HasFiveTablesBetweenRulers) {
  const std::string text = report().str(rounded), ruler(100, '=');
  EXPECT_TRUE(
      text.starts_with(ruler + "\n" + std::string(39, ' ') + "TRAINING STOPPED EARLY\n" + ruler + "\n\n"));
  EXPECT_TRUE(text.ends_with("\n" + ruler + "\n"));
  std::size_t at = 0;
  for (const char* title : {"Training Summary\n", "Model Information\n", "Hardware: Abacus\n", "Metrics\n",
                            "Checkpoints in runs/a\n"}) {
    EXPECT_NE(text.find(title, at), text.npos) << title;
    at = std::min(text.size(), text.find(title, at));
  }
}

TEST(TrainingReport, SaysWhatThereIs) {
  expect_has(
      report().str(rounded),
      {"3 of 10", "│ early stopping ", "│ val_loss did not improve in 2 epochs ", "5m 01s", "1m 41s", "2,814",
       "14,123", "2023-11-14 22:13:20 UTC", "SimpleCNN", "421,642", "421,000", "1.7 MB", "150.0%", "199.0%",
       "200.0 MB", "300.0 MB", "best.safetensors (best)", "5.1 MB", "⚠ something odd"});
}

std::string line_with(const std::string& text, const std::string& part) {
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(part)) return line;
  return "";
}

// The improvement is from the first epoch with a value to the last.
TEST(TrainingReport, ComparesMetrics) {
  const std::string text = report().str(rounded);
  expect_has(line_with(text, "│ train_loss "), {" 0.1250 │", " 3 │", " 0.1250 │", " +75.0% │"});
  expect_has(line_with(text, "│ val_loss "), {" 0.2500 │", " 1 │", " 0.3750 │", " -50.0% │"});
  EXPECT_EQ(text.find("learning_rate"), text.npos);  // no metric
}

TEST(TrainingReport, IsGreenWhereBetterAndRedWhereWorse) {
  const std::string text = report().str({.color = true, .unicode = true, .columns = 100});
  expect_has(text, {"\x1b[32m+75.0%\x1b[0m", "\x1b[31m-50.0%\x1b[0m"});
  EXPECT_EQ(report().str(rounded).find('\x1b'), text.npos);
}

TEST(TrainingReport, TellsHowTheTrainingEnded) {
  TrainingReport r;
  const std::pair<EndedBy, const char*> endings[] = {{EndedBy::finished, "TRAINING COMPLETE"},
                                                     {EndedBy::early_stopping, "TRAINING STOPPED EARLY"},
                                                     {EndedBy::interrupted, "TRAINING INTERRUPTED"},
                                                     {EndedBy::callback, "stopped by a callback"}};
  for (const auto& [ended_by, text] : endings) {
    r.ended_by = ended_by;
    expect_has(r.str(), {text});
  }
}

TEST(TrainingReport, MayBeEmpty) {
  const TrainingReport empty;
  expect_has(empty.str(rounded), {"TRAINING COMPLETE", "│ none ", "│ Name  "});
  TrainingReport odd;
  odd.seconds = kNone;
  odd.history.add_epoch({{"val_loss", kNone}, {"train_x", 0}, {"train_y", 1e300}});
  odd.history.add_epoch({{"train_x", 1}, {"train_y", -1e300}});
  expect_has(odd.str(rounded), {"│ train_x ", " 1.000e+300 │", "-200.0%"});
  EXPECT_EQ(odd.str(rounded).find("val_loss"), std::string::npos);
}

TEST(TrainingReport, ShowsTheBestAndTheLastOfManyCheckpoints) {
  TrainingReport r;
  for (int i = 1; i <= 30; ++i)
    r.checkpoints.push_back({"run/" + std::to_string(i) + ".st", 1000, i, i == 4});
  const std::string text = r.str(rounded);
  expect_has(text, {"│ 4.st (best)", "│ 21.st", "│ 30.st", "│ and 19 earlier"});
  EXPECT_EQ(text.find("│ 20.st"), text.npos);
  r.checkpoints[29].path = "elsewhere/30.st";
  expect_has(r.str(rounded), {"│ run/29.st", "│ elsewhere/30.st", " Checkpoints\n"});
}

TEST(TrainingReport, FitsInTheTerminal) {
  TrainingReport r = report();
  r.ended_note = std::string(300, 'x');
  for (std::size_t columns = 40; columns < 120; ++columns) {
    std::istringstream in(r.str({.unicode = true, .columns = columns}));
    for (std::string line; std::getline(in, line);) ASSERT_LE(detail::text_columns(line), columns) << line;
  }
  for (std::size_t columns = 0; columns < 40; ++columns) r.str({.columns = columns});
}

TEST(TrainingReport, GoesToStreamsWithoutColors) {
  std::ostringstream out;
  out << report();
  expect_has(out.str(), {"Training Summary", "SimpleCNN"});
  EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
}

TEST(TrainingReport, IsJson) {
  const auto json = nlohmann::json::parse(report().json());
  EXPECT_EQ(json["model"]["trainable_parameters"], 421000);
  EXPECT_EQ(json["ended_by"], "early_stopping");
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["epoch_seconds"], (std::vector<double>{100, 101, 102}));
  EXPECT_EQ(json["started"], "2023-11-14T22:13:20Z");
  EXPECT_TRUE(json["completed"].is_null());
  EXPECT_EQ(json["hardware"]["peak_cpu_percent"], 199);
  EXPECT_TRUE(json["hardware"]["peak_gpu_memory_bytes"].is_null());
  EXPECT_EQ(json["best_metrics"]["val_loss"]["epoch"], 1);
  EXPECT_TRUE(json["history"]["val_loss"][1].is_null());
  EXPECT_EQ(json["checkpoints"][0]["path"], "runs/a/best.safetensors");
  EXPECT_EQ(json["checkpoints"][0]["best"], true);
  EXPECT_EQ(json["warnings"][0], "something odd");
}

TEST(TrainingReport, IsJsonWhateverTheText) {
  TrainingReport r;
  r.model.name = "\xff\"\n";
  r.seconds = kNone;
  EXPECT_TRUE(nlohmann::json::parse(r.json())["seconds"].is_null());
}

}  // namespace
}  // namespace ramie::train
