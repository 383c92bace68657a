// What is called while a Trainer trains.
//
//   struct StopAtGoal : train::Callback {
//     void on_epoch_end(train::Training& training) override {
//       if (training.metrics().at("val_accuracy") > 0.99) training.stop("goal");
//     }
//   };
//
// The order is that of Treadmill: train start; for each epoch: start, batches, validation, the epoch's table,
// end, checkpoint; train end, which comes also after an exception or Ctrl-C. The ready ones are in
// train/callbacks.h.
#pragma once

#include <string>

#include <ramie/nn/state.h>

namespace ramie::train {

class Training;

class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_start(Training&) {}
  virtual void on_train_end(Training&) {}
  virtual void on_epoch_start(Training&) {}
  virtual void on_epoch_end(Training&) {}
  virtual void on_batch_start(Training&) {}
  virtual void on_batch_end(Training&) {}  // after each step of the optimizer
  virtual void on_validation_start(Training&) {}
  virtual void on_validation_end(Training&) {}

  // What a checkpoint keeps for it: under its name, unless that is empty.
  virtual std::string name() const { return ""; }
  virtual nn::State state() const { return {}; }
  virtual void load(const nn::State&) {}
};

}  // namespace ramie::train
