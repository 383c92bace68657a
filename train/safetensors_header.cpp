#include <ramie/train/safetensors_header.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <ramie/tensor/error.h>

namespace ramie::train::detail {
namespace {

using Json = nlohmann::json;

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t max_header = 100'000'000;  // as the reference implementation's
constexpr std::size_t max_depth = 8;
constexpr std::string_view metadata_name = "__metadata__";

struct Code {
  std::string_view text;
  DType dtype;
};
constexpr std::array<Code, dtype_count> codes = {{{"BOOL", bool_},
                                                  {"U8", uint8},
                                                  {"I8", int8},
                                                  {"I16", int16},
                                                  {"F16", float16},
                                                  {"BF16", bfloat16},
                                                  {"I32", int32},
                                                  {"U32", uint32},
                                                  {"F32", float32},
                                                  {"F64", float64},
                                                  {"I64", int64}}};  // in the order of the format

const Code* code_of(DType dtype) {
  return std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.dtype == dtype; });
}

// A file's text for an error: short, and nothing that a terminal would obey.
std::string printable(std::string_view text) {
  std::string plain(text.substr(0, 60));
  std::replace_if(
      plain.begin(), plain.end(), [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return text.size() > 60 ? plain + "..." : plain;
}

// As JSON. Names and metadata are the user's.
std::string json_text(const Json& value) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    fail("save_safetensors", "a name or the metadata holds bytes that are not UTF-8.");
  }
}

// A JSON library keeps the last of two equal keys; here they are an error, and so is what nests without end.
class KeyCheck final : public nlohmann::json_sax<Json> {
 public:
  explicit KeyCheck(Fail fail) : fail_(std::move(fail)) {}
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return start_array(0); }
  bool end_object() override { return end_array(); }
  bool start_array(std::size_t) override {
    keys_.emplace_back();
    if (keys_.size() > max_depth) fail_("too many brackets within each other");
    return true;
  }
  bool end_array() override {
    keys_.pop_back();
    return true;
  }
  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second) fail_(fmt::format("'{}' comes twice", printable(name)));
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  Fail fail_;
  std::vector<std::set<std::string>> keys_;  // of each bracket that is open
};

class Parser {
 public:
  Parser(std::size_t file_size, const Fail& fail) : file_size_(file_size), fail_(fail) {}

  SafetensorsHeader parse(std::string_view text) {
    found_.size = length_bytes + text.size();
    if (!text.starts_with('{')) stop("not a safetensors file: the header does not begin with '{'.");
    const Json header = json(text);
    if (!header.is_object()) damaged("it is no object");
    for (const auto& [name, entry] : header.items())
      name == metadata_name ? metadata(entry) : tensor(name, entry);
    lay_out();
    return std::move(found_);
  }

 private:
  [[noreturn]] void stop(const std::string& what) const {
    fail_(what);
    std::abort();  // fail_ throws
  }
  [[noreturn]] void damaged(const std::string& why) const {
    stop(fmt::format("the header is damaged: {}.", why));
  }

  Json json(std::string_view text) const {
    if (text.find('\0') != text.npos) damaged("it holds a zero byte");  // which would end it for the library
    KeyCheck check([&](const std::string& why) { damaged(why); });
    if (!Json::sax_parse(text, &check)) damaged("it is no JSON");
    return Json::parse(text);
  }

  void metadata(const Json& entries) {
    if (entries.is_null()) return;
    if (!entries.is_object()) damaged("__metadata__ is no object");
    for (const auto& [key, value] : entries.items()) {
      if (!value.is_string()) damaged(fmt::format("__metadata__: '{}' is no text", printable(key)));
      found_.metadata[key] = value.get<std::string>();
    }
  }

  void tensor(const std::string& name, const Json& entry) {
    name_ = printable(name);
    if (!entry.is_object()) damaged(fmt::format("'{}' is no object", name_));
    const auto shape = lengths(entry, "shape"), offsets = lengths(entry, "data_offsets");
    if (offsets.size() != 2 || offsets[1] < offsets[0])
      damaged(fmt::format("'{}': data_offsets are no [begin, end]", name_));
    const DType type = dtype(entry);
    const std::int64_t bytes = byte_count(shape, type);
    if (offsets[1] - offsets[0] != bytes)
      damaged(fmt::format("'{}' is {}, {} bytes, but its data_offsets say {}", name_,
                          str(Layout(type, Shape(shape))), bytes, offsets[1] - offsets[0]));
    found_.tensors.push_back({name, Layout(type, Shape(shape)), static_cast<std::size_t>(offsets[0])});
  }

  const Json& field(const Json& entry, const char* key) const {
    const auto at = entry.find(key);
    if (at == entry.end()) damaged(fmt::format("'{}' has no {}", name_, key));
    return *at;
  }
  std::vector<std::int64_t> lengths(const Json& entry, const char* key) const {
    const Json& list = field(entry, key);
    std::vector<std::int64_t> numbers;
    if (!list.is_array()) damaged(fmt::format("'{}': {} is no list", name_, key));
    for (const Json& n : list) {
      constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
      if (!n.is_number_unsigned() || n.get<std::uint64_t>() > most)
        damaged(fmt::format("'{}': {} holds what is no length", name_, key));
      numbers.push_back(n.get<std::int64_t>());
    }
    return numbers;
  }
  DType dtype(const Json& entry) const {
    const Json& text = field(entry, "dtype");
    if (!text.is_string()) damaged(fmt::format("'{}': dtype is no text", name_));
    const auto code = text.get<std::string>();
    const auto* at = std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.text == code; });
    if (at == codes.end())
      stop(fmt::format(
          "'{}' has dtype {}, which ramie has not; convert it to one of BOOL, U8, I8, I16, I32, U32, "
          "I64, F16, BF16, F32, F64 before.",
          name_, printable(code)));
    return at->dtype;
  }
  std::int64_t byte_count(const std::vector<std::int64_t>& shape, DType type) const {
    if (shape.size() > max_rank)
      stop(fmt::format("'{}' has {} axes, but a tensor has at most {}.", name_, shape.size(), max_rank));
    bool empty = false;
    auto bytes = static_cast<std::int64_t>(size_of(type));
    for (const std::int64_t length : shape) {
      empty = empty || length == 0;
      if (__builtin_mul_overflow(bytes, std::max<std::int64_t>(length, 1), &bytes))
        stop(fmt::format("'{}' promises more values than any file can hold.", name_));
    }
    return empty ? 0 : bytes;
  }

  // The values must cover what follows the header, without holes or overlaps.
  void lay_out() {
    auto& tensors = found_.tensors;
    std::stable_sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
      return std::pair(a.begin, a.layout.bytes()) < std::pair(b.begin, b.layout.bytes());
    });
    std::size_t end = 0;
    for (const StoredTensor& t : tensors) {
      if (t.begin != end)
        damaged(fmt::format("'{}' begins at byte {} of the values, but those before it end at {}",
                            printable(t.name), t.begin, end));
      end += t.layout.bytes();
    }
    const std::size_t there = file_size_ - found_.size;
    if (there < end)
      stop(fmt::format("is cut short: the header promises {} bytes of values, {} follow.", end, there));
    if (there > end) stop(fmt::format("the header promises {} bytes of values, but {} follow.", end, there));
  }

  std::size_t file_size_;
  const Fail& fail_;
  SafetensorsHeader found_;
  std::string name_;  // of the tensor that is read
};

}  // namespace

std::size_t safetensors_header_length(std::string_view front, std::size_t file_size, const Fail& fail) {
  if (front.size() < length_bytes)
    fail(fmt::format("not a safetensors file: {} bytes are too few.", front.size()));
  std::uint64_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(front[i]);
  if (length > max_header)
    fail(fmt::format("not a safetensors file: a header of {} bytes; {} are allowed.", length, max_header));
  if (length > file_size - length_bytes)
    fail(fmt::format("is cut short: the header has {} bytes, but {} follow.", length,
                     file_size - length_bytes));
  return length;
}

SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t file_size, const Fail& fail) {
  return Parser(file_size, fail).parse(text);
}

std::vector<StoredTensor> safetensors_order(const nn::State& tensors) {
  std::vector<StoredTensor> order;
  for (const auto& [name, value] : tensors) {
    if (!value) fail("save_safetensors", fmt::format("'{}' is undefined.", name));
    if (name == metadata_name)
      fail("save_safetensors", fmt::format("the format keeps the name {} for itself.", name));
    order.push_back({name, Layout(value.dtype(), value.shape())});
  }
  std::sort(order.begin(), order.end(), [](const StoredTensor& a, const StoredTensor& b) {
    return std::pair(code_of(b.layout.dtype), std::string_view(a.name)) <
           std::pair(code_of(a.layout.dtype), std::string_view(b.name));
  });
  std::size_t end = 0;
  for (StoredTensor& t : order) t.begin = end, end += t.layout.bytes();
  return order;
}

std::string safetensors_front(const std::vector<StoredTensor>& tensors, const Metadata& metadata) {
  std::set<std::string_view> names;
  std::vector<std::string> entries;
  if (!metadata.empty()) entries.push_back(json_text(metadata_name) + ":" + json_text(metadata));
  for (const auto& [name, layout, begin] : tensors) {
    if (!names.insert(name).second)
      fail("save_safetensors", fmt::format("two tensors are named '{}'.", name));
    entries.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                  json_text(name), code_of(layout.dtype)->text, fmt::join(layout.shape, ","),
                                  begin, begin + layout.bytes()));
  }
  std::string text = fmt::format("{{{}}}", fmt::join(entries, ","));
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  std::string length(length_bytes, '\0');
  for (std::size_t i = 0; i < length_bytes; ++i) length[i] = static_cast<char>(text.size() >> 8 * i & 255);
  return length + text;
}

}  // namespace ramie::train::detail
