// What operators share that treat a batch record by record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ramie/data/operator.h>

namespace ramie::data::detail {

// The length of axis 0, which all fields must share; 0 without fields.
std::int64_t rows(std::string_view op, const Batch& batch);

// Throws unless keys is uint32[n, 2].
void check_keys(std::string_view op, std::int64_t n, const Tensor& keys);
// Keys are made on the CPU; a function that draws with them does so where its record is.
Tensor keys_beside(const Batch& batch, const Tensor& keys);

// x[n] as [n, 1, ..., 1], to meet a tensor of that rank.
Tensor along_rows(const Tensor& x, int rank);

// Throws unless both have the same fields with the same shapes and dtypes. The two names say what a and b
// are.
void check_alike(std::string_view op, const Batch& a, std::string_view name_of_a, const Batch& b,
                 std::string_view name_of_b);

// Row i is that of a where mask[i], else that of b; they must be alike.
Batch select(const Tensor& mask, const Batch& a, const Batch& b);

// The keys of an operator's part: each part has numbers of its own, and those of a part that has a seed
// depend on that as well. Number 0 is for the operator itself. Undefined keys stay so.
Tensor own_keys(const Tensor& keys);
Tensor part_keys(const Tensor& keys, std::size_t part, const Operator& op);

// describe() of a part, with its seed.
std::string described(const Operator& op);

}  // namespace ramie::data::detail
