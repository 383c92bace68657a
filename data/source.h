// A source gives records by index. Where the order matters, samplers and pipelines decide; a source only
// looks up.
//
//   auto source = data::TensorSource({{"image", images}, {"label", labels}});
//   source.record(7);                                     // image uint8[28,28,1], label int32[]
//   source.gather(std::vector<std::int64_t>{7, 2, 2});    // rows 7, 2, 2 of each tensor, stacked
//
// One of your own says how many records there are and makes one of them:
//
//   struct Squares : data::Source {
//     std::int64_t size() const override { return 100; }
//     std::string describe() const override { return "squares"; }
//     data::Batch record(std::int64_t i) const override { return {{"x", tensor(i)}, {"y", tensor(i * i)}}; }
//   };
//   for (const data::Batch& batch : data::from_source(Squares{}, 32)) ...
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ramie/data/batch.h>

namespace ramie::data {

// Implementations must be safe to read from several threads.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::int64_t size() const = 0;  // the number of records
  // One line that is the same whenever the data is: "MNIST(train)[60000]". A saved position in a pipeline is
  // only taken up again where it is.
  virtual std::string describe() const = 0;
  // One record, without a batch axis; index in [0, size()).
  virtual Batch record(std::int64_t index) const = 0;
  // The records of these indices, stacked along a new first axis. Override it where that is faster than one
  // after the other.
  virtual Batch gather(std::span<const std::int64_t> indices) const;
};
using SourcePtr = std::shared_ptr<const Source>;

// Tensors of equal length in memory; record i is row i of each.
class TensorSource : public Source {
 public:
  explicit TensorSource(const Batch& tensors, std::string name = "tensors");
  std::int64_t size() const override { return size_; }
  std::string describe() const override;
  Batch record(std::int64_t index) const override;
  Batch gather(std::span<const std::int64_t> indices) const override;

 private:
  Batch tensors_;
  std::string name_;
  std::int64_t size_ = 0;
};

// Throws Error("[source] index ... is outside the ... records.") unless 0 <= index < source.size().
void check_index(const Source& source, std::int64_t index);

// Joins records along a new first axis; they must have the same names, shapes and dtypes.
Batch stack(const std::vector<Batch>& records);
// The opposite: row i of every tensor, as a view without the first axis.
Batch row(const Batch& batch, std::int64_t i);

}  // namespace ramie::data
