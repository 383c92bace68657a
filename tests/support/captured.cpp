#include "support/captured.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/copy.h>
#include <ramie/tensor/program/executable.h>

namespace ramie {
namespace {

// ---- comparing -------------------------------------------------------------------------------------------

Tensor dense_on_cpu(const Tensor& x) {
  const Tensor there = transfer(x, cpu());
  return there.layout().dense ? there : launch(kernels::Copy{}, there);
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 ||
         (std::isnan(convert<double>(a)) && std::isnan(convert<double>(b)));
}

double allowed(DType dtype, bool nearly) {
  if (!nearly || !is_floating(dtype)) return 0;
  return dtype == float64 ? 1e-12 : dtype == float32 ? 1e-6 : dtype == float16 ? 1e-3 : 8e-3;
}

template <class T>
double largest(const T* x, std::int64_t n) {
  double most = 1e-300;
  for (std::int64_t i = 0; i < n; ++i)
    if (const double v = std::abs(convert<double>(x[i])); std::isfinite(v)) most = std::max(most, v);
  return most;
}

template <class T>
std::int64_t first_difference(const T* a, const T* b, std::int64_t n, double relative) {
  const double tolerance = relative > 0 ? relative * largest(b, n) : 0;
  for (std::int64_t i = 0; i < n; ++i) {
    if (same_bits(a[i], b[i])) continue;
    if (!(std::abs(convert<double>(a[i]) - convert<double>(b[i])) <= tolerance) || tolerance == 0) return i;
  }
  return -1;
}

// ---- recording -------------------------------------------------------------------------------------------

// Launches, and the tensors that they were made for.
struct Recording {
  Program program;
  std::vector<Tensor> made;  // of each buffer: the value that its launch gave; or the argument
  int threads = 0;           // with them workspaces were measured
  std::size_t bytes = 0;     // that it keeps alive

  bool large() const { return program.steps.size() >= 2000 || bytes >= std::size_t{256} << 20; }
};

struct Statistics {
  std::size_t programs = 0, launches = 0, results = 0;
} statistics;

// What somebody beside the recording still holds is a result.
std::vector<Tensor> add_results(Recording& r) {
  std::vector<Tensor> expected;
  for (auto& step : r.program.steps)
    for (auto& o : step.out) {
      const Tensor& value = r.made[o.buffer];
      if (value.storage().unique()) continue;
      r.program.results.push_back(o);
      expected.push_back(value);
    }
  return expected;
}

// The second run is looked at, where it costs little: it also finds what the first has spoilt.
std::vector<Tensor> replay(Program program, const std::vector<Pass>& passes,
                           const std::vector<Tensor>& made) {
  run_passes(program, passes);
  std::vector<const Tensor*> arguments;
  for (auto& a : program.arguments) arguments.push_back(&made[a.buffer]);
  std::vector<Tensor> results(program.results.size());
  Executable executable(std::make_shared<const Program>(std::move(program)));
  const auto start = std::chrono::steady_clock::now();
  executable.run(arguments, {}, results);
  if (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(1))
    executable.run(arguments, {}, results);
  return results;
}

std::string wrong_result(const Recording& r, const std::vector<Pass>& passes,
                         const std::vector<Tensor>& expected) {
  const std::vector<Tensor> found = replay(r.program, passes, r.made);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (const auto text = difference(found[i], expected[i], changes_bits(passes)); !text.empty())
      return fmt::format("result {} of {}: {}", i, found.size(), text);
  return "";
}

// Which passes alone do it.
std::string suspects(const Recording& r, const std::vector<Pass>& passes,
                     const std::vector<Tensor>& expected) {
  std::string text = wrong_result(r, {}, expected).empty() ? "" : " no pass";
  for (auto& pass : passes)
    if (!wrong_result(r, {pass}, expected).empty()) text += std::string(" ") + pass.name;
  return text.empty() ? " several passes together" : text;
}

void check(Recording r) {
  const std::vector<Tensor> expected = add_results(r);
  const std::vector<Pass> passes = default_passes();
  statistics.programs += 1;
  statistics.launches += r.program.steps.size();
  statistics.results += expected.size();
  const std::string wrong = wrong_result(r, passes, expected);
  if (wrong.empty()) return;
  Program after = r.program;
  run_passes(after, passes);
  ADD_FAILURE() << "captured, " << wrong << "\nwrong with:" << suspects(r, passes, expected)
                << "\nas recorded: " << str(r.program) << "after the passes: " << str(after);
}

// Writes a test's launches down while they run. Cells are the test's own.
class TestRecorder final : public Recorder {
 public:
  void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) override {
    begin(launch.device);
    Program::Step step{std::move(launch), {}, {}};
    for (auto& t : in) step.in.push_back(operand(t));
    for (auto& t : out) {
      t.storage().serial = serial_;
      t.storage().id = add({Program::Kind::temporary, t.layout().bytes()}, t);
      step.out.push_back(operand(t));
    }
    recording_.program.steps.push_back(std::move(step));
  }
  const Tensor& get(const std::shared_ptr<Cell>& cell) override { return cell->value; }
  void set(const std::shared_ptr<Cell>& cell, Tensor value) override { cell->value = std::move(value); }
  void read(const char*, const Tensor& x) override {
    if (x && x.storage().serial == serial_) finish();
  }
  void forget(const Storage&) override {}  // the recording holds all of them

  void finish() {
    if (recording_.program.steps.empty()) return;
    const Restore<Recorder*> off(context.recorder, nullptr);
    const int threads_now = threads();
    Recording r = std::exchange(recording_, {});
    given_.clear();
    ++serial_;
    synchronize(r.program.device);  // the test's own errors first
    set_threads(r.threads);
    check(std::move(r));
    set_threads(threads_now);
  }

 private:
  // A program has one device and one number of threads.
  void begin(Device device) {
    const Recording& r = recording_;
    if (r.large() || (!r.program.steps.empty() && (r.program.device != device || r.threads != threads())))
      finish();
    recording_.program.device = device;
    recording_.threads = threads();
  }
  std::uint32_t add(Program::Buffer buffer, const Tensor& value) {
    recording_.bytes += buffer.bytes;
    recording_.program.buffers.push_back(std::move(buffer));
    recording_.made.push_back(value.alias(value.layout()));
    return static_cast<std::uint32_t>(recording_.made.size() - 1);
  }
  Program::Operand operand(const Tensor& x) {
    if (!x) return {};
    const Storage& s = x.storage();
    const std::uint32_t id = s.serial == serial_ ? s.id : argument(x);
    return {id, x.view().data - recording_.made[id].view().data, x.layout()};
  }
  // What was there before is an argument, each view one of its own: constants would be folded.
  std::uint32_t argument(const Tensor& x) {
    const auto [first, last] = given_.equal_range(x.view().data);
    for (auto at = first; at != last; ++at)
      if (recording_.made[at->second].layout() == x.layout()) return at->second;
    auto& arguments = recording_.program.arguments;
    const std::uint32_t id =
        add({Program::Kind::argument, x.layout().bytes(), {}, static_cast<int>(arguments.size())}, x);
    arguments.push_back({id, 0, x.layout()});
    given_.emplace(x.view().data, id);
    return id;
  }

  Recording recording_;
  std::uint32_t serial_ = std::uint32_t{1} << 31;  // far from those of captures
  std::unordered_multimap<const std::byte*, std::uint32_t> given_;
};

class Listener final : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo&) override { context.recorder = &recorder_; }
  void OnTestEnd(const testing::TestInfo&) override {
    try {
      recorder_.finish();
    } catch (const std::exception& e) {
      ADD_FAILURE() << "captured: " << e.what();
    }
    context.recorder = nullptr;
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    fmt::print("captured {} programs of {} launches; {} results compared\n", statistics.programs,
               statistics.launches, statistics.results);
  }
  TestRecorder recorder_;
};

}  // namespace

void capture_tests() { testing::UnitTest::GetInstance()->listeners().Append(new Listener); }

bool changes_bits(const std::vector<Pass>& passes) {
  return std::any_of(passes.begin(), passes.end(), [](const Pass& p) {
    return std::string_view(p.name) == "fusion" || std::string_view(p.name) == "epilogues";
  });
}

std::string difference(const Tensor& found, const Tensor& expected, bool nearly) {
  if (!found.layout().same(expected.layout()))
    return fmt::format("{} instead of {}", str(found.layout()), str(expected.layout()));
  const Tensor a = dense_on_cpu(found), b = dense_on_cpu(expected);
  if (std::memcmp(a.view().data, b.view().data, a.layout().bytes()) == 0) return "";
  return visit(a.dtype(), [&]<class T>(Type<T>) -> std::string {
    const T *x = a.view().as<T>(), *y = b.view().as<T>();
    const std::int64_t at = first_difference(x, y, a.size(), allowed(a.dtype(), nearly));
    if (at < 0) return "";
    return fmt::format("element {} is {:.17g} instead of {:.17g} in\n{}\ninstead of\n{}", at,
                       convert<double>(x[at]), convert<double>(y[at]), str(found), str(expected));
  });
}

}  // namespace ramie
