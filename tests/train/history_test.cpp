#include <ramie/train/history.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include <ramie/tensor/error.h>

namespace ramie::train {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Three epochs; the second is not validated.
History three_epochs() {
  History history;
  history.add_epoch({{"train_loss", 0.5}, {"val_loss", 0.25}, {"val_accuracy", 0.75}, {"seconds", 2}});
  history.add_epoch({{"train_loss", 0.25}, {"seconds", 2}});
  history.add_epoch({{"train_loss", 0.375}, {"val_loss", 0.5}, {"val_accuracy", 0.875}, {"seconds", 1}});
  return history;
}

TEST(LowerIsBetter, GoesByName) {
  for (const char* name :
       {"loss", "val_loss", "Loss", "train_error", "MAE", "mse", "rmse", "mape", "perplexity"})
    EXPECT_TRUE(lower_is_better(name)) << name;
  for (const char* name : {"accuracy", "val_f1", "precision", "recall", ""})
    EXPECT_FALSE(lower_is_better(name)) << name;
}

TEST(History, HasAValueForEachEpoch) {
  const History history = three_epochs();
  EXPECT_EQ(history.epochs(), 3);
  EXPECT_EQ(history["train_loss"], (std::vector<double>{0.5, 0.25, 0.375}));
  EXPECT_TRUE(history.contains("val_loss"));
  EXPECT_FALSE(history.contains("loss"));
  ASSERT_EQ(history["val_loss"].size(), 3u);
  EXPECT_TRUE(std::isnan(history["val_loss"][1]));
}

TEST(History, FillsWhatBeginsLater) {
  History history;
  history.add_epoch({});
  history.add_epoch({{"val_loss", 1}});
  ASSERT_EQ(history["val_loss"].size(), 2u);
  EXPECT_TRUE(std::isnan(history["val_loss"][0]));
  EXPECT_EQ(history["val_loss"][1], 1);
}

TEST(History, SaysWhatThereIs) {
  EXPECT_EQ(error_of([] { three_epochs()["loss"]; }),
            "[History] has no 'loss'. It has: seconds, train_loss, val_accuracy, val_loss.");
  EXPECT_EQ(error_of([] { History()["loss"]; }), "[History] has no 'loss': it has no epochs yet.");
}

TEST(History, FindsTheBestEpoch) {
  const History history = three_epochs();
  EXPECT_EQ(history.best("train_loss").value, 0.25);
  EXPECT_EQ(history.best("train_loss").epoch, 2);
  EXPECT_EQ(history.best("val_loss").epoch, 1);
  EXPECT_EQ(history.best("val_accuracy").epoch, 3);
  EXPECT_EQ(history.best("seconds").epoch, 1);  // the first if tied
}

TEST(History, TheBestIsNeverNoValue) {
  History history;
  for (const double loss : {kNone, 2.0, kNone, 1.0, 1.0, kNone})
    history.add_epoch({{"loss", loss}, {"nothing", kNone}});
  EXPECT_EQ(history.best("loss").value, 1);
  EXPECT_EQ(history.best("loss").epoch, 4);
  EXPECT_EQ(error_of([&] { history.best("nothing"); }), "[History] 'nothing' has no value in any epoch.");
}

TEST(History, IsNestedAsTreadmills) {
  const NestedHistory nested = three_epochs().nested();
  EXPECT_EQ(nested.total_epochs, 3);
  EXPECT_EQ(nested.train_metrics, (MetricSeries{{"loss", {0.5, 0.25, 0.375}}}));
  ASSERT_EQ(nested.val_metrics.size(), 2u);
  EXPECT_EQ(nested.val_metrics.at("accuracy")[2], 0.875);
  EXPECT_EQ(nested.best_metrics, (std::map<std::string, double>{
                                     {"train_loss", 0.25}, {"val_loss", 0.25}, {"val_accuracy", 0.875}}));
}

TEST(History, IsCsv) {
  EXPECT_EQ(three_epochs().csv(),
            "epoch,seconds,train_loss,val_accuracy,val_loss\n"
            "1,2,0.5,0.75,0.25\n2,2,0.25,,\n3,1,0.375,0.875,0.5\n");
  EXPECT_EQ(History().csv(), "epoch\n");
  History odd;
  odd.add_epoch({{"a,\"b\"\n", 1}});
  EXPECT_EQ(odd.csv(), "epoch,\"a,\"\"b\"\"\n\"\n1,1\n");
}

TEST(History, IsJson) {
  const auto json = nlohmann::json::parse(three_epochs().json());
  EXPECT_EQ(json["epochs"], 3);
  EXPECT_EQ(json["train_loss"], (std::vector<double>{0.5, 0.25, 0.375}));
  EXPECT_TRUE(json["val_loss"][1].is_null());
  EXPECT_EQ(nlohmann::json::parse(History().json())["epochs"], 0);
  History odd;
  odd.add_epoch({{"\xff", 1}});
  EXPECT_NO_THROW(odd.json());
}

}  // namespace
}  // namespace ramie::train
