#include <ramie/autograd/draw.h>

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>
#include <support/error.h>

namespace ramie {
namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}
void expect_in(const std::string& text, const std::string& what) {
  EXPECT_GT(count(text, what), 0u) << what << "\nis not in\n" << text;
}

// loss = a b + a
struct Small {
  Tensor a = variable(2.0), b = variable(-3.0), p = a * b, loss = p + a;
  Names names{{"a", a}, {"b", b}, {"p", p}, {"loss", loss}};
  BackwardTrace trace() const { return trace_backward(loss, names); }
};

TEST(DrawGradients, Dot) {
  const Small s;
  const std::string before = to_dot(s.trace());
  expect_in(before, "label=\"gradients: empty, backward() has not run\"");
  expect_in(before, "[label=\"a | data 2 | grad none\"]");
  expect_in(before, "op2 [label=\"multiply\", shape=ellipse]");
  EXPECT_EQ(count(before, " -> "), 6u);
  backward(s.loss, {.retain_graph = true});
  const std::string after = to_dot(s.trace());
  expect_in(after, "label=\"gradients: filled by backward()\"");
  expect_in(after, "[label=\"a | data 2 | grad -2\"]");
  expect_in(after, "[label=\"p | data -6 | grad 1\"]");
}

TEST(DrawGradients, DotEscapesWhatRecordsReserve) {
  const Tensor x = variable(1.0);
  expect_in(to_dot(trace_backward(x * x, {{"{x|y}", x}})), "[label=\"\\{x\\|y\\} | data 1 | grad none\"]");
}

TEST(DrawGradients, SvgHasARecordForEachValueAndAPillForEachOp) {
  const Small s;
  const std::string text = to_svg(s.trace());
  EXPECT_EQ(count(text, "class=\"value leaf\""), 2u);
  EXPECT_EQ(count(text, "class=\"value\""), 1u);
  EXPECT_EQ(count(text, "class=\"value result\""), 1u);
  EXPECT_EQ(count(text, "class=\"op\""), 2u);
  EXPECT_EQ(count(text, "class=\"edge\""), 6u);
  EXPECT_EQ(count(text, ">none<"), 4u);
  expect_in(text, "gradients: empty, backward() has not run");
  EXPECT_EQ(count(text, "nan"), 0u);
}

TEST(DrawGradients, TheGradientsOfVariablesAreTheirs) {
  const Small s;
  backward(s.loss, {.retain_graph = true});
  backward(s.loss, {.retain_graph = true});
  const std::string text = to_svg(s.trace());
  expect_in(text, ">-4<");  // a.grad(), of two backwards
  expect_in(text, ">1<");   // of p, by this one
}

TEST(DrawGradients, MatricesConstantsAndSummaries) {
  const Tensor w = variable(from_vector<float>({1, -2.5, 3, 4}, {2, 2}));
  const Tensor big = variable(ones({10, 2})), h = matmul(big, w), loss = sum(h * h);
  const std::string text = to_svg(trace_backward(loss, {{"w", w}, {"h", h}}));
  expect_in(text, ">   1 -2.5<");
  expect_in(text, ">   3    4<");
  expect_in(text, ">float32[10,2]<");
  expect_in(text, ">mean 2.75<");
  expect_in(to_svg(trace_backward(sum(w * ones({2, 2})))), "class=\"constant\"");
}

TEST(DrawGradients, ALeafStandsBeforeItsFirstUse) {  // not at the far left
  const Tensor a = variable(1.0), b = variable(1.0);
  Tensor y = a;
  for (int i = 0; i < 5; ++i) y = y * y;
  const std::string text = to_svg(trace_backward(y * b, {{"a", a}, {"b", b}}));
  const auto x_of = [&](const std::string& group) {
    const auto at = text.find("x=\"", text.find("id=\"" + group + "\""));
    return std::stod(text.substr(at + 3));
  };
  EXPECT_LT(x_of("value0"), 5);
  EXPECT_GT(x_of("value1"), 500);
}

TEST(DrawGradients, HtmlStandsAlone) {
  const Small s;
  const std::string text = to_html(s.trace());
  EXPECT_EQ(count(text, "http"), count(text, "http://www.w3.org/2000/svg"));
  EXPECT_EQ(count(text, "<script>"), 1u);
  EXPECT_EQ(count(text, "<!--"), 0u);
  EXPECT_EQ(count(text, "/*data*/"), 0u);
  expect_in(text, "<title>Backward of loss</title>");
  expect_in(text, "\"rule\":\"da = dy b,  db = dy a\"");
  const Tensor x = variable(1.0);
  EXPECT_EQ(count(to_html(trace_backward(x * x, {{"</script>", x}})), "</script>"), 1u);
}

// The picture in docs/autograd is what draw gives.
TEST(DrawGradients, ThePictureOfTheCourse) {
  const KeepValues keep;
  const Small s;
  backward(s.loss, {.retain_graph = true});
  std::stringstream text;
  text << std::ifstream(RAMIE_TEST_DATA "/../../docs/autograd/loss.svg").rdbuf();
  EXPECT_EQ(text.str(), to_svg(s.trace()));
}

TEST(DrawGradients, WritesFiles) {
  const Small s;
  for (const char* end : {".svg", ".dot", ".html"}) {
    const std::string path = testing::TempDir() + "gradients" + end;
    draw(s.loss, path, s.names);
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    const auto trace = s.trace();
    EXPECT_EQ(text.str(), std::string(end) == ".svg"   ? to_svg(trace)
                          : std::string(end) == ".dot" ? to_dot(trace)
                                                       : to_html(trace));
    std::remove(path.c_str());
  }
}

TEST(DrawGradients, Errors) {
  const Small s;
  EXPECT_EQ(error_text([&] { draw(s.loss, "graph.png"); }),
            "[draw] 'graph.png': the path must end with .svg, .dot or .html.");
  EXPECT_EQ(error_text([&] { draw(s.loss, "/no/folder/graph.svg"); }),
            "[draw] cannot write /no/folder/graph.svg.");
}

}  // namespace
}  // namespace ramie
