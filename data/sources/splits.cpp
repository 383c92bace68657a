#include <ramie/data/sources/splits.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/sources/compose.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

[[noreturn]] void bad(std::string_view text, const std::string& why) {
  fail("split",
       fmt::format("\"{}\" {}. Write \"train\", \"train[:10000]\", \"train[10%:20%]\" or \"train+test\".",
                   text, why));
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "-5", "12.5"; underscores may group the digits.
double number(std::string_view digits, bool percent, std::string_view text) {
  std::string plain(digits);
  std::erase(plain, '_');
  double value = 0;
  const char* end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !std::isfinite(value))
    bad(text, fmt::format("has \"{}\" where a number belongs", digits));
  if (!percent && (plain.find('.') != std::string::npos || std::abs(value) > 0x1p53))
    bad(text, fmt::format("has {} where a whole number belongs", digits));
  if (percent && std::abs(value) > 100) bad(text, fmt::format("has {} %, but a whole is 100 %", digits));
  return value;
}

// The inside of the brackets: "10:20", "10%:", ":-5%".
void parse_range(std::string_view range, std::string_view text, SplitPart& part) {
  const auto colon = range.find(':');
  if (colon == std::string_view::npos || range.find(':', colon + 1) != std::string_view::npos)
    bad(text, "needs a range with one colon in its brackets");
  std::string_view from = range.substr(0, colon), to = range.substr(colon + 1);
  if (from.empty() && to.empty()) bad(text, "has a range without positions; leave the brackets out for all");
  for (std::string_view* side : {&from, &to}) {
    if (!side->ends_with('%')) continue;
    part.percent = true;
    side->remove_suffix(1);
    if (side->empty()) bad(text, "has a % without a number");
  }
  if (!from.empty()) part.from = number(from, part.percent, text);
  if (!to.empty()) part.to = number(to, part.percent, text);
}

SplitPart parse_part(std::string_view part_text, std::string_view text) {
  SplitPart part;
  const auto bracket = part_text.find('[');
  part.name = part_text.substr(0, bracket);
  if (!is_word(part.name)) bad(text, fmt::format("has \"{}\" where a split's name belongs", part.name));
  if (bracket == std::string_view::npos) return part;
  if (part_text.back() != ']') bad(text, "has brackets that do not close");
  parse_range(part_text.substr(bracket + 1, part_text.size() - bracket - 2), text, part);
  return part;
}

SourcePtr take(const SplitPart& part, SourcePtr source) {
  if (!part.from && !part.to) return source;
  const auto [from, to] = part.bounds(source->size());
  return slice(std::move(source), from, to);
}

std::vector<std::string_view> names_of(NamedSplits splits) {
  std::vector<std::string_view> names;
  for (const auto& [name, read] : splits) names.push_back(name);
  return names;
}

SourcePtr read_part(const SplitPart& part, NamedSplits splits) {
  const auto at =
      std::find_if(splits.begin(), splits.end(), [&](const auto& split) { return split.first == part.name; });
  if (at == splits.end())
    fail("split", fmt::format("there is no split \"{}\": there are {}.", part.name,
                              fmt::join(names_of(splits), ", ")));
  return take(part, at->second());
}

}  // namespace

std::pair<std::int64_t, std::int64_t> SplitPart::bounds(std::int64_t size) const {
  const auto n = static_cast<double>(size);
  const auto place = [&](std::optional<double> at, double otherwise) {
    return !at ? otherwise : percent ? std::nearbyint(*at * n / 100) : *at;
  };
  double first = place(from, 0), end = place(to, n);
  if (std::abs(first) > n || std::abs(end) > n)
    fail("split", fmt::format("{}[{}:{}] reaches beyond the {} records.", name, first, end, size));
  if (first < 0) first += n;
  if (end < 0) end += n;
  if (first >= end) fail("split", fmt::format("{}[{}:{}] of {} records is empty.", name, first, end, size));
  return {static_cast<std::int64_t>(first), static_cast<std::int64_t>(end)};
}

std::vector<SplitPart> parse_split(std::string_view text) {
  std::vector<SplitPart> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto plus = std::min(text.find('+', begin), text.size());
    parts.push_back(parse_part(trim(text.substr(begin, plus - begin)), text));
    begin = plus + 1;
  }
  return parts;
}

SourcePtr slice(AnySource source, std::string_view range) {
  if (!range.starts_with('[')) bad(range, "is not a range in brackets");
  const auto parts = parse_split(fmt::format("records{}", range));
  if (parts.size() != 1) bad(range, "is more than one range");
  return take(parts.front(), source.ptr());
}

SourcePtr read_splits(std::string_view text, NamedSplits splits) {
  std::vector<SplitPart> parts = parse_split(text);
  if (text == "all") {
    parts.clear();
    for (const std::string_view name : names_of(splits)) parts.push_back({.name = std::string(name)});
  }
  std::vector<AnySource> sources;
  for (const SplitPart& part : parts) sources.emplace_back(read_part(part, splits));
  return sources.size() == 1 ? sources.front().ptr() : concatenate(sources);
}

}  // namespace ramie::data
