// The fields of a CSV file, one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ramie::data {

struct CsvField {
  std::string_view text = {};  // until the next field is read
  bool quoted = false;
  bool last = false;                  // of its row
  std::int64_t line = 0, column = 0;  // where it begins, from 1; column counts fields
};

class CsvFields {
 public:
  using Fail = std::function<void(const CsvField& at, const std::string& what)>;  // throws
  CsvFields(std::string_view text, char delimiter, Fail fail);

  // False at the end of the file. Empty lines between rows are skipped.
  bool next(CsvField& field);

 private:
  void read_quoted(CsvField& field);
  void read_plain(CsvField& field);
  void end_field(CsvField& field);

  std::string_view rest_;
  char delimiter_;
  Fail fail_;
  std::string unescaped_;
  std::int64_t line_ = 1, column_ = 1;
  bool after_delimiter_ = false;
};

}  // namespace ramie::data
