// A plan run in pieces, and with pauses, gives what it gives in one go.
#include <ramie/tensor/ops/fused_plan.h>

#include <gtest/gtest.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/fill.h>

namespace ramie::kernels {
namespace {

// (x + row) * 2 and its negative; x is float32[rows, 7], row a broadcast view that must be fed.
struct Example {
  explicit Example(std::int64_t rows)
      : x(launch(Ramp{{float32, {rows, 7}}, -3, 0.5})),
        row(launch(Ramp{{float32, {7}}, 1, 1}).alias({float32, {rows, 7}, {0, 1}})),
        chain({.inputs = {x.layout(), row.layout()},
               .instructions = {{Elementwise(ops::add), {0, 1, 0}, float32},
                                {Elementwise::with_number(ops::multiply, 1, 2.0), {2, 0, 0}, float32},
                                {Elementwise(ops::negative), {3, 0, 0}, float32}},
               .results = {1, 2},
               .outputs = {x.layout(), x.layout()}}),
        views{x.view(), row.view()} {}
  float expected(std::int64_t i) const {
    return (-3 + 0.5f * static_cast<float>(i) + 1 + static_cast<float>(i % 7)) * 2;
  }
  const DeviceScope on{cpu()};
  Tensor x, row;
  Chain chain;
  std::array<View, 2> views;
};

void expect_elements(const Example& e, const std::vector<float>& y, const std::vector<float>& z,
                     std::int64_t begin) {
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_EQ(y[i], e.expected(begin + static_cast<std::int64_t>(i))) << i;
    ASSERT_EQ(z[i], -y[i]) << i;
  }
}
std::byte* bytes(std::vector<float>& v) { return reinterpret_cast<std::byte*>(v.data()); }

TEST(FusedPlan, RunsAnyPiece) {
  const Example e(1000);
  const FusedPlan plan(e.chain);
  for (auto [begin, end] :
       {std::pair{0, 7000}, {0, 1}, {6999, 7000}, {5, 12}, {100, 100 + 2 * 2048}, {3, 3}}) {
    SCOPED_TRACE(begin);
    std::vector<float> y(static_cast<std::size_t>(end - begin)), z = y;
    std::byte* const to[] = {bytes(y), bytes(z)};
    plan.run(begin, end, to, e.views.data());
    expect_elements(e, y, z, begin);
  }
}

TEST(FusedPlan, AWalkPausesAndItsResultsMayMove) {
  const Example e(1000);
  const FusedPlan plan(e.chain);
  std::vector<float> y(300), z(300), elsewhere(200);
  std::byte* const to[] = {bytes(y), bytes(z)};
  FusedPlan::Walk walk(plan, 40, to, e.views.data());
  walk.run(100);
  walk.place(0, bytes(elsewhere));
  walk.run(1);
  walk.run(199);
  std::copy(elsewhere.begin(), elsewhere.end(), y.begin() + 100);
  expect_elements(e, y, z, 40);
}

}  // namespace
}  // namespace ramie::kernels
