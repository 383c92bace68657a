// A source gives records by index. Where the order matters, samplers and pipelines decide; a source only
// looks up.
//
//   auto source = std::make_shared<data::TensorSource>(data::Batch{{"image", images}, {"label", labels}});
//   source->gather(std::vector<std::int64_t>{7, 2, 2});   // rows 7, 2, 2 of each tensor, stacked
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <ramie/data/batch.h>

namespace ramie::data {

// Implementations must be safe to read from several threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;  // the number of records
  // The records of these indices, each in [0, size()), stacked along a new first axis.
  virtual Batch gather(std::span<const std::int64_t> indices) const = 0;
};

// Tensors of equal length in memory; record i is row i of each.
class TensorSource : public Source {
 public:
  explicit TensorSource(const Batch& tensors);
  std::int64_t size() const override { return size_; }
  Batch gather(std::span<const std::int64_t> indices) const override;

 private:
  Batch tensors_;
  std::int64_t size_ = 0;
};

// One record, without the batch axis.
Batch record(const Source& source, std::int64_t index);

// Joins records along a new first axis; they must have the same names, shapes and dtypes.
Batch stack(const std::vector<Batch>& records);

}  // namespace ramie::data
