// Functions of kernels, recorded and run as graphs.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/elementwise.h>
#include <ramie/tensor/program/capture.h>
#include <ramie/tensor/program/executable.h>
#include <ramie/tensor/program/passes.h>

namespace ramie {

using Floats = std::vector<float>;
using Tensors = std::vector<Tensor>;
using Cells = std::vector<std::shared_ptr<Cell>>;
using Function = std::function<Tensors(const Tensors&, const Cells&)>;

inline Floats floats(const Tensor& x) { return x.to_vector<float>(); }
inline Tensor add(const Tensor& a, const Tensor& b) {
  return launch(kernels::Elementwise(kernels::ops::add), a, b);
}
inline Tensor mul(const Tensor& a, const Tensor& b) {
  return launch(kernels::Elementwise(kernels::ops::multiply), a, b);
}
inline Tensor filled(double value, std::int64_t n = 64) { return full({n}, value); }
inline std::shared_ptr<Cell> cell(Tensor value) { return std::make_shared<Cell>(Cell{std::move(value)}); }

// A function, recorded on first arguments, and an Executable of it.
class Recorded {
 public:
  Recorded(const Function& f, const Tensors& arguments, Cells cells = {},
           const std::vector<Pass>& passes = all_passes())
      : cells_(std::move(cells)) {
    Capture capture(cells_);
    Tensors inside;
    for (auto& a : arguments) inside.push_back(capture.argument(a));
    Tensors out = f(inside, cells_);
    inside.clear();
    for (auto& t : out) capture.result(t);
    out.clear();
    Program program = capture.finish();
    run_passes(program, passes);
    program_ = std::make_shared<const Program>(std::move(program));
    executable_ = std::make_unique<Executable>(program_);
  }
  Tensors operator()(const Tensors& arguments) { return run(*executable_, arguments, cells_); }
  static Tensors run(Executable& executable, const Tensors& arguments, const Cells& cells) {
    std::vector<const Tensor*> pointers;
    for (auto& a : arguments) pointers.push_back(&a);
    std::vector<Cell*> raw;
    for (auto& s : executable.program().states) raw.push_back(cells[static_cast<std::size_t>(s.slot)].get());
    Tensors results(executable.program().results.size());
    executable.run(pointers, raw, results);
    return results;
  }
  GraphStatistics graph() const { return executable_->graph(); }
  std::shared_ptr<const Program> program() const { return program_; }

 private:
  Cells cells_;
  std::shared_ptr<const Program> program_;
  std::unique_ptr<Executable> executable_;
};

class GraphTest : public testing::Test {
 protected:
  void SetUp() override {
    if (devices().size() == 1) GTEST_SKIP() << "no GPU";
    set_default_device(cuda(static_cast<int>(devices().size()) - 2));  // the last one
  }
  void TearDown() override { set_default_device(cpu()); }
};

inline Tensors affine(const Tensors& x, const Cells&) { return {add(mul(x[0], x[1]), x[1])}; }
inline Tensors count(const Tensors& x, const Cells& cells) {
  set(cells[0], add(get(cells[0]), x[0]));
  return {};
}

}  // namespace ramie
