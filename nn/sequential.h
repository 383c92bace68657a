// Any holds any layer, or any function from a Tensor to a Tensor; Sequential is a row of them.
//
//   nn::Sequential mlp(nn::Linear(784, 256, rngs), relu, nn::Linear(256, 10, rngs));
//   Tensor y = mlp(x);
//   mlp.layers.push_back(nn::Dropout(0.5, rngs));
//
// Source: flax.nnx.Sequential.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <ramie/nn/module.h>

namespace ramie::nn {

namespace detail {
[[noreturn]] void incomparable_function();
}

class Any {
 public:
  template <class L>
  requires(!std::same_as<std::remove_cvref_t<L>, Any> &&
           std::is_invocable_r_v<Tensor, std::decay_t<L>&, const Tensor&>)
      Any(L&& layer)  // NOLINT(bugprone-forwarding-reference-overload): constrained
      : held_(std::make_unique<Held<std::decay_t<L>>>(std::forward<L>(layer))) {}
  Any(const Any& o) : held_(o.held_->copy()) {}
  Any(Any&&) noexcept = default;
  Any& operator=(Any o) noexcept {
    held_ = std::move(o.held_);
    return *this;
  }
  Tensor operator()(const Tensor& x) { return held_->call(x); }
  void collect(Visitor& v, std::string_view name) { held_->collect(v, name); }
  // The layer itself, or null if it has another type.
  template <class L>
  L* get() {
    auto* h = dynamic_cast<Held<L>*>(held_.get());
    return h ? &h->layer : nullptr;
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> copy() const = 0;
    virtual Tensor call(const Tensor& x) = 0;
    virtual void collect(Visitor& v, std::string_view name) = 0;
  };
  template <class L>
  struct Held final : Base {
    explicit Held(L l) : layer(std::move(l)) {}
    std::unique_ptr<Base> copy() const override { return std::make_unique<Held>(layer); }
    Tensor call(const Tensor& x) override {
      if constexpr (IsModule<L>)
        return nn::detail::call(layer, x, layer);
      else
        return layer(x);
    }
    void collect(Visitor& v, std::string_view name) override {
      if constexpr (nn::detail::holds_state<L>::value)
        walk(v, name, layer);
      else
        function(v, name);
    }
    void function(Visitor& v, std::string_view name) {
      v.setting(name, "function");
      if (Key* key = v.key()) {
        if constexpr (ramie::detail::is_keyed<L>()) {
          key->type(typeid(L));
          key->add(layer);
        } else {
          nn::detail::incomparable_function();
        }
      }
    }
    L layer;
  };
  std::unique_ptr<Base> held_;
};

struct Sequential : Module<Sequential> {
  std::vector<Any> layers;

  Sequential() = default;
  template <class First, class... More>
  requires(!std::same_as<std::remove_cvref_t<First>, Sequential> && std::constructible_from<Any, First> &&
           (std::constructible_from<Any, More> && ...)) explicit Sequential(First&& first, More&&... more) {
    layers.reserve(1 + sizeof...(More));
    layers.emplace_back(std::forward<First>(first));
    (layers.emplace_back(std::forward<More>(more)), ...);
  }
  Tensor operator()(const Tensor& x) {
    return call(x, [&](Tensor x) {
      for (auto& layer : layers) x = layer(x);
      return x;
    });
  }
  using fields = Fields<&Sequential::layers>;
};

}  // namespace ramie::nn
