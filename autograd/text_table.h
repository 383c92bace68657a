// Rows of text as a table with aligned columns, for reports that people read.
//
//   text_table({{"op", "bytes"}, {"multiply", "24"}})     "op        bytes\nmultiply  24\n"
#pragma once

#include <string>
#include <vector>

namespace ramie::detail {

std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace ramie::detail
