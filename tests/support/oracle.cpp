#include "support/oracle.h"

#include <bit>
#include <fstream>
#include <stdexcept>

namespace ramie::oracle {

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.op << ' ' << c.name << ' ' << c.attributes;
}

Json read(const std::string& file) {
  std::ifstream in(std::string(RAMIE_TEST_DATA) + "/" + file);
  if (!in) throw std::runtime_error("no reference data " + file + " in " RAMIE_TEST_DATA);
  return Json::parse(in);
}

double number(const Json& x) {
  if (x.is_boolean()) return x.get<bool>();
  return x.is_string() ? std::stod(x.get<std::string>()) : x.get<double>();
}

std::vector<double> formula(const std::vector<std::int64_t>& shape, const Json& f) {
  std::int64_t size = 1;
  for (auto n : shape) size *= n;
  std::vector<double> out;
  const std::int64_t a = f[0], b = f[1], m = f[2], d = f[3];
  for (std::int64_t k = 0; k < size; ++k)
    out.push_back(static_cast<double>((k * a + b) % m - m / 2) / static_cast<double>(d));
  return out;
}

Array array(const Json& json) {
  Array result{json.at("shape"), json.at("dtype"), {}, json.value("step", 1), json.value("sum", 0.0)};
  if (json.contains("formula")) result.data = formula(result.shape, json.at("formula"));
  for (const Json& x : json.value("data", Json::array())) result.data.push_back(number(x));
  return result;
}

std::vector<Array> arrays(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_object()) return {array(json)};
  std::vector<Array> result;
  for (const Json& x : json) result.push_back(array(x));
  return result;
}

std::vector<std::optional<Array>> optional_arrays(const Json& json) {
  std::vector<std::optional<Array>> result;
  for (const Json& x : json) result.push_back(x.is_null() ? std::nullopt : std::optional<Array>(array(x)));
  return result;
}

Case read_case(const Json& json) {
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

std::vector<Case> cases(const std::string& stem, const std::string& op, const std::string& folder) {
  std::vector<Case> result;
  const std::string name = folder + "/" + stem + ".json";
  const Json file = read(name);  // a temporary would be gone before the loop begins
  for (const Json& json : file.at("cases")) {
    if (op.empty() || json.at("op") == op) result.push_back(read_case(json));
  }
  if (result.empty()) throw std::runtime_error("no cases of op '" + op + "' in " + name);
  return result;
}

std::uint64_t bits(const Json& json) {
  if (json.is_string()) return std::stoull(json.get<std::string>(), nullptr, 16);
  return json.is_number_unsigned() ? json.get<std::uint64_t>() : std::uint64_t(json.get<std::int64_t>());
}

std::vector<std::uint64_t> all_bits(const Json& json) {
  std::vector<std::uint64_t> result;
  for (const Json& x : json) result.push_back(bits(x));
  return result;
}

Draw draw(const Json& json) {
  return {json.at("shape"), json.at("dtype"), all_bits(json.at("head")), all_bits(json.at("sample")),
          json.at("stride")};
}

float float32(std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }

double float64(std::uint64_t bits) { return std::bit_cast<double>(bits); }

}  // namespace ramie::oracle
