#include <ramie/data/pipeline.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <ramie/data/node.h>
#include <ramie/data/operators/records.h>
#include <ramie/data/stages/batch.h>
#include <ramie/data/stages/cache.h>
#include <ramie/data/stages/order.h>
#include <ramie/data/stages/prefetch.h>
#include <ramie/data/stages/work.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

using detail::behind;
using detail::Node;

void require(bool good, const char* op, std::int64_t number, const char* rule) {
  if (!good) fail(op, fmt::format("{}, but it is {}.", rule, number));
}

// Cardinalities below zero are infinite or unknown and stay so: nothing, repeated for ever, is nothing.
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

std::int64_t concatenated(std::int64_t a, std::int64_t b) {
  if (a == infinite_cardinality || b == infinite_cardinality) return infinite_cardinality;
  if (a < 0 || b < 0) return unknown_cardinality;
  return a > std::numeric_limits<std::int64_t>::max() - b ? infinite_cardinality : a + b;
}

std::int64_t zipped(std::int64_t a, std::int64_t b) {
  if (a == unknown_cardinality || b == unknown_cardinality) return unknown_cardinality;
  if (a < 0 || b < 0) return std::max(a, b);
  return std::min(a, b);
}

using Inputs = std::vector<StagePtr>;

// For nodes with one input and no interest in the loop's number.
template <class F>
auto from_input(F f) {
  return [f = std::move(f)](Inputs inputs, std::uint64_t) -> StagePtr { return f(std::move(inputs[0])); };
}

std::shared_ptr<Node> behind_both(const detail::NodePtr& a, const detail::NodePtr& b, std::string text) {
  auto node = behind(a, std::move(text));
  node->inputs.push_back(b);
  node->operators = std::max(a->operators, b->operators);
  return node;
}

// What a new operator's node does. Operators side by side that can be captured run as one program, by the
// last of them.
Work work_of(Node& node, OperatorStep step) {
  if (node.batch_axes == 0) return on_records(std::move(step));
  const Node& input = *node.inputs[0];
  if (step.op->capturable() && !input.steps.empty() && input.steps.back().op->capturable()) {
    node.runs_behind = input.runs_behind;
    node.steps = input.steps;
  } else {
    node.runs_behind = node.inputs[0];
  }
  node.steps.push_back(std::move(step));
  return on_batches(node.steps);
}

std::string drops(bool drop_remainder) { return drop_remainder ? ", drop_remainder" : ""; }

}  // namespace

namespace detail {

StagePtr start(const NodePtr& node, std::uint64_t loop) {
  Inputs inputs;
  loop = node->epoch.value_or(loop);
  if (node->runs_behind)
    inputs.push_back(start(node->runs_behind, loop));
  else if (node->starts_inputs)
    for (const NodePtr& input : node->inputs) inputs.push_back(start(input, loop));
  return node->start(std::move(inputs), loop);
}

std::shared_ptr<Node> behind(const NodePtr& input, std::string text) {
  auto node = std::make_shared<Node>(*input);
  node->text = std::move(text);
  node->inputs = {input};
  return node;
}

}  // namespace detail

Pipeline Pipeline::from_source(SourcePtr source, const SourceOptions& options) {
  if (!source) fail("from_source", "there is no source.");
  require(source->size() >= 0, "from_source", source->size(), "a source's size must not be negative");
  auto node = std::make_shared<Node>();
  node->text = source->describe() + (options.sampler ? ", " + options.sampler->describe() : "") +
               (options.seed != 0 ? fmt::format(", seed {}", options.seed) : "");
  node->cardinality = options.sampler ? options.sampler->size() : source->size();
  node->seed = options.seed;
  node->start = [source = std::move(source), sampler = options.sampler](Inputs, std::uint64_t loop) {
    return std::make_unique<RecordStage>(source, sampler, loop);
  };
  return Pipeline(std::move(node));
}

Pipeline Pipeline::from_tensor_slices(const Batch& tensors) {
  return from_source(std::make_shared<TensorSource>(tensors));
}

Pipeline from_source(SourcePtr source, std::int64_t batch_size, const SourceOptions& options) {
  return Pipeline::from_source(std::move(source), options)
      .batch(batch_size, {.drop_remainder = options.drop_remainder});
}

Pipeline Pipeline::add(const AnyOperator& any) const {
  OperatorPtr op = any.ptr();
  if (node_->batch_axes > 1)
    fail("add",
         fmt::format("{} works on records or batches of them, not on batches of batches.", op->describe()));
  auto node = behind(node_, detail::described(*op));
  node->branches = op->branches();
  const std::uint64_t seed = op->seed().value_or(fold(node->seed, ++node->operators));
  const auto work = std::make_shared<const Work>(work_of(*node, {std::move(op), seed}));
  node->start = from_input([work, times = node->times](StagePtr input) {
    return std::make_unique<WorkStage>(std::move(input), work, times);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::parallel(std::vector<AnyOperator> operators, ParallelOptions options) const {
  return add(Parallel(std::move(operators), std::move(options)));
}

Pipeline Pipeline::branch(Condition condition, AnyOperator a, AnyOperator b) const {
  return add(Branch(std::move(condition), std::move(a), std::move(b)));
}

Pipeline Pipeline::map(std::function<Batch(Batch)> f, std::string name) const {
  if (!f) fail("map", "the function is empty.");
  auto node = behind(node_, name);
  node->batch_size = 0;  // who knows
  auto work = std::make_shared<const Work>(calling(std::move(name), std::move(f)));
  node->start = from_input([work, times = node->times](StagePtr input) {
    return std::make_unique<WorkStage>(std::move(input), work, times);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::filter(std::function<bool(const Batch&)> keeps) const {
  if (!keeps) fail("filter", "the function is empty.");
  auto node = behind(node_, "filter");
  node->cardinality = unknown_cardinality;
  node->start = from_input([keeps = std::move(keeps), times = node->times](StagePtr input) {
    return std::make_unique<FilterStage>(std::move(input), keeps, times);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::repeat(std::int64_t count) const {
  auto node = behind(node_, count < 0 ? "repeat()" : fmt::format("repeat({})", count));
  node->cardinality = repeated(cardinality(), count);
  node->start =
      from_input([count](StagePtr input) { return std::make_unique<RepeatStage>(std::move(input), count); });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::shuffle(std::int64_t buffer_size, std::uint64_t seed, bool reshuffle) const {
  require(buffer_size > 0, "shuffle", buffer_size, "the buffer must hold at least one element");
  auto node = behind(
      node_, fmt::format("shuffle(buffer {}, seed {}{})", buffer_size, seed, reshuffle ? "" : ", replayed"));
  node->start = [=](Inputs inputs, std::uint64_t loop) {
    const std::uint64_t key = fold(seed, reshuffle ? loop : 0);
    return std::make_unique<ShuffleStage>(std::move(inputs[0]), static_cast<std::size_t>(buffer_size), key,
                                          reshuffle);
  };
  return Pipeline(std::move(node));
}

Pipeline Pipeline::take(std::int64_t count) const {
  auto node = behind(node_, fmt::format("take({})", count));
  node->cardinality = taken(cardinality(), count);
  node->start = from_input(
      [count](StagePtr input) { return std::make_unique<SliceStage>(std::move(input), 0, count); });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::skip(std::int64_t count) const {
  auto node = behind(node_, fmt::format("skip({})", count));
  node->cardinality = skipped(cardinality(), count);
  node->start = from_input([count](StagePtr input) {
    const std::int64_t last = count < 0 ? 0 : -1;
    return std::make_unique<SliceStage>(std::move(input), std::max<std::int64_t>(count, 0), last);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::shard(std::int64_t count, std::int64_t index) const {
  require(count > 0, "shard", count, "there must be at least one shard");
  require(index >= 0 && index < count, "shard", index, "the shard's number must be from 0 to their count");
  auto node = behind(node_, fmt::format("shard({}, {})", count, index));
  const std::int64_t n = cardinality();
  if (n >= 0) node->cardinality = n / count + (index < n % count ? 1 : 0);
  node->start = from_input(
      [=](StagePtr input) { return std::make_unique<ShardStage>(std::move(input), count, index); });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::concatenate(const Pipeline& other) const {
  auto node = behind_both(node_, other.node_, "concatenate");
  if (const int a = node_->batch_axes, b = other.node_->batch_axes; a != b)
    fail("concatenate", fmt::format("one has elements with {} batch axes, the other with {}.", a, b));
  node->cardinality = concatenated(cardinality(), other.cardinality());
  if (node->batch_size != other.node_->batch_size) node->batch_size = 0;
  node->start = [](Inputs inputs, std::uint64_t) {
    return std::make_unique<ConcatenateStage>(std::move(inputs[0]), std::move(inputs[1]));
  };
  return Pipeline(std::move(node));
}

Pipeline Pipeline::zip(const Pipeline& other) const {
  auto node = behind_both(node_, other.node_, "zip");
  node->cardinality = zipped(cardinality(), other.cardinality());
  node->start = [](Inputs inputs, std::uint64_t) {
    return std::make_unique<ZipStage>(std::move(inputs[0]), std::move(inputs[1]));
  };
  return Pipeline(std::move(node));
}

Pipeline Pipeline::enumerate(std::int64_t begin, const std::string& name) const {
  auto node = behind(node_, fmt::format("enumerate({}, \"{}\")", begin, name));
  node->start = from_input([begin, name](StagePtr input) {
    return std::make_unique<EnumerateStage>(std::move(input), begin, name);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::batch(std::int64_t size, BatchOptions options) const {
  require(size > 0, "batch", size, "a batch must hold at least one record");
  const bool drop = options.drop_remainder;
  auto node =
      behind(node_, fmt::format("batch({}{}{})", size, drops(drop), options.collate ? ", collated" : ""));
  node->cardinality = batched(cardinality(), size, drop);
  ++node->batch_axes;
  node->batch_size = drop && !options.collate ? size : 0;
  node->start = from_input([=, collate = std::move(options.collate), times = node->times](StagePtr input) {
    return std::make_unique<BatchStage>(std::move(input), size, drop, collate, times);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::padded_batch(std::int64_t size, PaddedOptions options, bool drop_remainder) const {
  return batch(size, {.drop_remainder = drop_remainder, .collate = padded(std::move(options))});
}

Pipeline Pipeline::unbatch() const {
  if (node_->batch_axes == 0) fail("unbatch", "the elements are single records.");
  auto node = behind(node_, "unbatch");
  const std::int64_t n = cardinality();
  if (n > 0) node->cardinality = node->batch_size > 0 ? repeated(n, node->batch_size) : unknown_cardinality;
  --node->batch_axes;
  node->batch_size = 0;
  node->start = from_input([](StagePtr input) { return std::make_unique<UnbatchStage>(std::move(input)); });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::rebatch(std::int64_t size, bool drop_remainder) const {
  require(size > 0, "rebatch", size, "a batch must hold at least one record");
  if (node_->batch_axes == 0) return batch(size, {.drop_remainder = drop_remainder});
  const std::int64_t records = unbatch().cardinality();
  auto node = behind(node_, fmt::format("rebatch({}{})", size, drops(drop_remainder)));
  node->cardinality = batched(records, size, drop_remainder);
  node->batch_size = drop_remainder ? size : 0;
  node->start = from_input(
      [=](StagePtr input) { return std::make_unique<RebatchStage>(std::move(input), size, drop_remainder); });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::prefetch(std::int64_t size, std::int64_t workers) const {
  require(size >= 0, "prefetch", size, "the queue's length must not be negative");
  if (size == 0) return *this;
  require(workers > 0 && workers <= 1024, "prefetch", workers, "the workers must be between 1 and 1024");
  auto node = behind(node_, fmt::format("prefetch({}, {} worker{})", size, workers, workers == 1 ? "" : "s"));
  node->queue_size = size;
  node->start = from_input([=, times = node->times](StagePtr input) {
    return std::make_unique<PrefetchStage>(std::move(input), static_cast<std::size_t>(size),
                                           static_cast<std::size_t>(workers), times);
  });
  return Pipeline(std::move(node));
}

Pipeline Pipeline::cache() const {
  auto node = behind(node_, "cache");
  node->starts_inputs = false;
  node->start = [input = node_, memory = std::make_shared<CacheMemory>()](Inputs, std::uint64_t loop) {
    return std::make_unique<CacheStage>([input] { return detail::start(input, 0); }, memory, loop);
  };
  return Pipeline(std::move(node));
}

Pipeline Pipeline::epoch(std::uint64_t epoch) const {
  auto node = behind(node_, fmt::format("epoch({})", epoch));
  node->epoch = epoch;
  node->start = from_input([](StagePtr input) { return input; });
  return Pipeline(std::move(node));
}

std::int64_t Pipeline::cardinality() const { return node_->cardinality; }

}  // namespace ramie::data
