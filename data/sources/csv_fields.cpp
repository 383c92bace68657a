#include <ramie/data/sources/csv_fields.h>

#include <algorithm>
#include <utility>

namespace ramie::data {

CsvFields::CsvFields(std::string_view text, char delimiter, Fail fail)
    : rest_(text), delimiter_(delimiter), fail_(std::move(fail)) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

bool CsvFields::next(CsvField& field) {
  while (column_ == 1 && (rest_.starts_with("\n") || rest_.starts_with("\r\n"))) {
    rest_.remove_prefix(rest_.front() == '\r' ? 2 : 1);
    ++line_;
  }
  if (rest_.empty() && !after_delimiter_) return false;
  field = {.line = line_, .column = column_};
  rest_.starts_with('"') ? read_quoted(field) : read_plain(field);
  end_field(field);
  return true;
}

void CsvFields::read_quoted(CsvField& field) {
  field.quoted = true;
  unescaped_.clear();
  rest_.remove_prefix(1);
  while (true) {
    const auto quote = rest_.find('"');
    if (quote == std::string_view::npos) fail_(field, "the quotes are not closed.");
    const std::string_view part = rest_.substr(0, quote);
    unescaped_ += part;
    line_ += std::count(part.begin(), part.end(), '\n');
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) break;
    unescaped_ += '"';
    rest_.remove_prefix(1);
  }
  field.text = unescaped_;
}

void CsvFields::read_plain(CsvField& field) {
  const auto end =
      std::find_if(rest_.begin(), rest_.end(), [&](char c) { return c == delimiter_ || c == '\n'; });
  field.text = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
  rest_.remove_prefix(field.text.size());
  const bool ends_line = rest_.empty() || rest_.front() == '\n';
  if (ends_line && field.text.ends_with('\r')) field.text.remove_suffix(1);
}

void CsvFields::end_field(CsvField& field) {
  if (field.quoted && rest_.starts_with('\r')) rest_.remove_prefix(1);
  after_delimiter_ = rest_.starts_with(delimiter_);
  field.last = rest_.empty() || rest_.front() == '\n';
  if (!after_delimiter_ && !field.last) fail_(field, "something follows the closing quotes.");
  if (!rest_.empty()) rest_.remove_prefix(1);
  line_ += field.last;
  column_ = field.last ? 1 : column_ + 1;
}

}  // namespace ramie::data
