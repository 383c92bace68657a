// An operator changes records: brightness, noise, crop, one-hot. It is given a batch of them and one random
// key for each, so that what happens to a record does not depend on the batch that it is in.
//
//   data::Pipeline train = data::from_source(source, 128)
//                              .add(data::Normalize({.mean = {0.1307}, .std = {0.3081}}))
//                              .add(data::Noise({.noise_std = 0.1}));
//
// One of your own, with public ops only, so that gradients lead through it and it runs on any device:
//
//   struct Invert : data::Operator {
//     std::string describe() const override { return "Invert"; }
//     data::Batch apply(const data::Batch& batch, const Tensor&) const override {
//       data::Batch out = batch;
//       out["image"] = 1 - out["image"];
//       return out;
//     }
//   };
//
// Source: Datarax's OperatorModule.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ramie/data/batch.h>

namespace ramie::data {

// Implementations must be safe to call from several threads.
class Operator {
 public:
  virtual ~Operator() = default;
  // Its name and those of its settings that change what it does, in one line: "Brightness(image, -0.1..0.1)".
  virtual std::string describe() const = 0;
  // The records of `batch` are its rows, along axis 0 of every tensor, and so are those of the result. `keys`
  // is uint32[rows, 2]; undefined unless random().
  virtual Batch apply(const Batch& batch, const Tensor& keys) const = 0;

  virtual bool random() const { return false; }
  // Where the random numbers begin. Without one, the pipeline gives each of its operators a seed of its own.
  virtual std::optional<std::uint64_t> seed() const { return {}; }
  // Whether a record's result is independent of the other records of the batch. Not so for mixup and cutmix.
  virtual bool per_record() const { return true; }

  // Whether apply() is made of ops alone, and reads no values. Then a pipeline records it, together with its
  // neighbours, as one program, and replays that (autograd/jit.h); the numbers are the same.
  virtual bool capturable() const { return false; }

  // For drawings, where several operators work side by side: what each says of itself, and what joins them.
  struct Branches {
    std::vector<std::string> parts;
    std::string joined;
  };
  virtual Branches branches() const { return {}; }

  // One record without a batch axis; key is uint32[2]. The same result as in a batch.
  Batch element(const Batch& record, const Tensor& key = {}) const;
};
using OperatorPtr = std::shared_ptr<const Operator>;

}  // namespace ramie::data
