// A graph that knows nothing, for tests of what lies below autograd/.
#pragma once

#include <ramie/tensor/create.h>

namespace ramie {

struct ToyGraph final : Graph {
  const char* op() const override { return "toy"; }
  Tensor gradient() const override { return full({}, 3.5); }
  Tensor inner() const override { return {}; }
  Tensor detached() const override { return {}; }

  static Ref<Graph> make() {  // in the pool, where graphs live
    constexpr int c = detail::class_of(sizeof(ToyGraph));
    auto* g = ::new (detail::pool_take(c, sizeof(ToyGraph))) ToyGraph;
    g->size_class = c;
    return Ref<Graph>(g);
  }
};

}  // namespace ramie
