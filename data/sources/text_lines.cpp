#include <ramie/data/sources/text_lines.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/sources/mapped_file.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

struct TextLineSource::Lines {
  explicit Lines(const std::vector<std::filesystem::path>& paths) {
    if (paths.empty()) fail("text", "no files were given.");
    for (const auto& path : paths) {
      files.emplace_back("text", path);
      index(files.back().text());
    }
  }
  // Where each line of the text begins; one more entry says where the last ends.
  void index(std::string_view text) {
    first.push_back(size());
    for (std::size_t at = 0; at < text.size();) {
      begins.push_back(at);
      const auto end = text.find('\n', at);
      at = end == std::string_view::npos ? text.size() : end + 1;
    }
    begins.push_back(text.size());
  }
  // Every file but the current has one entry that begins no line.
  std::int64_t size() const { return static_cast<std::int64_t>(begins.size() - first.size()); }
  std::string_view line(std::int64_t i) const {
    const auto file =
        static_cast<std::size_t>(std::upper_bound(first.begin(), first.end(), i) - first.begin()) - 1;
    const std::size_t at = static_cast<std::size_t>(i) + file;
    std::string_view text = files[file].text().substr(begins[at], begins[at + 1] - begins[at]);
    if (!text.ends_with('\n')) return text;
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    return text;
  }

  std::vector<MappedFile> files;
  std::vector<std::int64_t> first;  // the number of each file's first line
  std::vector<std::size_t> begins;
};

TextLineSource::TextLineSource(const std::vector<std::filesystem::path>& files, TextLineOptions options)
    : lines_(std::make_shared<const Lines>(files)), options_(options) {
  if (options.length < 0) fail("text", fmt::format("length {} must not be negative.", options.length));
}

std::int64_t TextLineSource::size() const { return lines_->size(); }

std::string TextLineSource::describe() const {
  std::vector<std::string> names;
  for (const MappedFile& file : lines_->files) names.push_back(file.path().filename().string());
  const std::string length = options_.length == 0 ? "" : fmt::format(", length {}", options_.length);
  return fmt::format("lines({}{})[{}]", fmt::join(names, ", "), length, size());
}

std::string_view TextLineSource::line(std::int64_t index) const {
  check_index(*this, index);
  return lines_->line(index);
}

Batch TextLineSource::record(std::int64_t index) const { return row(gather({&index, 1}), 0); }

Batch TextLineSource::gather(std::span<const std::int64_t> indices) const {
  if (indices.empty()) return Source::gather(indices);
  const std::int64_t wide =
      options_.length ? options_.length : static_cast<std::int64_t>(line(indices[0]).size());
  const auto rows = static_cast<std::int64_t>(indices.size());
  Tensor text = Tensor::empty({uint8, {rows, wide}}), length = Tensor::empty({int32, {rows}});
  std::byte* to = text.view().data;
  for (std::size_t i = 0; i < indices.size(); ++i, to += wide) {
    const std::string_view from = line(indices[i]);
    if (options_.length == 0 && static_cast<std::int64_t>(from.size()) != wide)
      fail("text",
           fmt::format("line {} has {} bytes but line {}, in the same batch, {}: give a length to pad "
                       "and cut to.",
                       indices[i], from.size(), indices[0], wide));
    const std::size_t size = std::min(from.size(), static_cast<std::size_t>(wide));
    if (size != 0) std::memcpy(to, from.data(), size);
    std::memset(to + size, options_.pad, static_cast<std::size_t>(wide) - size);
    length.view().as<std::int32_t>()[i] = static_cast<std::int32_t>(size);
  }
  if (options_.length == 0) return {{"text", text}};
  return {{"text", text}, {"length", length}};
}

}  // namespace ramie::data
