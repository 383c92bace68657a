#include <ramie/data/sources/csv.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/sources/csv_fields.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

constexpr std::size_t most_columns = 16384;

std::string_view dtype_name(DType t) { return name(t); }

// Text of a file in an error: short, and only what prints.
std::string quote(std::string_view text) {
  std::string plain(text.substr(0, 40));
  std::replace_if(
      plain.begin(), plain.end(), [](unsigned char c) { return c < 32 || c == 127; }, '?');
  return fmt::format("\"{}{}\"", plain, text.size() > 40 ? "..." : "");
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class T>
std::optional<T> parse(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || text.empty()) return {};
  if (error == std::errc()) return value;
  if constexpr (std::is_floating_point_v<T>)  // too large, or so small that it is 0
    if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return {};
}

// Columns side by side, as float32[rows, columns].
Tensor joined(const std::vector<Tensor>& columns) {
  const auto width = static_cast<std::int64_t>(columns.size());
  Tensor x = Tensor::empty({float32, {columns.front().size(), width}});
  float* to = x.mutable_data<float>();
  for (std::int64_t j = 0; j < width; ++j) {
    const Tensor& column = columns[static_cast<std::size_t>(j)];
    visit(column.dtype(), [&]<class T>(Type<T>) {
      const T* from = column.data<T>();
      for (std::int64_t i = 0; i < column.size(); ++i) to[i * width + j] = convert<float>(from[i]);
    });
  }
  return x;
}

// The values of one column as they come.
class Column {
 public:
  Column(std::string name, const CsvOptions& options)
      : name_(std::move(name)), allow_nan_(options.allow_nan) {
    if (const auto at = options.dtypes.find(name_); at != options.dtypes.end()) dtype_ = at->second;
    if (std::find(options.text.begin(), options.text.end(), name_) != options.text.end())
      kind_ = Kind::text;
    else if (dtype_)
      kind_ = is_floating(*dtype_) ? Kind::real : Kind::whole;
  }
  const std::string& name() const { return name_; }
  bool is_feature() const { return kind_ != Kind::text && !dtype_; }

  // Says what is wrong with it, or nothing.
  std::string add(const CsvField& field) {
    if (kind_ == Kind::unknown) kind_ = kind_of(field);
    if (kind_ == Kind::text) return add_text(field.text);
    const std::string_view text = trim(field.text);
    if (text.empty() && !allow_nan_) return "the field is empty, but the column holds numbers";
    if (kind_ == Kind::whole)
      if (const auto whole = parse<std::int64_t>(text)) return add_whole(*whole);
    return add_real(text);
  }

  Tensor tensor(std::vector<std::string>& classes) {
    if (kind_ == Kind::text) return text_tensor(classes);
    const bool whole = kind_ == Kind::whole;
    const auto rows = static_cast<std::int64_t>(whole ? wholes_.size() : reals_.size());
    Tensor x = Tensor::empty({dtype_.value_or(whole ? int64 : float32), {rows}});
    visit(x.dtype(), [&]<class T>(Type<T>) {
      T* to = x.mutable_data<T>();
      if (whole)
        std::transform(wholes_.begin(), wholes_.end(), to, [](auto v) { return convert<T>(v); });
      else
        std::transform(reals_.begin(), reals_.end(), to, [](auto v) { return convert<T>(v); });
    });
    return x;
  }

 private:
  enum class Kind { unknown, whole, real, text };

  Kind kind_of(const CsvField& field) const {
    const std::string_view text = trim(field.text);
    if (text.empty()) return allow_nan_ && !field.quoted ? Kind::real : Kind::text;
    if (parse<std::int64_t>(text)) return Kind::whole;
    return parse<double>(text) ? Kind::real : Kind::text;
  }
  std::string add_text(std::string_view text) {
    const auto [at, fresh] = texts_.try_emplace(std::string(text), static_cast<std::int32_t>(texts_.size()));
    indices_.push_back(at->second);
    return {};
  }
  std::string add_whole(std::int64_t value) {
    const bool fits = !dtype_ || visit(*dtype_, [&]<class T>(Type<T>) {
      return convert<std::int64_t>(convert<T>(value)) == value;
    });
    if (!fits) return fmt::format("{} does not fit {}", value, dtype_name(*dtype_));
    wholes_.push_back(value);
    return {};
  }
  std::string add_real(std::string_view text) {
    const auto value = text.empty() ? std::optional(std::nan("")) : parse<double>(text);
    if (!value) return fmt::format("{} is not a number", quote(text));
    if (kind_ == Kind::whole && dtype_)
      return fmt::format("{} is not a whole number of {}", quote(text), dtype_name(*dtype_));
    const bool named = text.empty() || std::isalpha(static_cast<unsigned char>(text.back()));  // nan, inf
    if (named && !allow_nan_) return fmt::format("{} is not finite; allow_nan lets it pass", quote(text));
    if (!named && !fits(*value))
      return fmt::format("{} does not fit {}", quote(text), dtype_name(dtype_.value_or(float32)));
    if (kind_ == Kind::whole) {  // the first that is not whole
      reals_.assign(wholes_.begin(), wholes_.end());
      wholes_ = {};
      kind_ = Kind::real;
    }
    reals_.push_back(*value);
    return {};
  }
  bool fits(double value) const {
    return visit(dtype_.value_or(float32),
                 [&]<class T>(Type<T>) { return std::isfinite(convert<double>(convert<T>(value))); });
  }
  // Indices in the order of the sorted texts.
  Tensor text_tensor(std::vector<std::string>& classes) {
    for (const auto& [text, index] : texts_) classes.push_back(text);
    std::sort(classes.begin(), classes.end());
    std::vector<std::int32_t> place(classes.size());
    for (std::size_t i = 0; i < classes.size(); ++i)
      place[static_cast<std::size_t>(texts_.at(classes[i]))] = static_cast<std::int32_t>(i);
    Tensor x = Tensor::empty({int32, {static_cast<std::int64_t>(indices_.size())}});
    std::transform(indices_.begin(), indices_.end(), x.mutable_data<std::int32_t>(),
                   [&](std::int32_t i) { return place[static_cast<std::size_t>(i)]; });
    return x;
  }

  std::string name_;
  bool allow_nan_;
  Kind kind_ = Kind::unknown;
  std::optional<DType> dtype_;
  std::vector<std::int64_t> wholes_;
  std::vector<double> reals_;
  std::vector<std::int32_t> indices_;
  std::unordered_map<std::string, std::int32_t> texts_;
};

class Reader {
 public:
  Reader(const std::filesystem::path& path, const CsvOptions& options)
      : options_(options),
        file_("csv", path),
        fields_(file_.text(), options.delimiter,
                [this](const CsvField& at, const std::string& what) { fail_at(at, what); }) {}

  CsvTable read() {
    read_first_row();
    check_options();
    CsvField field;
    while (fields_.next(field)) add(field);
    if (columns_.empty()) file_.fail("is empty: it has no columns.");
    CsvTable table;
    std::vector<Tensor> features;
    for (const std::string& name : names()) {
      Column& column = columns_[places_.at(name)];
      std::vector<std::string> classes;
      const Tensor x = column.tensor(classes);
      if (!options_.features.empty() && column.is_feature())
        features.push_back(x);
      else
        table.columns.set(name, x);
      if (!classes.empty()) table.classes[name] = std::move(classes);
    }
    if (!features.empty()) table.columns.set(options_.features, joined(features));
    return table;
  }

 private:
  [[noreturn]] void fail_at(const CsvField& at, const std::string& what) const {
    ramie::fail("csv", fmt::format("{}:{}:{}: {}", file_.path().string(), at.line, at.column, what));
  }
  // Names, or values of a file without them.
  void read_first_row() {
    CsvField field;
    while (fields_.next(field)) {
      const std::string name = options_.header ? std::string(field.text) : fmt::format("{}", columns_.size());
      if (columns_.size() == most_columns)
        fail_at(field, fmt::format("there are more than {} columns; is the delimiter right?", most_columns));
      if (!places_.emplace(name, columns_.size()).second)
        fail_at(field, fmt::format("two columns are named {}.", quote(name)));
      columns_.emplace_back(name, options_);
      wanted_.push_back(options_.columns.empty() || contains(options_.columns, name));
      if (!options_.header) add(field);
      if (field.last) break;
    }
  }
  void add(const CsvField& field) {
    const auto column = static_cast<std::size_t>(field.column - 1);
    if (column >= columns_.size()) fail_row(field, column + 1, "or more ");
    if (wanted_[column]) {
      const std::string wrong = columns_[column].add(field);
      if (!wrong.empty())
        fail_at(field, fmt::format("{} (column {}).", wrong, quote(columns_[column].name())));
    }
    if (field.last && column + 1 < columns_.size()) fail_row(field, column + 1, "");
  }
  [[noreturn]] void fail_row(const CsvField& at, std::size_t fields, std::string_view more) const {
    fail_at(at, fmt::format("the row has {} {}field{}, but the first has {}.", fields, more,
                            fields == 1 ? "" : "s", columns_.size()));
  }
  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }
  std::vector<std::string> all_names() const {
    std::vector<std::string> all;
    for (const Column& column : columns_) all.push_back(column.name());
    return all;
  }
  std::vector<std::string> names() const { return options_.columns.empty() ? all_names() : options_.columns; }
  void check_options() {
    std::vector<std::string> asked = options_.columns;
    asked.insert(asked.end(), options_.text.begin(), options_.text.end());
    for (const auto& [name, dtype] : options_.dtypes) asked.push_back(name);
    for (const std::string& name : asked)
      if (!places_.contains(name))
        file_.fail(
            fmt::format("there is no column \"{}\": there are {}.", name, fmt::join(all_names(), ", ")));
  }

  const CsvOptions& options_;
  MappedFile file_;
  CsvFields fields_;
  std::vector<Column> columns_;
  std::vector<bool> wanted_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  return Reader(path, options).read();
}

CsvSource::CsvSource(CsvTable table, const std::string& name)
    : TensorSource(table.columns, name), classes_(std::move(table.classes)) {}

const std::vector<std::string>& CsvSource::classes(const std::string& column) const {
  const auto at = classes_.find(column);
  if (at != classes_.end()) return at->second;
  std::vector<std::string> names;
  for (const auto& [name, texts] : classes_) names.push_back(name);
  fail("csv", fmt::format("\"{}\" is no column of text; those are: {}.", column, fmt::join(names, ", ")));
}

}  // namespace ramie::data
