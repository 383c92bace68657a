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

inline std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.op << ' ' << c.name << ' ' << c.attributes;
}

// The JSON of tests/data/<file>.
inline Json read(const std::string& file) {
  std::ifstream in(std::string(RAMIE_TEST_DATA) + "/" + file);
  if (!in) throw std::runtime_error("no reference data " + file + " in " RAMIE_TEST_DATA);
  return Json::parse(in);
}

// A number; true and false; "nan", "inf" or "-inf".
inline double number(const Json& x) {
  if (x.is_boolean()) return x.get<bool>();
  return x.is_string() ? std::stod(x.get<std::string>()) : x.get<double>();
}

// Large inputs are a formula, [a, b, m, d]: element k is ((k a + b) mod m - m div 2) / d.
inline std::vector<double> formula(const std::vector<std::int64_t>& shape, const Json& f) {
  std::int64_t size = 1;
  for (auto n : shape) size *= n;
  std::vector<double> out;
  const std::int64_t a = f[0], b = f[1], m = f[2], d = f[3];
  for (std::int64_t k = 0; k < size; ++k)
    out.push_back(static_cast<double>((k * a + b) % m - m / 2) / static_cast<double>(d));
  return out;
}

inline Array array(const Json& json) {
  Array result{json.at("shape"), json.at("dtype"), {}, json.value("step", 1), json.value("sum", 0.0)};
  if (json.contains("formula")) result.data = formula(result.shape, json.at("formula"));
  for (const Json& x : json.value("data", Json::array())) result.data.push_back(number(x));
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

// A list of arrays and nulls.
inline std::vector<std::optional<Array>> optional_arrays(const Json& json) {
  std::vector<std::optional<Array>> result;
  for (const Json& x : json) result.push_back(x.is_null() ? std::nullopt : std::optional<Array>(array(x)));
  return result;
}

inline Case read_case(const Json& json) {
  return {json.at("op"),
          json.at("name"),
          json.at("attributes"),
          arrays(json.at("inputs")),
          arrays(json.at("output")),
          arrays(json.at("cotangent")),
          optional_arrays(json.at("gradients")),
          optional_arrays(json.value("directions", Json::array())),
          optional_arrays(json.value("second", Json::array())),
          arrays(json.value("tangents", Json()))};
}

// The cases of tests/data/<folder>/<stem>.json; of one op only where it is named.
inline std::vector<Case> cases(const std::string& stem, const std::string& op = "",
                               const std::string& folder = "ops") {
  std::vector<Case> result;
  const std::string name = folder + "/" + stem + ".json";
  const Json file = read(name);  // a temporary would be gone before the loop begins
  for (const Json& json : file.at("cases")) {
    if (op.empty() || json.at("op") == op) result.push_back(read_case(json));
  }
  if (result.empty()) throw std::runtime_error("no cases of op '" + op + "' in " + name);
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
