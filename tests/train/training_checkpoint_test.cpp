// Checkpoints of a Trainer: the same bits after any stop, and files that are always whole.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <ramie/train/callbacks.h>
#include <ramie/train/trainer.h>

#include "train/small_training.h"

namespace ramie {
namespace {

using namespace testing;
using train::Trainer;
using train::Training;

train::TrainingConfig saving(const std::filesystem::path& folder, std::int64_t every_steps = 0) {
  train::TrainingConfig config = quiet({.epochs = 4, .grad_clip_norm = 1});
  config.optimizer = optim::adamw({.learning_rate = optim::cosine_decay_schedule(0.01, 40)});
  config.checkpoint_dir = folder;
  config.checkpoint_every_steps = every_steps;
  config.resume_training = true;
  return config;
}

std::vector<std::shared_ptr<train::Callback>> watchers(const std::filesystem::path& folder) {
  return {std::make_shared<train::EarlyStopping>(
              train::EarlyStoppingOptions{.patience = 3, .restore_best_weights = true}),
          std::make_shared<train::ModelCheckpoint>(
              train::ModelCheckpointOptions{.file = (folder / "best.safetensors").string()}),
          std::make_shared<train::CsvLogger>(folder / "log.csv")};
}

struct Result {
  nn::State model, optimizer;
  train::MetricSeries history;  // without times
};

Result run(const train::TrainingConfig& config, std::shared_ptr<train::Callback> more = nullptr) {
  SmallNet model(nn::Rngs(0));
  auto callbacks = watchers(config.checkpoint_dir);
  if (more) callbacks.push_back(std::move(more));
  Trainer trainer(model, config, options<SmallNet>(training_points(), callbacks));
  Result out{{}, {}, trainer.fit().series()};
  out.model = nn::state(model);
  out.optimizer = trainer.optimizer().state();
  out.history.erase("seconds");
  return out;
}

void expect_same(const Result& a, const Result& b) {
  expect_same_bits(a.model, b.model);
  expect_same_bits(a.optimizer, b.optimizer);
  EXPECT_EQ(a.history, b.history);
}

class Checkpoint : public TrainingTest {
 protected:
  std::filesystem::path fresh(const std::string& name) const {
    std::filesystem::create_directories(folder / name);
    return folder / name;
  }
  std::filesystem::path newest(const std::string& name) const {
    return folder / name / "checkpoint.safetensors";
  }
};

TEST_F(Checkpoint, ATrainingThatWasInterruptedAnywhereEndsWithTheSameBits) {
  const Result undisturbed = run(saving(fresh("whole")));
  for (std::int64_t at : {1, 5, 7, 8, 13, 14, 20, 27, 28}) {
    const auto config = saving(fresh("at" + std::to_string(at)));
    run(config, std::make_shared<Stops>(at));
    expect_same(undisturbed, run(config));
  }
}

TEST_F(Checkpoint, ManyInterruptionsOneAfterTheOtherToo) {
  const Result undisturbed = run(saving(fresh("whole")));
  const auto config = saving(fresh("often"));
  for (std::int64_t at : {2, 3, 9, 10, 21}) run(config, std::make_shared<Stops>(at));
  expect_same(undisturbed, run(config));
}

TEST_F(Checkpoint, ResumesWithAccumulationAndStepsPerEpoch) {
  const auto config = [&](const std::string& name) {
    train::TrainingConfig c = saving(fresh(name));
    c.accumulate_grad_batches = 2;
    c.steps_per_epoch = 5;
    return c;
  };
  const Result undisturbed = run(config("whole"));
  run(config("parts"), std::make_shared<Stops>(7));
  expect_same(undisturbed, run(config("parts")));
}

struct StopsIn : train::Callback {
  std::string event;
  explicit StopsIn(std::string name) : event(std::move(name)) {}
  void meet(const std::string& name, const Training& training) const {
    if (event == name && training.epoch() == 3) std::raise(SIGINT);
  }
  void on_epoch_start(Training& training) override { meet("epoch start", training); }
  void on_validation_start(Training& training) override { meet("validation start", training); }
  void on_epoch_end(Training& training) override { meet("epoch end", training); }
};

TEST_F(Checkpoint, CtrlCBetweenTheStepsToo) {
  const auto config = [&](const std::string& name) {
    train::TrainingConfig c = saving(fresh(name));
    c.checkpoint_every = 10;
    return c;
  };
  const Result undisturbed = run(config("whole"));
  for (const char* event : {"epoch start", "validation start", "epoch end"}) {
    run(config(event), std::make_shared<StopsIn>(event));
    const train::Metadata metadata = train::load_safetensors(newest(event)).metadata;
    EXPECT_EQ(metadata.at("step"), event == std::string("epoch start") ? "14" : "21");
    expect_same(undisturbed, run(config(event)));
  }
}

TEST_F(Checkpoint, CallbacksOfOneNameAreKeptApart) {
  const auto pair = [&](const train::TrainingConfig& config, std::shared_ptr<train::Callback> more) {
    SmallNet model(nn::Rngs(0));
    const auto one = std::make_shared<train::EarlyStopping>(train::EarlyStoppingOptions{.patience = 9});
    const auto two =
        std::make_shared<train::EarlyStopping>(train::EarlyStoppingOptions{.patience = 9, .min_delta = 5});
    Trainer(model, config, options<SmallNet>(training_points(), {one, two, std::move(more)})).fit();
    return std::pair(one->best(), two->best());
  };
  const auto none = std::make_shared<train::Callback>();
  const auto undisturbed = pair(saving(fresh("whole")), none);
  EXPECT_NE(undisturbed.first, undisturbed.second);
  pair(saving(fresh("parts")), std::make_shared<Stops>(16));
  EXPECT_EQ(pair(saving(fresh("parts")), none), undisturbed);
}

struct Diverges : train::Callback {
  void on_batch_end(Training& training) override {
    if (training.step() == 10) training.optimizer().set_hyperparameter("learning_rate", 1e38);
    if (training.step() == 13) std::raise(SIGINT);
  }
};

TEST_F(Checkpoint, CtrlCKeepsNoModelThatHasDiverged) {
  auto config = quiet({.optimizer = optim::sgd({.learning_rate = 0.1}), .print_every = 100});
  config.checkpoint_dir = fresh("nan");
  const std::string error = error_of([&] { run(config, std::make_shared<Diverges>()); });
  EXPECT_TRUE(contains(error, "the loss is"));
  EXPECT_EQ(train::load_safetensors(newest("nan")).metadata.at("epochs_done"), "1");
}

TEST_F(Checkpoint, FewerStepsPerEpochThanWereDoneEndTheEpoch) {
  auto config = saving(fresh("steps"));
  config.steps_per_epoch = 6;
  run(config, std::make_shared<Stops>(5));
  config.steps_per_epoch = 3;
  EXPECT_EQ(run(config).history.at("train_loss").size(), 4U);
}

TEST_F(Checkpoint, LeavesTheFilesOfOthers) {
  const auto config = saving(fresh("shared"));
  std::ofstream(folder / "shared/film.mkv.part") << "x";
  std::ofstream(folder / "shared/checkpoint.safetensors.0a1b2c3d.part") << "x";
  run(config);
  EXPECT_TRUE(std::filesystem::exists(folder / "shared/film.mkv.part"));
  EXPECT_FALSE(std::filesystem::exists(folder / "shared/checkpoint.safetensors.0a1b2c3d.part"));
}

// ---- Killed without a warning

// A test of this program in another process.
pid_t start(const std::string& filter, const std::filesystem::path& folder) {
  const pid_t child = fork();
  if (child != 0) return child;
  setenv("RAMIE_TRAINING_FOLDER", folder.c_str(), 1);
  const std::string argument = "--gtest_filter=" + filter;
  execl("/proc/self/exe", "child", argument.c_str(), "--gtest_also_run_disabled_tests", "--gtest_brief=1",
        nullptr);
  _exit(127);
}

TEST(CheckpointChild, DISABLED_Trains) {
  const char* folder = std::getenv("RAMIE_TRAINING_FOLDER");
  ASSERT_NE(folder, nullptr);
  const Result result = run(saving(folder, 1));
  nn::State all = result.model;
  for (const auto& [path, value] : result.optimizer) all.add("optimizer." + path, value);
  train::save_safetensors(std::filesystem::path(folder) / "result.safetensors", all);
}

// Whether it was killed before its end.
bool killed_after(std::chrono::milliseconds wait, const std::filesystem::path& folder) {
  const pid_t child = start("CheckpointChild.DISABLED_Trains", folder);
  std::this_thread::sleep_for(wait);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

std::chrono::milliseconds whole_time(const std::filesystem::path& folder) {
  const auto begin = std::chrono::steady_clock::now();
  int status = 0;
  waitpid(start("CheckpointChild.DISABLED_Trains", folder), &status, 0);
  EXPECT_EQ(status, 0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
}

TEST_F(Checkpoint, KilledAtRandomMomentsItEndsWithTheSameBits) {
  const char* wanted = std::getenv("RAMIE_KILLS");
  const int kills = wanted ? std::atoi(wanted) : 4;
  auto longest = whole_time(fresh("whole")).count();
  const nn::State undisturbed = train::load_safetensors(folder / "whole" / "result.safetensors").tensors;
  std::mt19937 random(1);
  int killed = 0;
  std::string steps;  // at which it was killed
  for (int round = 0; killed < kills; ++round) {
    const auto here = fresh("killed" + std::to_string(round));
    const int before = killed;
    // Later and later: a machine may become slower meanwhile.
    for (std::int64_t most = longest;; most += 1 + most / 4) {
      const std::chrono::milliseconds wait(std::uniform_int_distribution(most / 4, most)(random));
      if (!killed_after(wait, here)) break;
      ++killed;
      if (std::filesystem::exists(here / "checkpoint.safetensors"))
        steps += " " + train::load_safetensors(here / "checkpoint.safetensors").metadata.at("step");
    }
    if (killed == before) longest = longest * 2 / 3;
    expect_same_bits(undisturbed, train::load_safetensors(here / "result.safetensors").tensors);
    // Of a file whose rename was cut off a part may stay; the training's own are swept away by the next run.
    for (const auto& entry : std::filesystem::directory_iterator(here))
      EXPECT_TRUE(entry.path().extension() != ".part" ||
                  !entry.path().filename().string().starts_with("checkpoint"))
          << entry.path();
  }
  std::printf("killed %d times, after the steps%s\n", killed, steps.c_str());
}

// ---- What does not fit

TEST_F(Checkpoint, AFolderThatIsInUseIsNotOverwritten) {
  auto config = saving(fresh("used"));
  config.epochs = 1;
  run(config);
  config.resume_training = false;
  const std::string error = error_of([&] { run(config); });
  EXPECT_TRUE(contains(error, "checkpoint.safetensors is there already. Set resume_training"));
}

TEST_F(Checkpoint, AdditionalEpochsGoBeyondTheEnd) {
  auto config = saving(fresh("more"));
  config.epochs = 2;
  run(config);
  config.additional_epochs = 2;
  EXPECT_EQ(run(config).history.at("train_loss").size(), 4U);
}

TEST_F(Checkpoint, KeepsThoseOfAllEpochsIfAsked) {
  auto config = saving(fresh("all"));
  config.epochs = 2;
  config.keep_all_checkpoints = true;
  config.project_name = "digits";
  run(config);
  for (const char* name : {"checkpoint", "checkpoint-epoch-1", "checkpoint-epoch-2"})
    EXPECT_TRUE(std::filesystem::exists(folder / "all/digits" / (std::string(name) + ".safetensors")))
        << name;
}

TEST_F(Checkpoint, ErrorsLeaveAllAsItWas) {
  auto config = saving(fresh("good"));
  config.epochs = 1;
  run(config);
  SmallNet model(nn::Rngs(3));
  Trainer trainer(model, quiet(), options<SmallNet>());
  const nn::State before = nn::state(model);
  const auto refusal = [&](const std::filesystem::path& file) {
    const std::string error = error_of([&] { trainer.load_checkpoint(file); });
    expect_same_bits(before, nn::state(model));
    EXPECT_EQ(trainer.step(), 0);
    return error;
  };
  EXPECT_TRUE(contains(refusal(folder / "none"), "none"));
  // Another optimizer, and so other tensors.
  EXPECT_TRUE(contains(refusal(newest("good")), "does not fit the model"));
  train::save_state(model, folder / "weights.safetensors");
  EXPECT_TRUE(contains(refusal(folder / "weights.safetensors"), "is no checkpoint of a training"));
  std::filesystem::copy(newest("good"), folder / "short.safetensors");
  std::filesystem::resize_file(folder / "short.safetensors", 1000);
  EXPECT_TRUE(contains(refusal(folder / "short.safetensors"), "short.safetensors"));
}

TEST_F(Checkpoint, DamagedFactsAreNamed) {
  SmallNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 1}), options<SmallNet>());
  trainer.fit();
  trainer.save_checkpoint(folder / "good");
  const train::Safetensors good = train::load_safetensors(folder / "good");
  const nn::State before = nn::state(model);
  const auto refusal = [&](const std::string& name, const std::string& value) {
    train::Metadata metadata = good.metadata;
    metadata[name] = value;
    train::save_safetensors(folder / "bad", good.tensors, metadata);
    const std::string error = error_of([&] { trainer.load_checkpoint(folder / "bad"); });
    expect_same_bits(before, nn::state(model));
    return error;
  };
  EXPECT_TRUE(contains(refusal("step", "-3"), "its 'step' is missing or no such value"));
  EXPECT_TRUE(contains(refusal("epoch", "1e9"), "its 'epoch' is missing or no such value"));
  EXPECT_TRUE(contains(refusal("epochs_done", "7"), "'history."));
  EXPECT_TRUE(contains(refusal("epochs_done", "99999999999999"), "'history."));
  EXPECT_TRUE(contains(refusal("step", "9223372036854775807"), "'step'"));
  EXPECT_TRUE(contains(refusal("in_epoch", "2"), "'in_epoch'"));
  EXPECT_TRUE(contains(refusal("epoch", "5"), "'epoch'"));
  EXPECT_TRUE(contains(refusal("data", "nonsense"), "this is not a saved place"));
  EXPECT_TRUE(contains(refusal("format", "ramie training 2"), "is no checkpoint of a training"));
}

TEST_F(Checkpoint, EpochsWithoutAHistoryAreNoEpochs) {
  SmallNet model(nn::Rngs(0));
  Trainer trainer(model, quiet(), options<SmallNet>());
  trainer.save_checkpoint(folder / "bad");
  train::Safetensors file = train::load_safetensors(folder / "bad");
  file.metadata["epoch"] = file.metadata["epochs_done"] = "99999999999";
  train::save_safetensors(folder / "bad", file.tensors, file.metadata);
  EXPECT_TRUE(contains(error_of([&] { trainer.load_checkpoint(folder / "bad"); }), "'epochs_done'"));
}

TEST_F(Checkpoint, AnotherPipelineIsRefusedWithTheDifference) {
  SmallNet model(nn::Rngs(0));
  Trainer trainer(model, quiet({.epochs = 1}), options<SmallNet>());
  trainer.fit();
  trainer.save_checkpoint(folder / "good");
  Trainer other(model, quiet(), options<SmallNet>(training_points(50, 16)));
  EXPECT_TRUE(contains(error_of([&] { other.load_checkpoint(folder / "good"); }),
                       "this place was saved in another pipeline"));
}

// ---- Disks

TEST_F(Checkpoint, AFolderThatCannotBeMadeIsAnErrorAtTheStart) {
  std::ofstream(folder / "file") << "x";
  EXPECT_TRUE(contains(error_of([&] { run(saving(folder / "file" / "below")); }), "cannot make the folder"));
}

struct Fills : train::Callback {
  std::int64_t from, to;
  Fills(std::int64_t first, std::int64_t last) : from(first), to(last) {}
  void on_epoch_start(Training& training) override {
    const rlimit limit{training.epoch() >= from && training.epoch() <= to ? 100 : RLIM_INFINITY,
                       RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
};

class FullDisk : public Checkpoint {
 protected:
  void SetUp() override {
    Checkpoint::SetUp();
    std::signal(SIGXFSZ, SIG_IGN);  // a write is refused instead
  }
  void TearDown() override {
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none);
    Checkpoint::TearDown();
  }
};

TEST_F(FullDisk, ForAWhileIsAWarningAndTheOldFileStaysWhole) {
  const Result undisturbed = run(saving(fresh("whole")));
  SmallNet model(nn::Rngs(0));
  const auto config = saving(fresh("full"));
  Trainer trainer(model, config, options<SmallNet>(training_points(), {std::make_shared<Fills>(2, 3)}));
  EXPECT_EQ(trainer.fit().epochs(), 4);
  ASSERT_EQ(trainer.report().warnings.size(), 2U);
  EXPECT_TRUE(contains(trainer.report().warnings[0], "cannot write"));
  EXPECT_EQ(train::load_safetensors(newest("full")).metadata.at("epochs_done"), "4");
}

TEST_F(FullDisk, AtTheEndIsAnErrorAndTheTrainerKeepsItsState) {
  SmallNet model(nn::Rngs(0));
  Trainer trainer(model, saving(fresh("full")),
                  options<SmallNet>(training_points(), {std::make_shared<Fills>(2, 9)}));
  const std::string error = error_of([&] { trainer.fit(); });
  EXPECT_TRUE(contains(error, "the last checkpoint could not be written"));
  EXPECT_EQ(train::load_safetensors(newest("full")).metadata.at("epochs_done"), "1");
  const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_FSIZE, &none);
  trainer.fit();  // nothing to do but that
  EXPECT_EQ(train::load_safetensors(newest("full")).metadata.at("epochs_done"), "4");
}

}  // namespace
}  // namespace ramie
