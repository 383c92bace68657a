// How a Trainer trains.
//
//   train::TrainingConfig config{.epochs = 10,
//                                .optimizer = optim::adamw({.learning_rate = 1e-3}),
//                                .early_stopping_patience = 3,
//                                .checkpoint_dir = "checkpoints",
//                                .grad_clip_norm = 1};
//
// Source: Treadmill's TrainingConfig. Not here: mixed precision, and a backward function of one's own, since
// gradients are values and pass through `optimizer`.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include <ramie/optim/optimizers.h>

namespace ramie::train {

struct TrainingConfig {
  std::int64_t epochs = 10;
  std::string device = "auto";  // "auto", "cpu", "cuda", "cuda:1"; the model is moved there
  optim::GradientTransformation optimizer = optim::adam({.learning_rate = 1e-3});
  // The learning rate of each epoch, from its number (from 0 on): in place of the optimizer's. One that
  // changes with every step belongs into the optimizer itself.
  optim::Schedule scheduler = {};
  nn::Filter trainable = nn::is<nn::Param>;   // the others are frozen
  std::optional<double> grad_clip_norm = {};  // of the norm of all gradients, before the step
  std::int64_t accumulate_grad_batches = 1;   // batches for one step, as if they were one
  std::int64_t steps_per_epoch = 0;           // 0: an epoch is one loop over the training pipeline
  std::int64_t validate_every = 1;            // epochs
  std::optional<std::int64_t> early_stopping_patience = {};  // EarlyStopping of val_loss

  // Checkpoints lie in checkpoint_dir/project_name; empty: there are none. "checkpoint.safetensors" is the
  // newest.
  std::filesystem::path checkpoint_dir = {};
  std::string project_name = {};
  std::int64_t checkpoint_every = 1;        // epochs
  std::int64_t checkpoint_every_steps = 0;  // also within an epoch; 0: not
  bool keep_all_checkpoints = false;        // those of epochs too, as "checkpoint-epoch-3.safetensors"
  bool resume_training = false;             // goes on from the newest, if there is one
  std::optional<std::int64_t> additional_epochs = {};  // so many beyond the newest's, in place of `epochs`

  double overfit_threshold = 0.1;  // by how much val_loss is above train_loss when a warning is printed
  bool jit = true;                 // false: every step runs op by op, for a debugger
  bool progress_bar = true;
  std::int64_t print_every = 10;  // steps between two readings of the loss, which wait for the device
  std::FILE* output = stdout;     // null: nothing is printed
};

}  // namespace ramie::train
