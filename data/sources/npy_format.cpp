#include <ramie/data/sources/npy_format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr bool little = std::endian::native == std::endian::little;

struct Code {
  std::string_view text;
  DType dtype;
};
constexpr std::array<Code, 10> codes = {{{"b1", bool_},
                                         {"u1", uint8},
                                         {"i1", int8},
                                         {"i2", int16},
                                         {"i4", int32},
                                         {"u4", uint32},
                                         {"i8", int64},
                                         {"f2", float16},
                                         {"f4", float32},
                                         {"f8", float64}}};

// The header is a Python literal; this reads the little of Python that it may hold.
class Literal {
 public:
  Literal(std::string_view text, const Fail& fail) : text_(text), fail_(fail) {}

  NpyHeader header() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      entry(key);
      if (accept(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (!text_.empty()) damaged("something follows the dict");
    if (!descr_ || !fortran_ || !shape_) damaged("it lacks descr, fortran_order or shape");
    return finish();
  }

 private:
  [[noreturn]] void damaged(const std::string& why) const {
    stop(fmt::format("the header is damaged: {}.", why));
  }
  [[noreturn]] void stop(const std::string& what) const {
    fail_(what);
    std::abort();  // fail_ throws
  }
  void skip_space() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front()))) text_.remove_prefix(1);
  }
  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(fmt::format("'{}' was expected", c));
  }
  std::string_view string() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) damaged("a string was expected");
    const auto end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) damaged("a string does not end");
    const auto inside = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return inside;
  }
  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return word == "True";
    }
    damaged("True or False was expected");
  }
  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) damaged("a length in the shape is not a number of 64 bits");
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    if (value < 0) damaged(fmt::format("the shape has the length {}", value));
    accept('L');  // Python 2 wrote it
    return value;
  }
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> lengths;
    expect('(');
    while (!accept(')')) {
      lengths.push_back(integer());
      if (accept(',')) continue;
      if (lengths.size() == 1) damaged("the shape is not a tuple");
      expect(')');
      break;
    }
    return lengths;
  }
  void entry(std::string_view key) {
    if (key == "descr" && !descr_) {
      skip_space();
      if (text_.starts_with('[')) stop("holds records of several fields; save one .npy for each field.");
      descr_ = string();
    } else if (key == "fortran_order" && !fortran_) {
      fortran_ = boolean();
    } else if (key == "shape" && !shape_) {
      shape_ = tuple();
    } else {
      damaged(fmt::format("'{}' is unknown or comes twice", printable(key)));
    }
  }
  static std::string printable(std::string_view text) {
    std::string plain(text.substr(0, 40));
    std::replace_if(
        plain.begin(), plain.end(), [](unsigned char c) { return !std::isprint(c); }, '?');
    return plain;
  }
  NpyHeader finish() const {
    NpyHeader header;
    const char order = descr_->empty() ? '\0' : descr_->front();
    const bool known = std::string_view("<>|=").find(order) != std::string_view::npos && order != '\0';
    const std::string_view code = known ? descr_->substr(1) : *descr_;
    const auto at = std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.text == code; });
    if (code.starts_with('O')) stop("holds Python objects; only arrays of numbers can be read.");
    if (!known || at == codes.end())
      stop(
          fmt::format("holds values of dtype '{}', which ramie has not; convert them with astype to one of "
                      "bool, uint8, int8, int16, int32, uint32, int64, float16, float32, float64.",
                      printable(*descr_)));
    header.layout = Layout(at->dtype, checked_shape(size_of(at->dtype)));
    header.swapped = size_of(at->dtype) > 1 && order == (little ? '>' : '<');
    header.fortran = *fortran_;
    return header;
  }
  Shape checked_shape(std::size_t item) const {
    if (shape_->size() > max_rank)
      stop(fmt::format("has {} axes, but a tensor has at most {}.", shape_->size(), max_rank));
    std::int64_t bytes = static_cast<std::int64_t>(item);
    for (const std::int64_t length : *shape_)
      if (__builtin_mul_overflow(bytes, length == 0 ? 1 : length, &bytes))
        stop(fmt::format("promises ({}), more than any file can hold.", fmt::join(*shape_, ", ")));
    return Shape(*shape_);
  }

  std::string_view text_;
  const Fail& fail_;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_;
  std::optional<std::vector<std::int64_t>> shape_;
};

std::size_t little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(bytes[i]);
  return value;
}

void swap_bytes(std::byte* data, std::size_t size, std::size_t item) {
  for (std::byte* end = data + size; data != end; data += item) std::reverse(data, data + item);
}

// The column-by-column bytes as a tensor row by row.
Tensor transposed(const Tensor& x) {
  const Shape& shape = x.shape();
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = 0; i < shape.rank(); ++i) strides[i] = step, step *= shape[i];
  Tensor y = Tensor::empty(x.layout().compact());
  const auto item = static_cast<std::int64_t>(size_of(x.dtype()));
  std::byte* to = y.view().data;
  for_each_offset(Layout(x.dtype(), shape, strides), [&](std::int64_t at) {
    std::memcpy(to, x.view().data + at * item, static_cast<std::size_t>(item));
    to += item;
  });
  return y;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, const Fail& fail) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(magic)) fail("not a .npy file: it does not start with \\x93NUMPY.");
  const int version = bytes.size() < 8 ? 0 : std::to_integer<int>(bytes[6]);
  if (bytes.size() < 8) fail("the header is cut short.");
  if (version < 1 || version > 3)
    fail(fmt::format("has version {} of the format; 1 to 3 are known.", version));
  const std::size_t field = version == 1 ? 2 : 4, begin = 8 + field;
  if (bytes.size() < begin) fail("the header is cut short.");
  const std::size_t length = little_endian(bytes.subspan(8, field));
  if (length > bytes.size() - begin) fail("the header is cut short.");
  NpyHeader header = Literal(text.substr(begin, length), fail).header();
  header.size = begin + length;
  return header;
}

Tensor npy_tensor(const NpyHeader& header, std::span<const std::byte> values, const Fail& fail) {
  const std::size_t bytes = header.layout.bytes();
  if (values.size() != bytes)
    fail(fmt::format("the header promises {} ({} bytes) but {} follow.", str(header.layout), bytes,
                     values.size()));
  Tensor x = Tensor::empty(header.layout);
  if (bytes != 0) std::memcpy(x.view().data, values.data(), bytes);
  return npy_values(header, x);
}

Tensor npy_values(const NpyHeader& header, const Tensor& raw) {
  std::byte* data = raw.view().data;
  const std::size_t bytes = header.layout.bytes();
  if (header.swapped) swap_bytes(data, bytes, size_of(raw.dtype()));
  if (raw.dtype() == bool_) make_boolean({data, bytes});
  return header.fortran && raw.rank() > 1 ? transposed(raw) : raw;
}

void make_boolean(std::span<std::byte> values) {
  for (std::byte& value : values) value = value == std::byte{} ? std::byte{} : std::byte{1};
}

std::string npy_header_of(const Layout& layout) {
  const auto at =
      std::find_if(codes.begin(), codes.end(), [&](const Code& c) { return c.dtype == layout.dtype; });
  if (at == codes.end())
    fail("write_npy", fmt::format("NumPy has no {}: write x.astype(float32).", name(layout.dtype)));
  const std::string_view comma = layout.rank() == 1 ? "," : "";
  std::string text = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}",
                                 size_of(layout.dtype) == 1 ? '|'
                                 : little                   ? '<'
                                                            : '>',
                                 at->text, fmt::join(layout.shape, ", "), comma);
  text.append(63 - (10 + text.size()) % 64, ' ');  // values begin at a multiple of 64 bytes
  text += '\n';
  std::string bytes = fmt::format("{}{}{}", magic, '\1', '\0');
  bytes += static_cast<char>(text.size() & 255);
  bytes += static_cast<char>(text.size() >> 8);
  return bytes + text;
}

}  // namespace ramie::data
