// A text as numbers. Characters are Unicode's code points, so that a text in any language has a small
// vocabulary: those that occur in it, in their order.
//
//   const std::u32string text = chars::read_text("text.txt");
//   const chars::Vocabulary vocabulary(text);
//   vocabulary.encode(U"loom");                  // {31, 34, 34, 32}
//   chars::utf8(vocabulary[31]);                 // "l"
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/ramie.h>

namespace chars {

using ramie::Tensor;
namespace data = ramie::data;

using Tokens = std::vector<std::int32_t>;

// ---- UTF-8
inline std::string utf8(char32_t c) {
  const auto byte = [&](char32_t lead, int shift) { return static_cast<char>(lead | (c >> shift)); };
  const auto more = [&](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) return {byte(0, 0)};
  if (c < 0x800) return {byte(0xc0, 6), more(0)};
  if (c < 0x10000) return {byte(0xe0, 12), more(6), more(0)};
  return {byte(0xf0, 18), more(12), more(6), more(0)};
}

inline std::string utf8(std::u32string_view text) {
  std::string bytes;
  for (const char32_t c : text) bytes += utf8(c);
  return bytes;
}

// The code point at `at`, which is moved behind it. Whatever utf8() would not have written is an error: cut
// short, longer than need be, a surrogate, beyond U+10FFFF.
inline char32_t next_code_point(std::string_view bytes, std::size_t& at, const std::string& name) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xff >> (length + 1));
  for (std::size_t i = 1; i < length && at + i < bytes.size(); ++i)
    c = c << 6 | (static_cast<unsigned char>(bytes[at + i]) & 0x3f);
  const bool surrogate = c >= 0xd800 && c < 0xe000;
  if (surrogate || c > 0x10ffff || !bytes.substr(at).starts_with(utf8(c)))
    ramie::fail("text", name + " is not UTF-8: see byte " + std::to_string(at) +
                            ". Convert it first, for example with iconv -f latin1 -t utf-8.");
  at += length;
  return c;
}

inline std::u32string code_points(std::string_view bytes, const std::string& name) {
  std::u32string text;
  for (std::size_t at = 0; at < bytes.size();) text += next_code_point(bytes, at, name);
  return text;
}

inline std::u32string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    ramie::fail("text", "cannot read " + path.string() + ": give a text file with --text.");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) ramie::fail("text", path.string() + " is empty.");
  return code_points(bytes, path.string());
}

// ---- Characters and their numbers
class Vocabulary {
 public:
  explicit Vocabulary(std::u32string_view text) : characters_(text) {
    std::sort(characters_.begin(), characters_.end());
    characters_.erase(std::unique(characters_.begin(), characters_.end()), characters_.end());
  }
  std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
  const std::u32string& characters() const { return characters_; }
  char32_t operator[](std::int32_t token) const { return characters_.at(static_cast<std::size_t>(token)); }

  // An error names the character that the vocabulary lacks.
  Tokens encode(std::u32string_view text) const {
    Tokens tokens;
    for (const char32_t c : text) tokens.push_back(token(c));
    return tokens;
  }

 private:
  std::int32_t token(char32_t c) const {
    const auto at = std::lower_bound(characters_.begin(), characters_.end(), c);
    if (at == characters_.end() || *at != c)
      ramie::fail("vocabulary", "the model has never seen the character '" + utf8(c) + "': it knows " +
                                    utf8(characters_) + " alone.");
    return static_cast<std::int32_t>(at - characters_.begin());
  }
  std::u32string characters_;
};

// What a model would lose, in nats for each character, that knows how frequent the characters are and nothing
// else.
inline double unigram_entropy(const Tokens& tokens, std::int64_t vocabulary) {
  std::vector<double> counts(static_cast<std::size_t>(vocabulary));
  for (const std::int32_t t : tokens) ++counts[static_cast<std::size_t>(t)];
  const auto n = static_cast<double>(tokens.size());
  double entropy = 0;
  for (const double count : counts)
    if (count > 0) entropy -= count / n * std::log(count / n);
  return entropy;
}

// ---- Records for a pipeline: record i is the window that begins at character i, and, for each of its
// characters, the one that comes next.
class Windows : public data::Source {
 public:
  Windows(const Tokens& tokens, std::int64_t length)
      : tokens_(ramie::from_vector(tokens)), length_(length), size_(tokens_.shape(0) - length) {
    if (size_ < 1)
      ramie::fail("text", "a part of the text has " + std::to_string(tokens.size()) +
                              " characters, but a window of " + std::to_string(length) +
                              " and the next needs " + std::to_string(length + 1) +
                              ": give a longer text or a smaller --context.");
  }
  std::int64_t size() const override { return size_; }
  std::string describe() const override {
    return "windows(" + std::to_string(length_) + " of " + std::to_string(tokens_.shape(0)) + ")";
  }
  data::Batch record(std::int64_t i) const override {
    return {{"token", tokens_.slice(0, i, i + length_)}, {"next", tokens_.slice(0, i + 1, i + 1 + length_)}};
  }

 private:
  Tensor tokens_;
  std::int64_t length_, size_;
};

}  // namespace chars
