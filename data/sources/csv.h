// Tables in text files, column by column (RFC 4180).
//
//   sepal length,sepal width,species
//   5.1,3.5,setosa
//
//   data::CsvSource iris("iris.csv");
//   iris.record(0);                 // "sepal length" float32[], "sepal width" float32[], "species" int32[]
//   iris.classes("species");        // {"setosa", "versicolor", "virginica"}
//
//   data::CsvSource digits("train.csv", {.dtypes = {{"label", int32}}, .features = "pixels"});
//   digits.record(0);               // "label" int32[], "pixels" float32[784]
//
// A column whose first value is a number holds numbers: int64 where all are whole, else float32. Any other
// column holds text, and becomes the index of each text among the column's different ones, sorted, as int32.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ramie/data/source.h>

namespace ramie::data {

struct CsvOptions {
  char delimiter = ',';
  bool header = true;                        // the first line names the columns; else they are "0", "1"...
  std::vector<std::string> columns = {};     // only these, in this order; empty: all
  std::map<std::string, DType> dtypes = {};  // of columns of numbers, where not int64 or float32
  std::vector<std::string> text = {};        // columns of text, though they begin with a number
  // If given: the columns of numbers that are not in `dtypes` are joined to one of this name, float32[n].
  std::string features = {};
  bool allow_nan = false;  // nan and inf are numbers, and an empty field is nan
};

// What a file holds: one tensor [rows] per column, and the texts that the indices stand for.
struct CsvTable {
  Batch columns;
  std::map<std::string, std::vector<std::string>> classes;
};

// Fields may stand in double quotes, and then hold delimiters, line ends and doubled quotes. Spaces around
// numbers, empty lines, \r before \n and a byte order mark are skipped. Errors name the file, the line and
// the field, counted from 1: a row shorter or longer than the first, a number that is none or does not fit
// its dtype, nan unless allowed, quotes that do not close; and an empty file, columns of one name or not
// there.
CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

// Record i is the i-th line below the header; held in memory.
class CsvSource : public TensorSource {
 public:
  explicit CsvSource(const std::filesystem::path& path, const CsvOptions& options = {})
      : CsvSource(read_csv(path, options), path.filename().string()) {}
  // The texts of a column, by index; an error that lists the columns of text if it is none.
  const std::vector<std::string>& classes(const std::string& column) const;

 private:
  CsvSource(CsvTable table, const std::string& name);
  std::map<std::string, std::vector<std::string>> classes_;
};

}  // namespace ramie::data
