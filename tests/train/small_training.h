// A small classifier with all that has a state of its own: batch statistics, dropout, shuffling, noise in the
// data, an optimizer with a schedule.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include <ramie/ramie.h>
#include <ramie/train/callbacks.h>
#include <ramie/train/trainer.h>

#include "support/ops.h"

namespace ramie::testing {

struct SmallNet : nn::Module<SmallNet> {
  nn::Linear linear1;
  nn::BatchNorm norm;
  nn::Dropout dropout;
  nn::Linear linear2;

  explicit SmallNet(nn::Rngs rngs)
      : linear1(4, 8, rngs), norm(8, rngs), dropout(0.25, rngs), linear2(8, 3, rngs) {}
  Tensor operator()(const Tensor& x) { return linear2(dropout(relu(norm(linear1(x))))); }
  using fields = nn::Fields<&SmallNet::linear1, &SmallNet::norm, &SmallNet::dropout, &SmallNet::linear2>;
};

// Without anything random.
struct PlainNet : nn::Module<PlainNet> {
  nn::Linear linear1, linear2;
  explicit PlainNet(nn::Rngs rngs) : linear1(4, 8, rngs), linear2(8, 3, rngs) {}
  Tensor operator()(const Tensor& x) const { return linear2(relu(linear1(x))); }
  using fields = nn::Fields<&PlainNet::linear1, &PlainNet::linear2>;
};

// n points of 4 numbers whose class is that of the largest of the first three.
inline data::Batch points(std::int64_t n, std::int64_t seed) {
  const Tensor x = random::normal(random::key(seed), {n, 4});
  return {{"x", x}, {"y", argmax(slice(x, 1, 0, 3), -1)}};
}

inline data::Pipeline training_points(std::int64_t n = 50, std::int64_t batch = 8) {
  return data::Pipeline::from_tensor_slices(points(n, 1))
      .shuffle(n, 7)
      .batch(batch)
      .add(data::ElementOperator(
          [](const data::Batch& point, const Tensor& key) {
            const Tensor& x = point["x"];
            return data::Batch{{"x", x + 0.1 * random::normal(key, x.shape())}, {"y", point["y"]}};
          },
          {.name = "noise"}));
}
inline data::Pipeline plain_points(std::int64_t n = 50, std::int64_t batch = 8) {
  return data::Pipeline::from_tensor_slices(points(n, 1)).batch(batch);
}
inline data::Pipeline test_points() { return data::Pipeline::from_tensor_slices(points(30, 2)).batch(16); }

template <class M>
train::TrainerOptions<M> options(const data::Pipeline& train = training_points(),
                                 std::vector<std::shared_ptr<train::Callback>> callbacks = {}) {
  return {.train_dataloader = train,
          .val_dataloader = test_points(),
          .loss_fn = train::cross_entropy,
          .metric_fns = {{"accuracy", train::accuracy}},
          .callbacks = std::move(callbacks)};
}

inline train::TrainingConfig quiet(train::TrainingConfig config = {}) {
  config.device = "cpu";
  config.output = nullptr;
  config.progress_bar = false;
  return config;
}

inline void expect_same_bits(const nn::State& a, const nn::State& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_TRUE(all(equal(a[i].second, b[i].second)).item() != 0) << a[i].first;
  }
}

inline double difference(const Tensor& a, const Tensor& b) {
  return relative_error(a.to_vector<double>(), b.to_vector<double>());
}
inline ::testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != text.npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << part << "' is not in: " << text;
}

// Ctrl-C after a step.
struct Stops : train::Callback {
  std::int64_t step;
  explicit Stops(std::int64_t at) : step(at) {}
  void on_batch_end(train::Training& training) override {
    if (training.step() == step) std::raise(SIGINT);
  }
};

class TrainingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("ramie_training_" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

}  // namespace ramie::testing
