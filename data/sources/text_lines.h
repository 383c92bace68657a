// Text files, line by line.
//
//   data::TextLineSource lines({"a.txt", "b.txt"});
//   lines.line(7);                                      // std::string_view
//   lines.record(7);                                    // "text" uint8[its length]
//   data::TextLineSource("a.txt", {.length = 80});      // "text" uint8[80], "length" int32[]: can be batched
//
// The files are mapped and the places of the lines kept in a table, 8 bytes for each. A line ends with \n or
// \r\n, which are not part of it, or with the file.
//
// Source: tf.data's TextLineDataset.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <ramie/data/source.h>

namespace ramie::data {

struct TextLineOptions {
  // If not 0: every "text" has this many bytes, longer lines are cut, shorter ones filled with `pad`, and
  // "length" says how many bytes are the line's.
  std::int64_t length = 0;
  std::uint8_t pad = 0;
};

class TextLineSource : public Source {
 public:
  explicit TextLineSource(const std::vector<std::filesystem::path>& files, TextLineOptions options = {});
  explicit TextLineSource(const std::filesystem::path& file, TextLineOptions options = {})
      : TextLineSource(std::vector{file}, options) {}
  std::int64_t size() const override;
  std::string describe() const override;
  Batch record(std::int64_t index) const override;
  // Without options.length, only lines of equal length can be stacked.
  Batch gather(std::span<const std::int64_t> indices) const override;

  std::string_view line(std::int64_t index) const;

 private:
  struct Lines;
  std::shared_ptr<const Lines> lines_;
  TextLineOptions options_;
};

}  // namespace ramie::data
