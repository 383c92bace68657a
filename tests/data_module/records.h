// Batches for tests of operators, and the property that operators on records have.
#pragma once

#include <numeric>
#include <vector>

#include <ramie/autograd/ops/shape.h>
#include <ramie/data/operator.h>
#include <ramie/data/record_id.h>
#include <ramie/data/source.h>

#include "data_module/files.h"

namespace ramie::testing {

// Keys of the records 0, 1, ... on the default device.
inline Tensor keys(std::int64_t n) {
  std::vector<data::RecordId> ids;
  for (std::int64_t i = 0; i < n; ++i) ids.push_back({.index = i, .epoch = 2});
  return data::record_keys(5, ids).to(default_device());
}

// image uint8[n,4,5,1], label int32[n], weight float32[n]; record i is the same for any n.
inline data::Batch images(std::int64_t n) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(20 * n));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 37 % 251);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(n));
  std::iota(labels.begin(), labels.end(), 0);
  std::vector<float> weights;
  for (const auto label : labels) weights.push_back(static_cast<float>(label) / 8 - 1);
  return {{"image", from_vector(pixels, {n, 4, 5, 1})},
          {"label", from_vector(labels, {n})},
          {"weight", from_vector(weights, {n})}};
}

inline std::vector<double> values(const Tensor& x) { return x.to_vector<double>(); }

// All rows of a batch, in batches of that many.
inline data::Batch in_batches(const data::Operator& op, const data::Batch& batch, const Tensor& keys,
                              std::int64_t size) {
  std::vector<data::Batch> parts;
  const std::int64_t n = batch.begin()->second.shape(0);
  for (std::int64_t i = 0; i < n; i += size) {
    data::Batch part = batch;
    for (auto& [name, x] : part) x = x.slice(0, i, i + size);
    parts.push_back(op.apply(part, op.random() ? keys.slice(0, i, i + size) : Tensor()));
  }
  data::Batch all = parts[0];
  for (auto& [name, x] : all) {
    std::vector<Tensor> pieces;
    for (const auto& part : parts) pieces.push_back(part[name]);
    x = concatenate(pieces);
  }
  return all;
}

// The same bits for each record in batches of 128, 7 and 1 and alone; and a batch may be empty.
inline void expect_per_record(const data::Operator& op) {
  EXPECT_TRUE(op.per_record());
  const std::int64_t n = 130;
  const data::Batch batch = images(n), whole = in_batches(op, batch, keys(n), 128);
  for (const std::int64_t size : {7, 1}) {
    const data::Batch again = in_batches(op, batch, keys(n), size);
    ASSERT_EQ(str(again), str(whole));
    for (const auto& [name, x] : whole) EXPECT_EQ(values(again[name]), values(x)) << op.describe() << name;
  }
  for (const std::int64_t i : {0, 77, 129}) {
    const data::Batch one = op.element(data::row(batch, i), op.random() ? keys(n)[i] : Tensor());
    ASSERT_EQ(one.size(), whole.size());
    for (const auto& [name, x] : one) EXPECT_EQ(values(x), values(whole[name][i])) << op.describe() << name;
  }
  EXPECT_NO_THROW(op.apply(images(0), op.random() ? keys(0) : Tensor())) << op.describe();
}

}  // namespace ramie::testing
