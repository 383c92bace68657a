// Reads the reference data of tests/data, which other frameworks computed (tests/oracles has the scripts):
//
//   for (const oracle::Case& c : oracle::cases("conv2d")) {
//     SCOPED_TRACE(c);
//     compare(conv2d(c.inputs[0], c.inputs[1], c.attributes["strides"]), c.outputs[0]);
//   }
//
// Only plain C++ and JSON here, so that tests of every floor can include it.
#pragma once

#include <bit>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace ramie::oracle {

using Json = nlohmann::json;

// The elements in row-major order, as float64 whatever the dtype (bool: 0 and 1).
struct Array {
  std::vector<std::int64_t> shape;
  std::string dtype;
  std::vector<double> data;
};

// One call of an op. Its gradients are the vector-Jacobian products of the cotangents, one per input; empty
// for an integer input, and for all inputs when the op has no gradient (then there are no cotangents either).
struct Case {
  std::string op, name;
  Json attributes;
  std::vector<Array> inputs, outputs, cotangents;
  std::vector<std::optional<Array>> gradients;
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

inline std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.op << ' ' << c.name << ' ' << c.attributes;
}

// The JSON of tests/data/<file>.
inline Json read(const std::string& file) {
  std::ifstream in(std::string(RAMIE_TEST_DATA) + "/" + file);
  if (!in) throw std::runtime_error("no reference data " + file + " in " RAMIE_TEST_DATA);
  return Json::parse(in);
}

inline Array array(const Json& json) {
  Array result{json.at("shape"), json.at("dtype"), {}};
  for (const Json& x : json.at("data")) {
    result.data.push_back(x.is_boolean() ? static_cast<double>(x.get<bool>()) : x.get<double>());
  }
  return result;
}

// A list of arrays, one array as a list of one, or null as none.
inline std::vector<Array> arrays(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_object()) return {array(json)};
  std::vector<Array> result;
  for (const Json& x : json) result.push_back(array(x));
  return result;
}

inline Case read_case(const Json& json) {
  Case c{json.at("op"),
         json.at("name"),
         json.at("attributes"),
         arrays(json.at("inputs")),
         arrays(json.at("output")),
         arrays(json.at("cotangent")),
         {}};
  for (const Json& x : json.at("gradients")) {
    c.gradients.push_back(x.is_null() ? std::nullopt : std::optional<Array>(array(x)));
  }
  return c;
}

// The cases of tests/data/ops/<stem>.json; of one op only where it is named.
inline std::vector<Case> cases(const std::string& stem, const std::string& op = "") {
  std::vector<Case> result;
  const Json file = read("ops/" + stem + ".json");  // a temporary would be gone before the loop begins
  for (const Json& json : file.at("cases")) {
    if (op.empty() || json.at("op") == op) result.push_back(read_case(json));
  }
  if (result.empty()) throw std::runtime_error("no cases of op '" + op + "' in ops/" + stem + ".json");
  return result;
}

// One number of a Draw: a hexadecimal string of 64 bits, or an integer.
inline std::uint64_t bits(const Json& json) {
  if (json.is_string()) return std::stoull(json.get<std::string>(), nullptr, 16);
  return json.is_number_unsigned() ? json.get<std::uint64_t>() : std::uint64_t(json.get<std::int64_t>());
}

inline std::vector<std::uint64_t> all_bits(const Json& json) {
  std::vector<std::uint64_t> result;
  for (const Json& x : json) result.push_back(bits(x));
  return result;
}

// The draw in a case of random.json, whose "key" and "arguments" are read from the JSON itself.
inline Draw draw(const Json& json) {
  return {json.at("shape"), json.at("dtype"), all_bits(json.at("head")), all_bits(json.at("sample")),
          json.at("stride")};
}

inline float float32(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }
inline double float64(std::uint64_t bits) { return std::bit_cast<double>(bits); }

}  // namespace ramie::oracle
