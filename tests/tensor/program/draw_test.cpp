#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <support/error.h>

namespace ramie {
namespace {

Program small() {
  return record([](const auto& x) { return std::vector{relu(x[0] * x[1])}; }, {zeros({3}), zeros({3})});
}
std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(Draw, Dot) {
  const std::string text = to_dot(small());
  for (const char* label : {"argument 0\\nfloat32[3]", "argument 1", "multiply", "relu", "result 0"})
    EXPECT_EQ(count(text, label), 1u) << label << "\n" << text;
  EXPECT_EQ(count(text, " -> "), 4u);
}

TEST(Draw, SvgHasABoxForEachNodeAndAPathForEachEdge) {
  const std::string text = to_svg(small());
  EXPECT_EQ(count(text, "<rect"), 5u);
  EXPECT_EQ(count(text, "marker-end"), 4u);
  EXPECT_EQ(text.find("nan"), text.npos);
  EXPECT_NE(text.find("</svg>"), text.npos);
}

TEST(Draw, AnEmptyProgram) {
  const Program p = record([](const auto&) { return std::vector<Tensor>(); }, {});
  EXPECT_NE(to_svg(p).find("</svg>"), std::string::npos);
  EXPECT_EQ(count(to_dot(p), "->"), 0u);
}

TEST(Draw, WritesAFile) {
  const std::string path = testing::TempDir() + "program.svg";
  draw(small(), path);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), to_svg(small()));
  std::remove(path.c_str());
  EXPECT_EQ(error_text([] { draw(small(), "program.png"); }),
            "[draw] 'program.png': the path must end with .svg or .dot.");
  EXPECT_EQ(error_text([] { draw(small(), "/no/folder/program.dot"); }),
            "[draw] cannot write /no/folder/program.dot.");
}

}  // namespace
}  // namespace ramie
