// A pipeline of records: from a source, in some order, changed, in batches.
//
//   data::Pipeline train = data::from_source(source, 128, {.seed = 42})
//                              .add(data::Normalize({.mean = {0.1307}, .std = {0.3081}}))
//                              .add(data::Noise({.noise_std = 0.1}))
//                              .prefetch(4, 2);                      // 4 batches ahead, 2 threads
//   for (const data::Batch& batch : train) step(batch["image"], batch["label"]);
//   std::cout << train.describe() << train.report();
//
// and with the words and the exact meaning of tf.data:
//
//   data::Pipeline train = data::Mnist().train().pipeline()
//                              .repeat(10)
//                              .shuffle(1024)
//                              .batch(32, {.drop_remainder = true});
//   train.cardinality();                          // 18750
//
// A Pipeline only describes: every operation gives a new one and leaves the original as it was, and every
// loop over it starts afresh. Before batch() the elements are single records, so the order of operations
// matters: repeat().shuffle() mixes the end of one pass with the beginning of the next, shuffle().repeat()
// does not. Operators are fastest behind batch(): one call for all records of a batch.
//
// Loops are numbered from 0 on, those over pipelines made from one another together. The number decides about
// orders and random numbers, together with the seeds: the second loop over a shuffled pipeline has another
// order than the first, and a program that is run again repeats both. epoch(0) is the same pipeline, all of
// whose loops are the first. What a sampler is told, and a record remembers, as the epoch is that number; in
// pass p of a repeat(), 2^32 p more. What an operator draws for a record follows from the seed, the epoch and
// the record's index alone: batch size, workers, shards, and where a run was interrupted do not matter.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include <ramie/data/collate.h>
#include <ramie/data/operators/composite.h>
#include <ramie/data/report.h>
#include <ramie/data/sampler.h>
#include <ramie/data/source.h>
#include <ramie/data/stage.h>

namespace ramie::data {

inline constexpr std::int64_t infinite_cardinality = -1, unknown_cardinality = -2;

struct BatchOptions {
  bool drop_remainder = false;  // leave out a last batch that is not full
  Collate collate = {};         // how records become a batch; empty: stacked
};

struct SourceOptions {
  SamplerPtr sampler = nullptr;  // the order; nothing: as in the source
  bool drop_remainder = false;
  std::uint64_t seed = 0;  // of the operators that have none of their own
};

// Where a loop stands: which one of which pipeline, and how many elements it has given out.
struct PipelineState {
  std::string pipeline;  // what fingerprint() says
  std::uint64_t loop = 0;
  std::int64_t position = 0;
};

std::string str(const PipelineState& state);
PipelineState parse_pipeline_state(const std::string& text);  // of str(state); an error if it is not

namespace detail {
struct Node;
using NodePtr = std::shared_ptr<const Node>;
}  // namespace detail

// One loop over a Pipeline. It may be left at any point.
class Iterator {
 public:
  // Nothing at the end. What was thrown in a source, an operator or a function, on whatever thread, is thrown
  // here, with the name of the step and the record's index. The loop has ended then; one from state() on
  // begins with the element that failed.
  std::optional<Batch> next();
  PipelineState state() const;

 private:
  friend class Pipeline;
  Iterator(detail::NodePtr node, std::uint64_t loop);
  std::optional<Batch> made();
  detail::NodePtr node_;  // outlives the stages
  StagePtr stage_;
  std::uint64_t loop_;
  std::int64_t position_ = 0, left_at_ = 0;
  bool ended_ = false;
};

class Pipeline {
 public:
  // Record i is row i of each tensor.
  static Pipeline from_tensor_slices(const Batch& tensors);
  // Single records; options.drop_remainder does not matter.
  static Pipeline from_source(SourcePtr source, const SourceOptions& options = {});

  // The operator on each record, or each batch of them. Also a function of one record, which may take a
  // random key and runs on whole batches by vmap (operators/element.h).
  Pipeline add(const AnyOperator& op) const;
  // Each of the operators on the same records, and their results merged; one of two for each record
  // (operators/composite.h).
  Pipeline parallel(std::vector<AnyOperator> operators, ParallelOptions options = {}) const;
  Pipeline branch(Condition condition, AnyOperator a, AnyOperator b) const;
  // f(element) in place of each element: a record before batch(), a batch after it. The name is for
  // descriptions. The workers of a prefetch() behind it call it at the same time.
  Pipeline map(std::function<Batch(Batch)> f, std::string name = "map") const;
  // The elements for which `keeps` is true. Their values are made by the thread that pulls: put prefetch()
  // before it if they are dear.
  Pipeline filter(std::function<bool(const Batch&)> keeps) const;

  // All elements `count` times in a row; without a count, or with a negative one, for ever.
  Pipeline repeat(std::int64_t count = -1) const;
  // Keeps a buffer of elements, yields one drawn uniformly and puts the next of the input in its place. A
  // buffer of at least the number of elements shuffles them perfectly. With `reshuffle_each_iteration`, every
  // loop over the pipeline and every pass of a repeat() behind it has an order of its own, else all have the
  // same. All follow from the seed.
  Pipeline shuffle(std::int64_t buffer_size, std::uint64_t seed = 0,
                   bool reshuffle_each_iteration = true) const;
  // The first `count` elements (all of them if negative), and those behind them (none if negative).
  Pipeline take(std::int64_t count) const;
  Pipeline skip(std::int64_t count) const;
  // Every count-th element from number `index` on.
  Pipeline shard(std::int64_t count, std::int64_t index) const;
  Pipeline concatenate(const Pipeline& other) const;
  // Elements with the tensors of both, as long as both have some.
  Pipeline zip(const Pipeline& other) const;
  // Adds each element's number, an int64 scalar.
  Pipeline enumerate(std::int64_t start = 0, const std::string& name = "index") const;

  // Joins every `size` elements along a new first axis; the last batch may be smaller.
  Pipeline batch(std::int64_t size, BatchOptions options = {}) const;
  Pipeline padded_batch(std::int64_t size, PaddedOptions options = {}, bool drop_remainder = false) const;
  Pipeline unbatch() const;
  Pipeline rebatch(std::int64_t size, bool drop_remainder = false) const;

  // Prepares up to `size` elements ahead (0: none), on `workers` threads, and hands them out in order.
  Pipeline prefetch(std::int64_t size, std::int64_t workers = 1) const;
  // Every loop has the elements of the first, in its order. They are made once: the first loop that is not
  // left early keeps them. Operators behind it draw anew in each loop.
  Pipeline cache() const;
  // Every loop is that of this epoch: the same order, the same random numbers.
  Pipeline epoch(std::uint64_t epoch) const;

  // The number of elements, infinite_cardinality or unknown_cardinality.
  std::int64_t cardinality() const;

  // One line for each step, from the source to the end; other inputs of a step are indented.
  std::string describe() const;
  // The same as drawings: Mermaid's flowchart, and SVG.
  std::string mermaid() const;
  std::string svg() const;
  // Where the time went in all loops so far; see report.h.
  Report report() const;
  // What decides about the elements: describe() without prefetch().
  std::string fingerprint() const;

  Iterator iterator() const;
  // The loop that `state` was taken from, from there on. An error that names the first difference if it was
  // another pipeline's. The elements before are passed over without being made, but for those that a filter,
  // an unbatch or a rebatch asks for.
  Iterator iterator(const PipelineState& state) const;
  class LoopIterator;
  LoopIterator begin() const;
  std::default_sentinel_t end() const { return {}; }

 private:
  friend class Iterator;
  explicit Pipeline(detail::NodePtr node) : node_(std::move(node)) {}
  detail::NodePtr node_;
};

// Batches of records of a source, as Datarax begins its pipelines.
Pipeline from_source(SourcePtr source, std::int64_t batch_size, const SourceOptions& options = {});
template <std::derived_from<Source> S>
Pipeline from_source(S source, std::int64_t batch_size, const SourceOptions& options = {}) {
  return from_source(std::make_shared<const S>(std::move(source)), batch_size, options);
}

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
