// Random programs under jit against the same run op by op: without passes, with each alone, with all and with
// some of them, for several calls with new arguments, the state moving on.
//
//   RAMIE_PROPERTY_PROGRAMS=20000 ./integration_jit_property_test     more of them
//   RAMIE_PROPERTY_SEED=123 ./integration_jit_property_test           one of them, which is printed
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

#include <ramie/autograd/jit.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/ops/copy.h>
#include <support/captured.h>
#include <support/device.h>
#include <support/sanitizers.h>

#include "integration/programs/families.h"

namespace ramie {
namespace {

using programs::Env;
using programs::Source;

constexpr std::size_t calls = programs::calls;

// What the calls gave, and left in the cells.
struct History {
  std::vector<std::vector<Tensor>> results, states;
  std::set<std::string> strides;  // of the cells before each call: jit records anew for others
};

// Held, or copied so that nobody else holds it.
std::vector<Tensor> noted(const Source& s, std::vector<Tensor> values) {
  if (!s.holds)
    for (auto& v : values) v = launch(kernels::Copy{}, v);
  return values;
}
std::vector<std::shared_ptr<Cell>> make_cells(const Source& s) {
  std::vector<std::shared_ptr<Cell>> cells;
  for (auto& first : s.cells) cells.push_back(std::make_shared<Cell>(Cell{first()}));
  return cells;
}

template <class F>
History call_often(const Source& s, const std::vector<std::shared_ptr<Cell>>& cells, const F& f) {
  History out;
  for (std::size_t call = 0; call < calls; ++call) {
    std::vector<Tensor> states;
    std::string strides;
    for (auto& c : cells) strides += str(get(c).layout().strides);
    out.strides.insert(strides);
    out.results.push_back(noted(s, f(s.arguments[call])));
    for (auto& c : cells) states.push_back(get(c));
    out.states.push_back(noted(s, std::move(states)));
  }
  return out;
}

History run_eagerly(const Source& s) {
  const auto cells = make_cells(s);
  return call_often(s, cells, [&](const std::vector<Tensor>& x) { return programs::run(s, {x, cells}); });
}

std::string first_difference(const History& found, const History& expected, bool nearly) {
  for (std::size_t call = 0; call < calls; ++call) {
    for (std::size_t i = 0; i < expected.results[call].size(); ++i)
      if (auto d = difference(found.results[call][i], expected.results[call][i], nearly); !d.empty())
        return fmt::format("call {}, result {}: {}", call, i, d);
    for (std::size_t i = 0; i < expected.states[call].size(); ++i)
      if (auto d = difference(found.states[call][i], expected.states[call][i], nearly); !d.empty())
        return fmt::format("call {}, cell {}: {}", call, i, d);
  }
  return "";
}

template <class F>
std::string listing(const F& f) {
  try {
    return "\nas recorded: " + str(f.recorded()) + "after the passes: " + str(f.program());
  } catch (const Error& e) {
    return std::string("\n") + e.what();
  }
}

bool last_pass_changed(Program before, const Program& after, const std::vector<Pass>& passes) {
  for (std::size_t i = 0; i + 1 < passes.size(); ++i) passes[i].run(before);
  return before.steps.size() != after.steps.size() || after.memory.has_value() != before.memory.has_value() ||
         std::any_of(after.steps.begin(), after.steps.end(), [](auto& step) {
           return std::any_of(step.over.begin(), step.over.end(), [](int from) { return from >= 0; });
         });
}

// What is wrong with it under jit; empty if nothing is. Counts whether the last pass had something to do.
std::string wrong(const Source& s, const std::vector<Pass>& passes, const History& expected,
                  int* count = nullptr) {
  const auto cells = make_cells(s);
  const auto f = jit(
      [&](const std::vector<Tensor>& x) {
        return programs::run(s, {x, cells});
      },
      {.passes = passes});
  std::string text;
  try {
    const History found = call_often(s, cells, f);
    text = first_difference(found, expected, changes_bits(passes));
    if (text.empty() && f.statistics().recordings != found.strides.size())
      text = fmt::format("{} recordings", f.statistics().recordings);
  } catch (const Error& e) {
    text = e.what();
  }
  if (!text.empty()) return text + listing(f);
  if (count) *count += last_pass_changed(f.recorded(), f.program(), passes);
  return "";
}

// No pass, each alone, all, and some. Without folded constants loss_gradient would have nothing to do.
std::map<std::string, std::vector<Pass>> variants(std::uint64_t seed) {
  std::map<std::string, std::vector<Pass>> out{{"no pass", {}}, {"all passes", all_passes()}};
  std::mt19937_64 random(seed);
  auto& some = out["some passes"];
  for (auto& p : all_passes()) {
    out[p.name] = {p};
    if (p.name == std::string_view("loss_gradient")) out[p.name] = {only("constant_folding")[0], p};
    if (random() % 2) some.push_back(p);
  }
  return out;
}
// "dead_code,arena"
std::string names(const std::vector<Pass>& passes) {
  std::string out;
  for (auto& p : passes) out += (out.empty() ? "" : ",") + std::string(p.name);
  return out;
}

// Whether it can be run, and is wrong.
bool fails(const Source& s, const std::vector<Pass>& passes) {
  try {
    return !wrong(s, passes, run_eagerly(s)).empty();
  } catch (const Error&) {
    return false;
  }
}
bool uses(const Source& s, std::size_t instruction) {
  const int value = static_cast<int>(s.arguments[0].size() + instruction);
  const auto holds = [&](const std::vector<int>& list) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  return holds(s.results) ||
         std::any_of(s.body.begin(), s.body.end(), [&](auto& i) { return holds(i.uses); });
}

// As little of it as is still wrong.
Source smallest(Source s, const std::vector<Pass>& passes) {
  for (std::size_t i = s.results.size(); i-- > 0;) {
    Source less = s;
    less.results.erase(less.results.begin() + static_cast<std::ptrdiff_t>(i));
    if (fails(less, passes)) s = less;
  }
  for (std::size_t i = s.body.size(); i-- > 0;)
    if (!uses(s, i))
      if (const Source less = programs::without(s, i); fails(less, passes)) s = less;
  return s;
}

using Counts = std::map<std::string, int>;  // of the programs that the last pass has changed

bool check_program(std::uint64_t seed, Counts& counts) {
  const Source s = programs::Generator(seed).make();
  const History expected = run_eagerly(s);
  for (auto& [name, passes] : variants(seed)) {
    if (wrong(s, passes, expected, &counts[name]).empty()) continue;
    const Source least = smallest(s, passes);
    ADD_FAILURE() << "program " << seed << " under jit with " << name << " (" << names(passes) << ")"
                  << " (run it alone: RAMIE_PROPERTY_SEED=" << seed << ")\n"
                  << text(least) << wrong(least, passes, run_eagerly(least));
    return false;
  }
  return true;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(JitProperty, RandomPrograms) {
  Counts counts;
  if (std::getenv("RAMIE_PROPERTY_SEED")) {
    const std::uint64_t seed = from_environment("RAMIE_PROPERTY_SEED", 0);
    std::puts(text(programs::Generator(seed).make()).c_str());
    check_program(seed, counts);
    return;
  }
  const std::uint64_t usual = slow_device() ? 300 : address_sanitizer || thread_sanitizer ? 500 : 5000;
  const std::uint64_t n = from_environment("RAMIE_PROPERTY_PROGRAMS", usual);
  int failures = 0;
  set_threads(1);  // more would wait for each other most of the time
  for (std::uint64_t seed = 1; seed <= n && failures < 5; ++seed) failures += !check_program(seed, counts);
  for (auto& [name, count] : counts) {
    fmt::print("{} of {} programs changed by {}\n", count, n, name);
    EXPECT_TRUE(count > 0 || name == "no pass" || n < 1000) << name;
  }
}

}  // namespace
}  // namespace ramie
