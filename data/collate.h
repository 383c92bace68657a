// How records become a batch: stacked as they are (source.h's stack), padded to one shape, or as you like.
//
//   pipeline.batch(32, {.collate = data::padded()})                         // to the longest of each batch
//   pipeline.batch(32, {.collate = data::padded({.shapes = {{"text", {100}}}, .value = -1})})
//   pipeline.batch(32, {.collate = [](const std::vector<data::Batch>& records) { ... }})
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <ramie/data/batch.h>

namespace ramie::data {

using Collate = std::function<Batch(const std::vector<Batch>& records)>;

struct PaddedOptions {
  // The shape of each record, by name; -1, and a name that is missing, stand for the largest of the batch.
  std::map<std::string, std::vector<std::int64_t>> shapes = {};
  double value = 0;                           // what is put behind the records' own values
  std::map<std::string, double> values = {};  // the same by name, in the place of `value`
};

// Pads each axis at its end and stacks. An error if a record is larger than its shape in `shapes`.
// Source: tf.data.Dataset.padded_batch.
Collate padded(PaddedOptions options = {});

}  // namespace ramie::data
