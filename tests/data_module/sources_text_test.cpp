#include <ramie/data/sources/csv.h>
#include <ramie/data/sources/text_lines.h>

#include <cmath>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Indices = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

class Csv : public ::testing::Test {
 protected:
  CsvTable table(const std::string& text, const CsvOptions& options = {}) {
    return read_csv(write(folder / "t.csv", text), options);
  }
  std::string error(const std::string& text, const CsvOptions& options = {}) {
    const std::string what = error_of([&] { table(text, options); });
    const std::string beginning = "[csv] " + (folder / "t.csv").string() + ":";
    EXPECT_EQ(what.rfind(beginning, 0), 0u) << what;
    return what.substr(std::min(what.size(), beginning.size()));
  }
  std::vector<double> column(const CsvTable& t, const char* name) {
    return t.columns[name].to_vector<double>();
  }
  TemporaryFolder folder;
};

TEST_F(Csv, NumbersAndText) {
  const CsvTable t = table("length,count,species\n5.1,3,setosa\n-4,+5,virginica\n1e-3, 6 ,setosa\n");
  EXPECT_EQ(str(t.columns), "length float32[3], count int64[3], species int32[3]");
  EXPECT_EQ(t.columns["length"].to_vector<float>(), (std::vector<float>{5.1f, -4, 1e-3f}));
  EXPECT_EQ(column(t, "count"), (std::vector<double>{3, 5, 6}));
  EXPECT_EQ(column(t, "species"), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(t.classes.at("species"), (Texts{"setosa", "virginica"}));
}

// By hand after RFC 4180.
TEST_F(Csv, Quotes) {
  const CsvTable t = table("\"a,\"\"b\"\"\",c\r\n\"x\ny\",\"1\"\r\n\"\",2\r\n");
  EXPECT_EQ(str(t.columns), "a,\"b\" int32[2], c int64[2]");
  EXPECT_EQ(t.classes.at("a,\"b\""), (Texts{"", "x\ny"}));
  EXPECT_EQ(column(t, "c"), (std::vector<double>{1, 2}));
}

TEST_F(Csv, LineEndsMarksAndDelimiters) {
  for (const char* text : {"x;y\n1;2\n3;4\n", "x;y\n1;2\n3;4", "\xEF\xBB\xBFx;y\r\n\r\n1;2\r\n\n3;4\r\n\n",
                           "x;y\n\n\n1;2\n3;4\n\n"}) {
    const CsvTable t = table(text, {.delimiter = ';'});
    EXPECT_EQ(str(t.columns), "x int64[2], y int64[2]") << text;
    EXPECT_EQ(column(t, "y"), (std::vector<double>{2, 4}));
  }
  EXPECT_EQ(str(table("1,2\n3,4\n", {.header = false}).columns), "0 int64[2], 1 int64[2]");
  EXPECT_EQ(str(table("x,y\n").columns), "x float32[0], y float32[0]");
}

TEST_F(Csv, WholeNumbersBecomeRealWhereOneIsReal) {
  const CsvTable t = table("x\n1\n2\n2.5\n3\n");
  EXPECT_EQ(str(t.columns), "x float32[4]");
  EXPECT_EQ(column(t, "x"), (std::vector<double>{1, 2, 2.5, 3}));
  EXPECT_EQ(table("x\n9007199254740993\n").columns["x"].item<std::int64_t>(), 9007199254740993);
}

TEST_F(Csv, Options) {
  const std::string text = "id,zip,x,y\n1,02139,0.5,1\n2,10001,1.5,0\n";
  EXPECT_EQ(str(table(text, {.columns = {"y", "x"}}).columns), "y int64[2], x float32[2]");
  EXPECT_EQ(str(table(text, {.dtypes = {{"x", float64}, {"y", bool_}, {"id", uint8}}}).columns),
            "id uint8[2], zip int64[2], x float64[2], y bool[2]");
  EXPECT_EQ(table(text, {.text = {"zip"}}).classes.at("zip"), (Texts{"02139", "10001"}));
  const CsvTable joined = table(text, {.dtypes = {{"y", int32}}, .text = {"zip"}, .features = "features"});
  EXPECT_EQ(str(joined.columns), "zip int32[2], y int32[2], features float32[2,2]");
  EXPECT_EQ(column(joined, "features"), (std::vector<double>{1, 0.5, 2, 1.5}));
}

TEST_F(Csv, NanOnlyWhereAllowed) {
  const CsvTable t = table("x,y\nnan,1\n,-inf\n2,3\n", {.allow_nan = true});
  EXPECT_EQ(str(t.columns), "x float32[3], y float32[3]");
  EXPECT_TRUE(std::isnan(column(t, "x")[0]) && std::isnan(column(t, "x")[1]) &&
              std::isinf(column(t, "y")[1]));
  EXPECT_EQ(error("x,y\n1,2\n1,nan\n"), "3:2: \"nan\" is not finite; allow_nan lets it pass (column \"y\").");
  EXPECT_EQ(error("x\n1\nInfinity\n"),
            "3:1: \"Infinity\" is not finite; allow_nan lets it pass (column \"x\").");
  EXPECT_EQ(error("x,y\n1,2\n1,\n"), "3:2: the field is empty, but the column holds numbers (column \"y\").");
}

TEST_F(Csv, RowsOfOtherLength) {
  EXPECT_EQ(error("a,b,c\n1,2,3\n4,5\n"), "3:2: the row has 2 fields, but the first has 3.");
  EXPECT_EQ(error("a,b\n1,2\n\n4,5,6,7\n"), "4:3: the row has 3 or more fields, but the first has 2.");
  EXPECT_EQ(error("a,b\n1,\"two\nlines\"\n3\n"), "4:1: the row has 1 field, but the first has 2.");
  EXPECT_EQ(error("1,2\n3\n", {.header = false}), "2:1: the row has 1 field, but the first has 2.");
  EXPECT_EQ(error("a,b\n1,2\n3,"), "3:2: the field is empty, but the column holds numbers (column \"b\").");
}

TEST_F(Csv, BadNumbers) {
  EXPECT_EQ(error("a,b\n1,2\n3,4x\n"), "3:2: \"4x\" is not a number (column \"b\").");
  EXPECT_EQ(error("a\n1\n--2\n"), "3:1: \"--2\" is not a number (column \"a\").");
  EXPECT_EQ(error("a\n1.5\n1e39\n"), "3:1: \"1e39\" does not fit float32 (column \"a\").");
  EXPECT_EQ(error("a\n1\n1e999\n"), "3:1: \"1e999\" does not fit float32 (column \"a\").");
  EXPECT_EQ(table("a\n1.5\n1e-999\n").columns["a"].to_vector<float>()[1], 0);
  EXPECT_EQ(error("a\n1\n300\n", {.dtypes = {{"a", uint8}}}), "3:1: 300 does not fit uint8 (column \"a\").");
  EXPECT_EQ(error("a\n1\n2.5\n", {.dtypes = {{"a", int32}}}),
            "3:1: \"2.5\" is not a whole number of int32 (column \"a\").");
  EXPECT_EQ(error("a\n1\n" + std::string(60, '!') + "\n"),
            "3:1: \"" + std::string(40, '!') + "...\" is not a number (column \"a\").");
}

TEST_F(Csv, QuotesThatDoNotFit) {
  EXPECT_EQ(error("a\n\"open\nand so on"), "2:1: the quotes are not closed.");
  EXPECT_EQ(error("a,b\n1,\"2\"3\n"), "2:2: something follows the closing quotes.");
}

TEST_F(Csv, Columns) {
  EXPECT_EQ(error(""), " is empty: it has no columns.");
  EXPECT_EQ(error("\n\n"), " is empty: it has no columns.");
  EXPECT_EQ(error("a,b,a\n"), "1:3: two columns are named \"a\".");
  EXPECT_EQ(error("a,b\n1,2\n", {.columns = {"c"}}), " there is no column \"c\": there are a, b.");
  EXPECT_EQ(error("a,b\n1,2\n", {.dtypes = {{"c", int32}}}), " there is no column \"c\": there are a, b.");
  EXPECT_HAS(error(std::string(20000, ',')), "1:2: two columns are named \"\".");
  EXPECT_HAS(error_of([&] { read_csv(folder / "none.csv"); }), "none.csv: no such file.");
  std::string wide = "0";
  for (int i = 1; i < 20000; ++i) wide += "," + std::to_string(i);
  EXPECT_EQ(error(wide), "1:16385: there are more than 16384 columns; is the delimiter right?");
}

TEST_F(Csv, Source) {
  const CsvSource source(write(folder / "iris.csv", "x,kind\n1.5,b\n2.5,a\n"));
  EXPECT_EQ(source.describe(), "iris.csv[2]");
  EXPECT_EQ(str(source.record(0)), "x float32[], kind int32[]");
  EXPECT_EQ(source.gather(Indices{1, 0})["kind"].to_vector<int>(), (std::vector<int>{0, 1}));
  EXPECT_EQ(source.classes("kind"), (Texts{"a", "b"}));
  EXPECT_EQ(error_of([&] { source.classes("x"); }), "[csv] \"x\" is no column of text; those are: kind.");
}

// ---- lines of text

class TextLines : public ::testing::Test {
 protected:
  Texts lines(const TextLineSource& source) {
    Texts all;
    for (std::int64_t i = 0; i < source.size(); ++i) all.emplace_back(source.line(i));
    return all;
  }
  TextLineSource of(const std::string& text, TextLineOptions options = {}) {
    return TextLineSource(write(folder / "a.txt", text), options);
  }
  TemporaryFolder folder;
};

TEST_F(TextLines, EndAsInTfData) {
  EXPECT_EQ(lines(of("one\ntwo\r\n\nfour")), (Texts{"one", "two", "", "four"}));
  EXPECT_EQ(lines(of("one\n")), (Texts{"one"}));
  EXPECT_EQ(lines(of("\n\n")), (Texts{"", ""}));
  EXPECT_EQ(lines(of("a\rb\r")), (Texts{"a\rb\r"}));
  EXPECT_EQ(of("").size(), 0);
}

TEST_F(TextLines, SeveralFiles) {
  const TextLineSource source({write(folder / "a.txt", "a\nbb"), write(folder / "e.txt", ""),
                               write(folder / "c.txt", "ccc\n\ndd\n")});
  EXPECT_EQ(lines(source), (Texts{"a", "bb", "ccc", "", "dd"}));
  EXPECT_EQ(source.describe(), "lines(a.txt, e.txt, c.txt)[5]");
  EXPECT_HAS(error_of([&] { source.line(5); }), "[source] index 5 is outside the 5 records of lines(");
  EXPECT_EQ(source.record(2)["text"].to_vector<int>(), (std::vector<int>{'c', 'c', 'c'}));
  EXPECT_EQ(str(source.record(3)), "text uint8[0]");
}

TEST_F(TextLines, PaddedToOneLength) {
  const TextLineSource source = of("abc\nlonger\n\n", {.length = 4, .pad = 32});
  const Batch batch = source.gather(Indices{0, 1, 2});
  EXPECT_EQ(str(batch), "text uint8[3,4], length int32[3]");
  const auto bytes = batch["text"].to_vector<int>();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "abc long    ");
  EXPECT_EQ(batch["length"].to_vector<int>(), (std::vector<int>{3, 4, 0}));
  EXPECT_EQ(source.describe(), "lines(a.txt, length 4)[3]");
}

TEST_F(TextLines, Errors) {
  EXPECT_EQ(error_of([&] {
              of("a\nbb\n").gather(Indices{0, 1});
            }),
            "[text] line 1 has 2 bytes but line 0, in the same batch, 1: give a length to pad and cut to.");
  EXPECT_EQ(error_of([&] { of("a", {.length = -1}); }), "[text] length -1 must not be negative.");
  EXPECT_EQ(error_of([] { TextLineSource(std::vector<fs::path>{}); }), "[text] no files were given.");
  EXPECT_HAS(error_of([&] { TextLineSource(folder / "none"); }), "none: no such file.");
}

}  // namespace
}  // namespace ramie::data
