#include <ramie/data/pipeline.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <ramie/data/prefetch.h>
#include <ramie/data/stages.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

void require(bool good, const char* op, std::int64_t number, const char* rule) {
  if (!good) fail(op, fmt::format("{}, but it is {}.", rule, number));
}

// Cardinalities below zero are infinite or unknown and stay so.
std::int64_t repeated(std::int64_t n, std::int64_t count) {
  if (n == 0 || count == 0) return 0;
  if (n < 0) return n;
  const bool too_many = count > std::numeric_limits<std::int64_t>::max() / n;
  return count < 0 || too_many ? infinite_cardinality : n * count;
}

std::int64_t batched(std::int64_t n, std::int64_t size, bool drop_remainder) {
  if (n < 0) return n;
  return n / size + (n % size != 0 && !drop_remainder ? 1 : 0);
}

std::int64_t taken(std::int64_t n, std::int64_t count) {
  if (count < 0 || n == unknown_cardinality) return n;
  return n == infinite_cardinality ? count : std::min(n, count);
}

std::int64_t skipped(std::int64_t n, std::int64_t count) {
  if (count < 0) return 0;
  return n < 0 ? n : std::max<std::int64_t>(0, n - count);
}

}  // namespace

// `start` makes the running stages of one iteration.
struct Pipeline::Node {
  std::function<StagePtr()> start;
  std::int64_t cardinality;
  std::shared_ptr<const Source> source;
};

Pipeline Pipeline::from_source(std::shared_ptr<const Source> source) {
  const std::int64_t size = source->size();
  auto start = [size] { return std::make_unique<RangeStage>(size); };
  return Pipeline(std::make_shared<Node>(Node{std::move(start), size, std::move(source)}));
}

Pipeline Pipeline::from_tensor_slices(const Batch& tensors) {
  return from_source(std::make_shared<TensorSource>(tensors));
}

// This pipeline with one more stage behind it.
Pipeline Pipeline::derive(std::int64_t cardinality, std::function<StagePtr(StagePtr)> stage) const {
  auto start = [input = node_, stage = std::move(stage)] { return stage(input->start()); };
  return Pipeline(std::make_shared<Node>(Node{std::move(start), cardinality, node_->source}));
}

Pipeline Pipeline::repeat(std::int64_t count) const {
  return derive(repeated(cardinality(), count),
                [count](StagePtr input) { return std::make_unique<RepeatStage>(std::move(input), count); });
}

// The count of iterations belongs to the pipeline, and is read when an iteration starts: neither threads nor
// loops that are left early can change an order.
Pipeline Pipeline::shuffle(std::int64_t buffer_size, std::uint64_t seed, bool reshuffle) const {
  require(buffer_size > 0, "shuffle", buffer_size, "the buffer must hold at least one element");
  auto iterations = std::make_shared<std::atomic<std::uint64_t>>(0);
  return derive(cardinality(), [=](StagePtr input) {
    const std::uint64_t key = fold(seed, reshuffle ? iterations->fetch_add(1) : 0);
    const auto size = static_cast<std::size_t>(buffer_size);
    return std::make_unique<ShuffleStage>(std::move(input), size, key, reshuffle);
  });
}

Pipeline Pipeline::batch(std::int64_t size, BatchOptions options) const {
  require(size > 0, "batch", size, "a batch must hold at least one record");
  const bool drop = options.drop_remainder;
  return derive(batched(cardinality(), size, drop), [size, drop, source = node_->source](StagePtr input) {
    return std::make_unique<BatchStage>(std::move(input), source, size, drop);
  });
}

Pipeline Pipeline::map(std::function<Batch(Batch)> f) const {
  if (!f) fail("map", "the function is empty.");
  return derive(cardinality(), [f = std::move(f), source = node_->source](StagePtr input) {
    return std::make_unique<MapStage>(std::move(input), source, f);
  });
}

Pipeline Pipeline::prefetch(std::int64_t size) const {
  require(size > 0, "prefetch", size, "the queue must hold at least one element");
  return derive(cardinality(), [size](StagePtr input) {
    return std::make_unique<PrefetchStage>(std::move(input), static_cast<std::size_t>(size));
  });
}

Pipeline Pipeline::take(std::int64_t count) const {
  return derive(taken(cardinality(), count),
                [count](StagePtr input) { return std::make_unique<SliceStage>(std::move(input), 0, count); });
}

Pipeline Pipeline::skip(std::int64_t count) const {
  return derive(skipped(cardinality(), count), [count](StagePtr input) {
    const std::int64_t last = count < 0 ? 0 : -1;
    return std::make_unique<SliceStage>(std::move(input), std::max<std::int64_t>(count, 0), last);
  });
}

std::int64_t Pipeline::cardinality() const { return node_->cardinality; }

Iterator Pipeline::iterator() const { return {node_->start(), node_->source}; }

Pipeline::LoopIterator Pipeline::begin() const { return LoopIterator(iterator()); }

std::optional<Batch> Iterator::next() {
  auto element = stage_->next();
  if (!element) return {};
  if (element->value.empty()) return source_->record(element->index);
  return std::move(element->value);
}

}  // namespace ramie::data
