// A pipeline of records, with the words and the meaning of tf.data.
//
//   data::Pipeline train = data::Mnist().train().pipeline()
//                             .repeat(10)
//                             .shuffle(1024)
//                             .batch(32, {.drop_remainder = true})
//                             .map([](data::Batch batch) {
//                               batch["image"] = batch["image"].astype(float32) / 255;
//                               return batch;
//                             })
//                             .prefetch(1);
//   train.cardinality();                          // 18750
//   for (const data::Batch& batch : train) step(batch["image"], batch["label"]);
//
// A Pipeline only describes; every loop over it starts afresh and every operation leaves the original as it
// was. Before batch() its elements are single records, so the order of the operations matters:
// repeat().shuffle() mixes the end of one pass with the beginning of the next, shuffle().repeat() does not.
// Mapping after batch() is faster than before it: one call per batch instead of one per record.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include <ramie/data/source.h>
#include <ramie/data/stage.h>

namespace ramie::data {

inline constexpr std::int64_t infinite_cardinality = -1, unknown_cardinality = -2;

struct BatchOptions {
  bool drop_remainder = false;  // leave out a last batch that is not full
};

// One pass over a Pipeline. It may be left at any point.
class Iterator {
 public:
  std::optional<Batch> next();  // nothing at the end

 private:
  friend class Pipeline;
  Iterator(StagePtr stage, std::shared_ptr<const Source> source)
      : stage_(std::move(stage)), source_(std::move(source)) {}
  StagePtr stage_;
  std::shared_ptr<const Source> source_;
};

class Pipeline {
 public:
  // Record i is row i of each tensor.
  static Pipeline from_tensor_slices(const Batch& tensors);
  static Pipeline from_source(std::shared_ptr<const Source> source);

  // All elements `count` times in a row; without a count, or with a negative one, for ever.
  Pipeline repeat(std::int64_t count = -1) const;
  // Keeps a buffer of elements, yields one drawn uniformly and puts the next of the input in its place. A
  // buffer of at least the number of elements shuffles them perfectly. With `reshuffle_each_iteration`, every
  // loop over the pipeline and every pass of a repeat() behind it has an order of its own, else all have the
  // same. All follow from the seed.
  Pipeline shuffle(std::int64_t buffer_size, std::uint64_t seed = 0,
                   bool reshuffle_each_iteration = true) const;
  // Stacks every `size` elements along a new first axis; the last batch may be smaller.
  Pipeline batch(std::int64_t size, BatchOptions options = {}) const;
  // f(element) in place of each element: a record before batch(), a batch after it.
  Pipeline map(std::function<Batch(Batch)> f) const;
  // Prepares up to `size` elements ahead, on a thread. Its exceptions are thrown where the element is asked
  // for.
  Pipeline prefetch(std::int64_t size) const;
  // The first `count` elements (all of them if negative), and those behind them (none if negative).
  Pipeline take(std::int64_t count) const;
  Pipeline skip(std::int64_t count) const;

  // The number of elements, infinite_cardinality or unknown_cardinality.
  std::int64_t cardinality() const;

  Iterator iterator() const;
  class LoopIterator;
  LoopIterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  struct Node;
  explicit Pipeline(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  Pipeline derive(std::int64_t cardinality, std::function<StagePtr(StagePtr)> stage) const;
  std::shared_ptr<const Node> node_;
};

// What range-for uses.
class Pipeline::LoopIterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  explicit LoopIterator(Iterator iterator) : iterator_(std::move(iterator)), batch_(iterator_.next()) {}
  Batch& operator*() { return *batch_; }
  LoopIterator& operator++() {
    batch_ = iterator_.next();
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return !batch_; }

 private:
  Iterator iterator_;
  std::optional<Batch> batch_;
};

}  // namespace ramie::data
