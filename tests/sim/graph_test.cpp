// A program's graph with a kernel that breaks a rule: the launch fails, and the next ones go on.
#include <gtest/gtest.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/program/capture.h>
#include <ramie/tensor/program/executable.h>

#include "sim/planted.h"
#include "support/error.h"

namespace ramie {
namespace {

using planted::Bug;

struct Sum64 {
  static constexpr const char* name = "sum64";
  bool operator==(const Sum64&) const = default;
  Layout outputs(const Layout&) const { return {float32, {1}}; }
  void run(Cpu, View, View) const noexcept {}
  void run(Cuda cuda, View y, View x) const {
    planted::sum64(*bug, x.as<const float>(), y.as<float>(), cuda.stream);
  }
  const Bug* bug;  // of the next launch or capture
};

TEST(Graph, ALaunchThatFails) {
  const Tensor x = transfer(ones({64}), cuda(0)), other = transfer(full({64}, 2.0), cuda(0));
  const auto variable = std::make_shared<Cell>(Cell{x});
  Bug bug = Bug::none;
  Program program;
  {
    Capture capture({&variable, 1});
    const Tensor inside = capture.argument(x);
    set(variable, inside);
    capture.result(launch(Sum64{&bug}, inside));
    program = capture.finish();
  }
  Executable executable(std::make_shared<const Program>(std::move(program)));
  Tensor sum;
  const auto run = [&](const Tensor& argument) {
    const Tensor* arguments[] = {&argument};
    Cell* cells[] = {variable.get()};
    executable.run(arguments, cells, {&sum, 1});
  };
  run(x);
  EXPECT_EQ(sum.to_vector<float>()[0], 64);
  bug = Bug::divergent_barrier;
  const std::string text = error_text([&] { run(other); });
  EXPECT_NE(
      text.find(
          "[jit] launching a program's graph: [sum64] CUDA kernel sum64_kernel: barrier in divergent code"),
      std::string::npos)
      << text;
  EXPECT_EQ(variable->value.to_vector<float>()[0], 1);  // as before
  EXPECT_EQ(sum.to_vector<float>()[0], 64);
  EXPECT_EQ(executable.graph().launches, 0u);
  bug = Bug::none;
  const Tensor third = transfer(full({64}, 3.0), cuda(0));
  run(third);  // captured anew, since the argument has moved
  EXPECT_EQ(sum.to_vector<float>()[0], 192);
  EXPECT_EQ(variable->value.to_vector<float>()[0], 3);
  EXPECT_EQ(executable.graph().launches, 1u);
}

}  // namespace
}  // namespace ramie
