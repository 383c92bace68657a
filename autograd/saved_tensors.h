// What a graph keeps for its backward: which op holds which tensors, and how many bytes they are.
//
//   std::cout << saved_tensors(loss, {{"w", w}}).table;
//
//   op                        keeps         bytes  whose value  also kept by
//   v2 = matmul(constant, w)  float32[8,4]  128    a constant
//   v3 = tanh(v2)             float32[8,2]  64     v3           v4
//   total: 192 bytes, 0 of them the values of variables
//
// Buffers count once, however many tensors look at them. backward() frees what each op keeps as it passes,
// unless it is told to retain the graph: then nothing is left here.
#pragma once

#include <ramie/autograd/backward_trace.h>

namespace ramie {

struct SavedTensors {
  struct Row {
    std::string op;           // that keeps the tensor: "v3 = tanh(v2)"
    Layout layout;            // of the tensor
    std::size_t bytes;        // from its first element to its last
    std::string whose;        // value it is: a label, or "a constant"
    std::string shared_with;  // the other values whose ops keep the same buffer
  };
  std::vector<Row> rows;      // the oldest op first
  std::size_t total = 0;      // bytes; each buffer once
  std::size_t variables = 0;  // those that are variables' values, and stay when the graph is freed
  std::size_t freed = 0;      // ops whose tensors a backward() has freed
  std::string table;
};

SavedTensors saved_tensors(const Tensor& y, const Names& names = {});

}  // namespace ramie
