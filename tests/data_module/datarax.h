// Batches in the files that tests/oracles/datarax_*.py write.
#pragma once

#include <ramie/data/operators.h>

#include "data_module/files.h"
#include "support/oracle.h"

namespace ramie::testing {

inline data::Batch read_batch(const oracle::Json& json) {
  data::Batch batch;
  for (const auto& [name, x] : json.items()) {
    const auto values = oracle::array(x);
    const DType dtype = values.dtype == "int32" ? int32 : float32;
    batch.set(name, from_vector(values.data, Shape(values.shape)).astype(dtype));
  }
  return batch;
}

// The same fields, in any order, shapes and dtypes; values to 1e-6 of the largest.
inline void expect_batch(const data::Batch& got, const oracle::Json& json) {
  const data::Batch expected = read_batch(json);
  EXPECT_EQ(got.size(), expected.size());
  for (const auto& [name, want] : expected) {
    ASSERT_TRUE(got.contains(name)) << name;
    ASSERT_EQ(str(got[name].layout()), str(want.layout())) << name;
    const auto a = got[name].to_vector<double>(), b = want.to_vector<double>();
    double size = 1;
    for (const double x : b) size = std::max(size, std::abs(x));
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6 * size) << name << " " << i;
  }
}

}  // namespace ramie::testing
