// Several versions of the same batch become one.
//
//   data::merge({left, right}, {.strategy = data::MergeStrategy::concat, .axis = -1});
//
// Source: the merge strategies of Datarax's composite operator.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ramie/data/batch.h>

namespace ramie::data {

enum class MergeStrategy {
  concat,  // along an axis of a record
  stack,   // along a new axis of a record
  sum,
  mean,  // of integers: float32
  dict,  // "image" becomes "image.operator_0", "image.operator_1", ...
  max,
  min,
};
const char* str(MergeStrategy strategy);

struct MergeOptions {
  MergeStrategy strategy = MergeStrategy::concat;
  std::int64_t axis = 0;  // for concat and stack: of a record, so 0 is the axis behind the batch's
  // Which fields are merged; the others are those of the first batch. All if empty, as in Datarax: labels
  // too.
  std::vector<std::string> fields = {};
};

// The batches must have the same fields, and the shapes that the strategy needs.
Batch merge(const std::vector<Batch>& parts, const MergeOptions& options = {});

namespace detail {

// The names to merge: those of `fields`, or all. Errors where a field is missing in one of the parts.
std::vector<std::string> merged_names(const std::vector<Batch>& parts,
                                      const std::vector<std::string>& fields);
// The field of that name of each part.
std::vector<Tensor> field_of(const std::vector<Batch>& parts, const std::string& name);
// Throws unless the tensors have one shape.
void check_same_shape(const std::string& name, const std::vector<Tensor>& x);

}  // namespace detail
}  // namespace ramie::data
