// Sources made of other sources.
//
//   data::concatenate({train, extra});                       // one after the other
//   data::subset(source, {4, 0, 4});                         // these records, in this order
//   data::slice(source, 10, 20);                             // records 10 to 19
//   data::sliding_window(series, 16, 4);                     // 16 records stacked, every 4 records
//   data::FunctionSource(100, [](std::int64_t i) -> data::Batch { return {{"x", tensor(i)}}; });
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ramie/data/sources/any_source.h>

namespace ramie::data {

// All records of the first, then all of the second... Batches that lie in several need records of one kind.
SourcePtr concatenate(const std::vector<AnySource>& sources);

// Record i is record indices[i] of the source; an index may come more than once. Negative ones count from the
// end.
SourcePtr subset(AnySource source, std::vector<std::int64_t> indices);

// The records from `start` up to, but without, `stop`, with Python's meaning: negative ends count from the
// end, ends are clipped. For "[10%:20%]" see splits.h.
SourcePtr slice(AnySource source, std::int64_t start, std::int64_t stop);

// Record i is the records i * stride ... i * stride + size - 1, stacked along a new first axis; windows that
// would be cut short are left out. Source: tf.data's window(size, shift=stride, drop_remainder=True).
SourcePtr sliding_window(AnySource source, std::int64_t size, std::int64_t stride = 1);

// Record i is f(i), without a batch axis; f must be safe to call from several threads.
class FunctionSource : public Source {
 public:
  FunctionSource(std::int64_t size, std::function<Batch(std::int64_t)> f, std::string name = "function");
  std::int64_t size() const override { return size_; }
  std::string describe() const override;
  Batch record(std::int64_t index) const override;

 private:
  std::int64_t size_;
  std::function<Batch(std::int64_t)> f_;
  std::string name_;
};

}  // namespace ramie::data
