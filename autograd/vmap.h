// vmap: a function of one example becomes a function of a batch, without a loop. An op that has a Vmap rule
// runs once for the whole batch; the others run once for each example, and vmap_counts() (trace.h) says which
// did.
//
//   auto norms = vmap([](const Tensor& x) { return sqrt(sum(x * x)); })(rows);         // [n,d] -> [n]
//   auto f = vmap(loss, {0, not_mapped, 1});        // the batch is axis 0 of the first argument, axis 1 of
//                                                   // the third; the second is the same for all
//   auto g = vmap(grad(loss), {not_mapped, 0, 0})(w, images, labels);                  // per-example
//   auto x = vmap([](const Tensor& key) { return random::normal(key, {3}); })(random::split(key, 8));
//
// Arguments and results are Tensors, or pairs, tuples, vectors, maps... of Tensors, which share an axis: one
// entry of in_axes for each argument, one of out_axes for each element of a tuple or pair that f returns; one
// alone holds for all. Inside, values have no numbers to read: item() is an error.
//
// Source: jax.vmap.
#pragma once

#include <optional>

#include <ramie/autograd/grad.h>
#include <ramie/autograd/trace.h>

namespace ramie {

using BatchAxis = std::optional<std::int64_t>;
inline constexpr std::nullopt_t not_mapped = std::nullopt;
using BatchAxes = std::vector<BatchAxis>;
using OutAxes = std::vector<std::int64_t>;

namespace detail {

// Checks the axes and finds out how large the batch is.
class BatchLevel {
 public:
  explicit BatchLevel(BatchAxes axes) : axes_(std::move(axes)) {}
  // All arguments first, then all enter.
  void measure(std::size_t argument, const Tensor& x);
  void check(std::size_t arguments) const;
  Tensor enter(std::size_t argument, const Tensor& x) const;
  Tensor leave(const Tensor& y, std::int64_t out_axis) const;
  template <class Y>
  void leave_all(Y& y, const OutAxes& axes) const {
    if (axes.size() == 1)
      each_tensor(y, [&](Tensor& t) { t = t ? leave(t, axes[0]) : t; });
    else
      leave_elements(y, axes);
  }

 private:
  template <class Y>
  void leave_elements(Y& y, const OutAxes& axes) const {
    if constexpr (TupleOfValues<Y>) {
      check_out_axes(axes.size(), std::tuple_size_v<Y>);
      std::size_t i = 0;
      std::apply([&](auto&... part) { (leave_all(part, {axes[i++]}), ...); }, y);
    } else {
      check_out_axes(axes.size(), 1);
    }
  }
  static void check_out_axes(std::size_t axes, std::size_t results);
  BatchAxis axis(std::size_t argument) const;
  std::uint64_t number_ = next_level();
  BatchAxes axes_;
  std::optional<std::int64_t> size_;
  std::size_t first_ = 0;  // the argument that gave the size
};

}  // namespace detail

template <class F>
auto vmap(F f, BatchAxes in_axes = {0}, OutAxes out_axes = {0}) {
  return [f, in_axes, out_axes]<class... A>(const A&... arguments) {
    detail::BatchLevel level(in_axes);
    std::tuple<A...> inside(arguments...);
    const auto walk = [&]<std::size_t... i>(std::index_sequence<i...>, const auto& use) {
      (detail::each_tensor(std::get<i>(inside),
                           [&](Tensor& t) {
                             if (t) use(i, t);
                           }),
       ...);
    };
    constexpr auto all = std::make_index_sequence<sizeof...(A)>();
    walk(all, [&](std::size_t i, const Tensor& t) { level.measure(i, t); });
    level.check(sizeof...(A));
    walk(all, [&](std::size_t i, Tensor& t) { t = level.enter(i, t); });
    auto y = std::apply(f, inside);
    level.leave_all(y, out_axes);
    return y;
  };
}

}  // namespace ramie
