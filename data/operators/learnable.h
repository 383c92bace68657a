// A setting of an operator that may be learned: read anew at each call, so that gradients reach what stands
// behind it.
//
//   nn::Param weights(ones({2}));
//   data::Parallel({a, b}, {.learnable_weights = weights});     // what nn::value_and_grad differentiates
//   data::Parallel({a, b}, {.learnable_weights = cell});        // std::shared_ptr<Cell>
//   data::Parallel({a, b}, {.learnable_weights = w});           // a Tensor, perhaps a variable
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <utility>

#include <ramie/tensor/launch.h>

namespace ramie::data {

class Learnable {
 public:
  Learnable() = default;  // none
  Learnable(std::shared_ptr<Cell> cell) : read_([cell = std::move(cell)] { return get(cell); }) {}
  // A Tensor, or a handle such as nn::Param, which this keeps a copy of.
  template <class T>
  requires std::convertible_to<const T&, Tensor> Learnable(T value)
      : read_([value = std::move(value)] { return static_cast<Tensor>(value); }) {}

  explicit operator bool() const { return static_cast<bool>(read_); }
  Tensor operator()() const { return read_(); }  // its value now

 private:
  std::function<Tensor()> read_;
};

}  // namespace ramie::data
