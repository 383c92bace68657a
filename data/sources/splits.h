// Parts of a source by their names and positions, with TensorFlow Datasets' notation and rounding.
//
//   data::slice(source, "[:10000]");              // the first 10,000 records
//   data::slice(source, "[10%:20%]");             // the second tenth
//   data::Mnist().source("train[:-5%]+test");     // several, one after the other
//
// Positions count from the end where they are negative. A percentage (which may have decimals) is rounded to
// the nearest record, halves to the even one; a unit at one position holds for both. Not so in Python: a
// position beyond the end is an error, and so is a slice that holds nothing.
//
// Source: tfds.core.ReadInstruction with rounding="closest"; its "shard" has no meaning here, and "all" is
// every split in its order.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/data/sources/any_source.h>

namespace ramie::data {

struct SplitPart {
  std::string name;                          // "train"
  std::optional<double> from = {}, to = {};  // not given: the beginning, the end
  bool percent = false;

  // The first record and the one behind the last, of `size` records.
  std::pair<std::int64_t, std::int64_t> bounds(std::int64_t size) const;
};

// "train[:10%]+test" as its parts. Errors quote the text.
std::vector<SplitPart> parse_split(std::string_view text);

// Those records; `range` is as in "[10:20]".
SourcePtr slice(AnySource source, std::string_view range);

// What a data set offers: splits by name, each read when it is asked for.
using NamedSplits = std::initializer_list<std::pair<std::string_view, std::function<SourcePtr()>>>;
SourcePtr read_splits(std::string_view text, NamedSplits splits);

}  // namespace ramie::data
