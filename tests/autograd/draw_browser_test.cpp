// The page of draw in a real browser: a script that is added to it uses every control and looks at what the
// page shows. Skipped where there is no Chromium.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <ramie/autograd/draw.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/tensor/create.h>

namespace ramie {
namespace {

std::string output_of(const std::string& command) {
  std::string out;
  std::array<char, 4096> piece;
  FILE* pipe = popen(command.c_str(), "r");
  while (pipe && fgets(piece.data(), piece.size(), pipe)) out += piece.data();
  if (pipe) pclose(pipe);
  return out;
}
std::string browser() {
  std::string found = output_of(
      "for b in $RAMIE_BROWSER chromium chromium-browser google-chrome; do command -v $b && break; done");
  while (found.ends_with('\n')) found.pop_back();
  return found;
}

constexpr const char* tools = R"(
const wrong = [];
const expect = (what, is, should) => {
  if (is !== should) wrong.push(`${what}: ${is} instead of ${should}`);
};
const $ = id => document.getElementById(id);
const key = k => document.dispatchEvent(new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true }));
const index = label => data.values.findIndex(v => v.label === label);
const grad = label => [...$('value' + index(label)).querySelector('.grad').children].map(t => t.textContent.trim()).join('|');
const at = k => expect('position', backward.position(), k);
const wait = ms => new Promise(done => setTimeout(done, ms));
const report = () => { document.body.innerHTML = ''; document.title = wrong.length ? 'WRONG ' + wrong.join('; ') : 'all is well'; };
window.onerror = text => { wrong.push(text); report(); };
)";

// What the page's title says after the script has run.
std::string run_in_browser(const BackwardTrace& trace, const std::string& script) {
  std::string page = to_html(trace);
  const auto end = page.find("</body>");
  page.insert(end,
              std::string("<script>\n") + tools + "(async () => {" + script + "report(); })();\n</script>\n");
  const std::string path = testing::TempDir() + "page.html", profile = testing::TempDir() + "page_profile";
  std::ofstream(path) << page;
  const std::string dom = output_of(
      "timeout 60 '" + browser() + "' --headless --no-sandbox --disable-gpu --user-data-dir='" + profile +
      "' --virtual-time-budget=30000 --dump-dom 'file://" + path + "' 2>/dev/null; rm -rf '" + profile + "'");
  std::remove(path.c_str());
  const auto from = dom.find("<title>"), to = dom.find("</title>");
  return from == dom.npos ? "no page: " + dom : dom.substr(from + 7, to - from - 7);
}

class PageInABrowser : public testing::Test {
 protected:
  void SetUp() override {
    if (browser().empty()) GTEST_SKIP() << "no Chromium is installed";
  }
  Tensor a = variable(2.0), b = variable(-3.0), p = a * b, loss = p + a;
  BackwardTrace trace = trace_backward(loss, {{"a", a}, {"b", b}, {"p", p}, {"loss", loss}});
};

TEST_F(PageInABrowser, StepsThroughTheBackward) {
  EXPECT_EQ(run_in_browser(trace, R"(
at(0); expect('loss', grad('loss'), '1'); expect('a', grad('a'), '-'); expect('b', grad('b'), '-');
$('step').click(); at(1); expect('a', grad('a'), '1'); expect('p', grad('p'), '1'); expect('b', grad('b'), '-');
$('step').click(); at(2); expect('a', grad('a'), '-2'); expect('b', grad('b'), '2');
expect('end of steps', $('step').disabled, true);
const text = $('panel').textContent;
for (const part of ['Step 2 of 2: multiply', 'p = multiply(a, b)', 'da = dy b,  db = dy a', 'local derivative-3', 'sum before1', 'running sum-2'])
  expect(part, text.includes(part), true);
expect('active op', $('op' + index('p')).classList.contains('now'), true);
expect('finished op', $('op' + index('loss')).classList.contains('done'), true);
expect('flowing edge', $('edge' + index('p') + '-0').classList.contains('flow'), true);
$('back').click(); at(1); expect('a', grad('a'), '1');
)"),
            "all is well");
}

TEST_F(PageInABrowser, JumpsResetsAndPlays) {
  EXPECT_EQ(run_in_browser(trace, R"(
$('end').click(); at(2); $('reset').click(); at(0);
$('position').value = 2; $('position').dispatchEvent(new Event('input')); at(2);
$('op' + index('loss')).dispatchEvent(new MouseEvent('click')); at(1);
$('steps').children[1].click(); at(2);
$('speed').value = '450';
$('play').click(); at(0); expect('playing', backward.playing(), true); expect('label', $('play').textContent, 'Pause');
await wait(600); at(1);
$('play').click(); await wait(1000); at(1); expect('paused', backward.playing(), false);
$('play').click(); await wait(2000); at(2); expect('stops at the end', backward.playing(), false);
)"),
            "all is well");
}

TEST_F(PageInABrowser, KnowsItsKeys) {
  EXPECT_EQ(run_in_browser(trace, R"(
key('ArrowRight'); at(1); key('ArrowRight'); key('ArrowRight'); at(2); key('ArrowLeft'); at(1);
key('Home'); at(0); key('End'); at(2);
key(' '); expect('playing', backward.playing(), true); key(' '); expect('paused', backward.playing(), false);
const before = $('fit').checked; key('f'); expect('fit', $('fit').checked, !before);
)"),
            "all is well");
}

TEST_F(PageInABrowser, ShowsMatricesAndSummaries) {
  const Tensor w = variable(from_vector<float>({1, 2, 3, 4}, {2, 2})), big = variable(ones({20, 2}));
  const Tensor y = sum(matmul(big, w));
  EXPECT_EQ(run_in_browser(trace_backward(y, {{"w", w}, {"big", big}, {"y", y}}), R"(
backward.jump(2);
expect('w', grad('w'), '20 20|20 20');
expect('big', grad('big'), 'min  3|max  7|mean 5');
expect('tables', $('panel').querySelectorAll('table.grid').length, 2);
expect('no local number', $('panel').textContent.includes('local derivative'), false);
)"),
            "all is well");
}

// A check that cannot fail would be none.
TEST_F(PageInABrowser, TheCheckItselfCanFail) {
  EXPECT_EQ(run_in_browser(trace, "expect('loss', grad('loss'), '2');"), "WRONG loss: 1 instead of 2");
}

}  // namespace
}  // namespace ramie
