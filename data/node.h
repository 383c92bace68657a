// The describing half of a pipeline: one node for each operation.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ramie/data/stages/work.h>
#include <ramie/data/times.h>

namespace ramie::data::detail {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct Node {
  std::string text;  // "shuffle(buffer 1024, seed 0)"
  std::vector<NodePtr> inputs;
  Operator::Branches branches;  // for drawings
  std::int64_t cardinality = 0;
  // Makes the running stage of one loop. It may stand for the nodes before it too: then its input is
  // `runs_behind`.
  std::function<StagePtr(std::vector<StagePtr> inputs, std::uint64_t loop)> start;
  NodePtr runs_behind;
  bool starts_inputs = true;        // or the stage does when it needs them
  std::vector<OperatorStep> steps;  // the operators that it runs on batches

  int batch_axes = 0;                       // how often the records have been batched
  std::int64_t batch_size = 0;              // of all batches; 0: the last one may differ
  std::uint64_t seed = 0;                   // of operators
  std::uint64_t operators = 0;              // how many there are up to here: each has a seed of its own
  std::int64_t queue_size = 0;              // of prefetch, which changes when elements are made, not which
  std::optional<std::uint64_t> epoch = {};  // of every loop

  std::shared_ptr<Times> times = std::make_shared<Times>();
  // Loops begun so far over this pipeline, what it is made from, and what is made from it.
  std::shared_ptr<std::atomic<std::uint64_t>> loops = std::make_shared<std::atomic<std::uint64_t>>(0);
  mutable std::atomic<std::int64_t> inside = 0,
                                    outside = 0;  // nanoseconds within next(), and between its calls

  Node() = default;
  // All but what belongs to one node alone.
  Node(const Node& other)
      : cardinality(other.cardinality),
        batch_axes(other.batch_axes),
        batch_size(other.batch_size),
        seed(other.seed),
        operators(other.operators),
        loops(other.loops) {}
};

StagePtr start(const NodePtr& node, std::uint64_t loop);

// A node behind another one, like it in all that is not said otherwise.
std::shared_ptr<Node> behind(const NodePtr& input, std::string text);

}  // namespace ramie::data::detail
