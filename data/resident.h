// A data set that lives on the device, with the order in which it is read. A batch is a few launches, and the
// place in the order is state like a model's, so that a jitted step fetches its own data and a whole epoch
// copies nothing:
//
//   data::Resident train(data::Mnist().train(), {.batch_size = 32, .seed = 0});     // on the default device
//   auto step = nn::jit([&](CNN& model, optim::Optimizer& optimizer) {
//     data::Batch batch = train.next();
//     batch["image"] = batch["image"].astype(float32) / 255;
//     ...
//   });
//   auto epoch = step.repeat(static_cast<int>(train.steps_per_epoch()));
//
// Every epoch has an order of its own, a function of the seed; records that do not fill a batch are left out
// of it.
#pragma once

#include <cstdint>
#include <memory>

#include <ramie/data/batch.h>
#include <ramie/data/split.h>
#include <ramie/tensor/launch.h>

namespace ramie::data {

struct ResidentOptions {
  std::int64_t batch_size = 32;
  std::int64_t seed = 0;
  bool shuffle = true;
};

class Resident {
 public:
  Resident(const Split& split, const ResidentOptions& options);
  // {"image" uint8[batch, ...], "label" int32[batch]}, and moves on.
  Batch next();
  std::int64_t steps_per_epoch() const { return images_.shape(0) / options_.batch_size; }
  // The next batch's number, from 0 on, uint32: a checkpoint needs no more.
  Tensor step() const { return get(step_); }
  void set_step(Tensor step);

 private:
  ResidentOptions options_;
  Tensor images_, labels_, key_;
  std::shared_ptr<Cell> step_;
};

}  // namespace ramie::data
