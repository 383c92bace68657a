// Reads the reference data of tests/data, which other frameworks computed (tests/oracles has the scripts):
//
//   for (const oracle::Case& c : oracle::cases("conv2d")) {
//     SCOPED_TRACE(c);
//     compare(conv2d(c.inputs[0], c.inputs[1], c.attributes["strides"]), c.outputs[0]);
//   }
//
// Only plain C++ and JSON here, so that tests of every floor can include it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ramie::oracle {

using Json = nlohmann::json;

// The elements in row-major order, as float64 whatever the dtype (bool: 0 and 1). Of a large result only
// every `step`-th is known, and the sum of all.
struct Array {
  std::vector<std::int64_t> shape;
  std::string dtype;
  std::vector<double> data;
  std::int64_t step = 1;
  double sum = 0;
};

// One call of an op. Its gradients are the vector-Jacobian products of the cotangents, one per input; empty
// for an integer input, and for all inputs when the op has no gradient (then there are no cotangents either).
struct Case {
  std::string op, name;
  Json attributes;
  std::vector<Array> inputs, outputs, cotangents;
  std::vector<std::optional<Array>> gradients;
  // With a direction for each input that has a gradient: the tangents of the outputs along them, and the
  // gradients by the inputs of sum(directions * gradients), empty where that is zero.
  std::vector<std::optional<Array>> directions, second;
  std::vector<Array> tangents;
};

// What jax.random drew: bits of the first elements and of every stride-th one. Floats are their bit patterns,
// negative integers two's complement in 64 bits.
struct Draw {
  std::vector<std::int64_t> shape;
  std::string dtype;
  std::vector<std::uint64_t> head, sample;
  std::int64_t stride = 1;

  // (index in row-major order, bits) of every element that is known.
  std::vector<std::pair<std::int64_t, std::uint64_t>> elements() const {
    std::vector<std::pair<std::int64_t, std::uint64_t>> all;
    for (std::size_t i = 0; i < head.size(); ++i) all.emplace_back(i, head[i]);
    for (std::size_t i = 0; i < sample.size(); ++i) all.emplace_back(stride * i, sample[i]);
    return all;
  }
};

std::ostream& operator<<(std::ostream& out, const Case& c);

// The JSON of tests/data/<file>.
Json read(const std::string& file);

// A number; true and false; "nan", "inf" or "-inf".
double number(const Json& x);

// Large inputs are a formula, [a, b, m, d]: element k is ((k a + b) mod m - m div 2) / d.
std::vector<double> formula(const std::vector<std::int64_t>& shape, const Json& f);

Array array(const Json& json);

// A list of arrays, one array as a list of one, or null as none.
std::vector<Array> arrays(const Json& json);

// A list of arrays and nulls.
std::vector<std::optional<Array>> optional_arrays(const Json& json);

Case read_case(const Json& json);

// The cases of tests/data/<folder>/<stem>.json; of one op only where it is named.
std::vector<Case> cases(const std::string& stem, const std::string& op = "",
                        const std::string& folder = "ops");

// One number of a Draw: a hexadecimal string of 64 bits, or an integer.
std::uint64_t bits(const Json& json);

std::vector<std::uint64_t> all_bits(const Json& json);

// The draw in a case of random.json, whose "key" and "arguments" are read from the JSON itself.
Draw draw(const Json& json);

float float32(std::uint64_t bits);
double float64(std::uint64_t bits);

}  // namespace ramie::oracle
