#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include <ramie/tensor/create.h>
#include <ramie/tensor/launch.h>
#include <support/error.h>

#include "support/toy_graph.h"

namespace ramie {
namespace {

struct SumAndDifference {  // two outputs
  static constexpr const char* name = "sum_and_difference";
  std::array<Layout, 2> outputs(const Layout& a, const Layout& b) const {
    if (!a.same(b)) fail(name, str(a) + " and " + str(b) + " differ.");
    return {a.compact(), a.compact()};
  }
  void run(Cpu, View sum, View difference, View a, View b) const noexcept {
    for (std::int64_t i = 0; i < a.size(); ++i) {
      sum.as<float>()[i] = a.as<float>()[i] + b.as<float>()[i];
      difference.as<float>()[i] = a.as<float>()[i] - b.as<float>()[i];
    }
  }
};

struct Reversed {  // through a workspace
  static constexpr const char* name = "reversed";
  Layout outputs(const Layout& x) const { return x.compact(); }
  std::size_t workspace(const Layout& x) const { return x.bytes(); }
  void run(Cpu cpu, View y, View x) const noexcept {
    aligned = aligned && reinterpret_cast<std::uintptr_t>(cpu.workspace) % 64 == 0;
    std::memcpy(cpu.workspace, x.data, x.layout->bytes());
    const auto* scratch = reinterpret_cast<const float*>(cpu.workspace);
    std::reverse_copy(scratch, scratch + x.size(), y.as<float>());
  }
  static inline bool aligned = true;
};

struct Scaled {  // an attribute
  static constexpr const char* name = "scaled";
  float by;
  Layout outputs(const Layout& x) const { return x.compact(); }
  void run(Cpu, View y, View x) const noexcept {
    for (std::int64_t i = 0; i < x.size(); ++i) y.as<float>()[i] = by * x.as<float>()[i];
  }
};

struct Pick {  // looks at values before it runs
  static constexpr const char* name = "pick";
  Layout outputs(const Layout& x, const Layout& index) const {
    if (index.rank() != 0 || x.rank() != 1) fail(name, "shapes");
    return {x.dtype, {}};
  }
  void check(View x, View index) const {
    if (*index.as<int>() < 0 || *index.as<int>() >= x.size()) fail(name, "index out of range.");
  }
  void run(Cpu, View y, View x, View index) const noexcept {
    *y.as<float>() = x.as<float>()[*index.as<int>()];
  }
};

struct Incremented {  // any number of tensors; output i may be written over input i
  static constexpr const char* name = "incremented";
  bool fails = false;
  Shape wanted = {};
  std::vector<Layout> outputs(std::span<const Tensor> x) const {
    if (fails) fail(name, "planted.");
    std::vector<Layout> all;
    for (auto& t : x) all.push_back(wanted.empty() ? t.layout().compact() : Layout(t.dtype(), wanted));
    return all;
  }
  std::vector<int> donors(std::size_t inputs) const {
    std::vector<int> all;
    for (std::size_t i = 0; i < inputs; ++i) all.push_back(static_cast<int>(i));
    return all;
  }
  void run(Cpu, const View* y, const View* x) const noexcept {
    for (std::int64_t i = 0; i < std::min(x->size(), y->size()); ++i)
      y->as<float>()[i] = x->as<float>()[i] + 1;
  }
};

struct Total {  // of two numbers; no donors, a workspace
  static constexpr const char* name = "total";
  std::vector<Layout> outputs(std::span<const Tensor>) const { return {{float32, {}}, {int32, {}}}; }
  std::size_t workspace(std::span<const Tensor> x) const { return x.size() * sizeof(float); }
  void run(Cpu cpu, const View* y, const View* x) const noexcept {
    auto* parts = reinterpret_cast<float*>(cpu.workspace);
    for (int i = 0; i < 2; ++i) parts[i] = *x[i].as<float>();
    *y[0].as<float>() = parts[0] + parts[1];
    *y[1].as<int>() = 2;
  }
};

// Writes launches down, and runs them again with some tensors' bytes exchanged for others'.
class Tape final : public Recorder {
 public:
  struct Entry {
    Launch launch;
    std::vector<Tensor> out, in;
  };
  Tape() : restore_(context.recorder, this) {}
  void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) override {
    entries.push_back({std::move(launch), {out.begin(), out.end()}, {in.begin(), in.end()}});
  }
  const Tensor& get(const std::shared_ptr<Cell>& cell) override {
    ++touched;
    return cell->value;
  }
  void set(const std::shared_ptr<Cell>& cell, Tensor value) override {
    ++touched;
    cell->value = std::move(value);
  }
  void read(const char* op, const Tensor&) override { fail(op, "not known."); }
  void forget(const Storage&) override { ++forgotten; }

  using Exchange = std::map<const std::byte*, const std::byte*>;
  void replay(const Exchange& exchange = {}) const {
    for (auto& e : entries) {
      std::vector<View> out = views(e.out, {}), in = views(e.in, exchange);
      std::vector<double> workspace(e.launch.workspace / sizeof(double) + 16);
      void* p = workspace.data();
      std::size_t space = workspace.size() * sizeof(double);
      auto* scratch = static_cast<std::byte*>(std::align(64, e.launch.workspace, p, space));
      e.launch.run(e.launch.kernel.get(), e.launch.device, scratch, out.data(), in.data());
    }
  }
  std::vector<Entry> entries;
  int touched = 0, forgotten = 0;

 private:
  static std::vector<View> views(const std::vector<Tensor>& tensors, const Exchange& exchange) {
    std::vector<View> all;
    for (auto& t : tensors) {
      View v = t.view();
      if (auto found = exchange.find(v.data); found != exchange.end())
        v.data = const_cast<std::byte*>(found->second);
      all.push_back(v);
    }
    return all;
  }
  Restore<Recorder*> restore_;
};

using Floats = std::vector<float>;

TEST(Launch, OneOutput) {
  const Tensor x = from_vector<float>({1, 2, 3});
  const Tensor y = launch(Scaled{2}, x);
  EXPECT_EQ(y.to_vector<float>(), (Floats{2, 4, 6}));
  EXPECT_EQ(x.to_vector<float>(), (Floats{1, 2, 3}));
}

TEST(Launch, SeveralOutputs) {
  const auto [sum, difference] =
      launch(SumAndDifference{}, from_vector<float>({5, 7}), from_vector<float>({1, 2}));
  EXPECT_EQ(sum.to_vector<float>(), (Floats{6, 9}));
  EXPECT_EQ(difference.to_vector<float>(), (Floats{4, 5}));
}

TEST(Launch, WorkspaceIsAlignedAndGivenBack) {
  const Tensor x = from_vector<float>({1, 2, 3, 4, 5});
  EXPECT_EQ(launch(Reversed{}, x).to_vector<float>(), (Floats{5, 4, 3, 2, 1}));
  const std::size_t before = memory_stats().in_use;
  launch(Reversed{}, x);
  EXPECT_EQ(memory_stats().in_use, before);
  EXPECT_TRUE(Reversed::aligned);
}

TEST(Launch, ShapesAreCheckedBeforeValuesAndValuesBeforeItRuns) {
  const Tensor x = from_vector<float>({1, 2, 3});
  EXPECT_EQ(launch(Pick{}, x, full({}, 2)).item(), 3);
  EXPECT_EQ(error_text([&] { launch(Pick{}, x, full({}, 3)); }), "[pick] index out of range.");
  EXPECT_EQ(error_text([&] { launch(Pick{}, x, zeros({0}, int32)); }), "[pick] shapes");
  EXPECT_EQ(error_text([&] { launch(Pick{}, x, Tensor()); }),
            "[tensor] an undefined Tensor was used: it was never assigned, or was moved from.");
}

// ---- many tensors, donation ------------------------------------------------------------------------------

std::vector<Tensor> list(Tensor x) {
  std::vector<Tensor> all;
  all.push_back(std::move(x));
  return all;
}
Tensor two() { return from_vector<float>({1, 2}); }
const std::byte* bytes_of(const Tensor& x) { return x.view().data; }

TEST(LaunchAll, RunsOverAnyNumber) {
  std::vector<Tensor> x = {full({}, 1.5), full({}, 2.0)};
  const auto y = launch_all(Total{}, std::move(x));
  ASSERT_EQ(y.size(), 2u);
  EXPECT_EQ(y[0].item(), 3.5);
  EXPECT_EQ(y[1].item<int>(), 2);
}

TEST(LaunchAll, WritesOverWhatNobodyElseHolds) {
  auto x = list(two());
  const std::byte* before = bytes_of(x[0]);
  const auto y = launch_all(Incremented{}, std::move(x));
  EXPECT_EQ(y[0].to_vector<float>(), (Floats{2, 3}));
  EXPECT_EQ(bytes_of(y[0]), before);
  EXPECT_TRUE(x.empty());  // NOLINT(bugprone-use-after-move): launch_all takes what it was given
}

TEST(LaunchAll, NeverWritesOverWhatSomebodyHolds) {
  const Tensor held = two();
  EXPECT_NE(bytes_of(launch_all(Incremented{}, list(held))[0]), bytes_of(held));
  EXPECT_EQ(held.to_vector<float>(), (Floats{1, 2}));

  const Tensor view = held.alias({float32, {1}});
  EXPECT_NE(bytes_of(launch_all(Incremented{}, list(held.alias(held.layout())))[0]), bytes_of(held));
  EXPECT_NE(bytes_of(launch_all(Incremented{}, list(held.renamed()))[0]), bytes_of(held));
  EXPECT_EQ(held.to_vector<float>(), (Floats{1, 2}));
}

TEST(LaunchAll, NeverWritesOverWhatIsGivenTwice) {
  std::vector<Tensor> x;
  x.push_back(two());
  x.push_back(x[0]);
  const Tensor first = x[0];
  const auto y = launch_all(Incremented{}, std::move(x));
  EXPECT_NE(bytes_of(y[0]), bytes_of(first));
  EXPECT_NE(bytes_of(y[1]), bytes_of(first));
}

TEST(LaunchAll, NeverWritesOverAnotherLayout) {
  auto x = list(two());
  const auto y = launch_all(Incremented{.wanted = {1}}, std::move(x));
  EXPECT_EQ(y[0].shape(), Shape{1});
  auto strided = list(from_vector<float>({1, 2, 3, 4}).alias({float32, {2}, {2}}));
  const std::byte* before = bytes_of(strided[0]);
  EXPECT_NE(bytes_of(launch_all(Incremented{}, std::move(strided))[0]), before);
}

TEST(LaunchAll, DonatesNothingWhileRecording) {
  auto x = list(two());
  const Tape tape;
  const Tensor y = launch_all(Incremented{}, std::move(x))[0];
  ASSERT_EQ(tape.entries.size(), 1u);
  EXPECT_EQ(tape.entries[0].launch.donors, std::vector<int>{0});  // the planner may
  EXPECT_NE(bytes_of(tape.entries[0].in[0]), bytes_of(y));
  const float* old = reinterpret_cast<const float*>(bytes_of(tape.entries[0].in[0]));
  EXPECT_EQ(Floats(old, old + 2), (Floats{1, 2}));
}

TEST(LaunchAll, LeavesTheInputsIfItThrows) {
  auto x = list(two());
  EXPECT_EQ(error_text([&] { launch_all(Incremented{.fails = true}, std::move(x)); }),
            "[incremented] planted.");
  ASSERT_EQ(x.size(), 1u);
  EXPECT_EQ(x[0].to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(
      error_text([&] { launch_all(Incremented{.wanted = {1ll << 55}}, std::move(x)); }).find("[memory] no "),
      0u);
  EXPECT_EQ(x[0].to_vector<float>(), (Floats{1, 2}));
}

// ---- recording -------------------------------------------------------------------------------------------

std::vector<Tensor> function(const Tensor& a, const Tensor& b) {
  auto [sum, difference] = launch(SumAndDifference{}, a, b);
  const Tensor third = launch(Reversed{}, launch(Scaled{0.1f}, sum).alias({float32, {2}}, 1));  // of a view
  return {third, launch_all(Incremented{}, list(difference))[0]};
}
std::vector<Floats> values(const std::vector<Tensor>& x) {
  std::vector<Floats> all;
  for (auto& t : x) all.push_back(t.to_vector<float>());
  return all;
}
void spoil(const std::vector<Tensor>& x) {
  for (auto& t : x) std::memset(t.view().data, 0x55, t.layout().bytes());
}

// A launch is data: what was written down can be run again, over the same bytes or others, and gives the same
// bits.
TEST(Recorder, ALaunchCanBeRunAgain) {
  const Tensor a = from_vector<float>({0.1f, 0.2f, 0.3f}), b = from_vector<float>({7, 8, 9});
  const Tensor other = from_vector<float>({-1.7f, 2.25f, 1e9f});
  std::vector<Tensor> results;
  std::vector<Tape::Entry> entries;
  {
    Tape tape;
    results = function(a, b);
    ASSERT_EQ(tape.entries.size(), 4u);
    EXPECT_STREQ(tape.entries[0].launch.name, "sum_and_difference");
    EXPECT_EQ(tape.entries[2].launch.workspace, 2 * sizeof(float));
    entries = tape.entries;
  }
  EXPECT_EQ(context.recorder, nullptr);
  Tape replayed;
  replayed.entries = entries;
  const Restore<Recorder*> off(context.recorder, nullptr);
  EXPECT_EQ(values(results), values(function(a, b)));

  spoil(results);
  replayed.replay();
  EXPECT_EQ(values(results), values(function(a, b)));
  replayed.replay({{bytes_of(a), bytes_of(other)}});
  EXPECT_EQ(values(results), values(function(other, b)));
}

TEST(Recorder, AReplayChecksValuesToo) {
  const Tensor x = from_vector<float>({1, 2, 3}), good = full({}, 1), bad = full({}, 9);
  Tape tape;
  const Tensor y = launch(Pick{}, x, good);
  EXPECT_EQ(error_text([&] {
              tape.replay({{bytes_of(good), bytes_of(bad)}});
            }),
            "[pick] index out of range.");
}

TEST(Recorder, ValuesAreNotKnownMeanwhile) {
  const Tensor x = full({}, 2.0);
  const Tape tape;
  const std::string why = " not known.";
  EXPECT_EQ(error_text([&] { static_cast<void>(x.item()); }), "[item]" + why);
  EXPECT_EQ(error_text([&] { static_cast<void>(x.to_vector<float>()); }), "[to_vector]" + why);
  EXPECT_EQ(error_text([&] { static_cast<void>(x.data<float>()); }), "[data]" + why);
  EXPECT_EQ(error_text([&] { static_cast<void>(str(x)); }), "[print]" + why);
}

TEST(Recorder, ForgetsTheBuffersThatItHasNamed) {
  Tensor named = two(), unnamed = two();
  const Tape tape;
  named.storage().serial = 1;
  named = unnamed = Tensor();
  EXPECT_EQ(tape.forgotten, 1);
}

// ---- cells -----------------------------------------------------------------------------------------------

TEST(Cell, GetSetAndTake) {
  const auto cell = std::make_shared<Cell>();
  EXPECT_FALSE(get(cell));
  set(cell, two());
  EXPECT_EQ(get(cell).to_vector<float>(), (Floats{1, 2}));
  const Tensor taken = take(cell);
  EXPECT_FALSE(get(cell));
  EXPECT_TRUE(taken.donatable());
}

TEST(Cell, TellsTheRecorder) {
  const auto cell = std::make_shared<Cell>();
  const Tensor other = two();
  set(cell, two());
  const Tape tape;
  static_cast<void>(get(cell));
  EXPECT_EQ(tape.touched, 1);
  const Tensor taken = take(cell);
  EXPECT_EQ(tape.touched, 2);
  EXPECT_TRUE(get(cell).same(taken));  // stays in place
  set(cell, other);
  EXPECT_EQ(tape.touched, 4);
}

TEST(Cell, HoldsValuesWithoutTheirGraph) {
  const auto cell = std::make_shared<Cell>();
  Tensor x = two();
  x.attach(ToyGraph::make());
  set(cell, x);
  EXPECT_FALSE(get(cell).graph());
  EXPECT_EQ(bytes_of(get(cell)), bytes_of(x));
}

}  // namespace
}  // namespace ramie
