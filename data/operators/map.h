// An operator from a function of one tensor, for all fields of a record or only those of `subtree`.
//
//   data::MapOperator scale([](const Tensor& x) { return x.astype(float32) / 255; }, {.subtree = {"image"}});
//   data::MapOperator noise([](const Tensor& x, const Tensor& key) {
//     return x + 0.1 * random::normal(key, x.shape());
//   });
//
// The function sees one record's tensor, without the batch axis; the batch runs at once, by vmap. One that
// takes a key is random, and each field has a key of its own.
//
// Source: Datarax's MapOperator.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <ramie/data/operator.h>

namespace ramie::data {

struct MapOptions {
  std::vector<std::string> subtree = {};  // names of fields; all of them if empty
  std::string name = {};                  // for describe()
  std::optional<std::uint64_t> seed = {};
};

namespace detail {

template <class F>
concept KeyedMapFunction = std::is_invocable_r_v<Tensor, const F&, Tensor, Tensor>;
template <class F>
concept MapFunction = KeyedMapFunction<F> || std::is_invocable_r_v<Tensor, const F&, Tensor>;

using FieldFunction = std::function<Tensor(const Tensor& x, const Tensor& key)>;
template <MapFunction F>
FieldFunction field_function(F fn) {
  if constexpr (KeyedMapFunction<F>)
    return [fn = std::move(fn)](const Tensor& x, const Tensor& key) -> Tensor { return fn(x, key); };
  else
    return [fn = std::move(fn)](const Tensor& x, const Tensor&) -> Tensor { return fn(x); };
}

}  // namespace detail

class MapOperator : public Operator {
 public:
  template <detail::MapFunction F>
  explicit MapOperator(F fn, MapOptions options = {})
      : fn_(detail::field_function(std::move(fn))),
        options_(std::move(options)),
        random_(detail::KeyedMapFunction<F>) {}

  std::string describe() const override;
  // An error where the batch lacks a field of `subtree`.
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override { return random_; }
  std::optional<std::uint64_t> seed() const override { return options_.seed; }

 private:
  detail::FieldFunction fn_;
  MapOptions options_;
  bool random_;
};

}  // namespace ramie::data
