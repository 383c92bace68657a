// An operator from a function of one record. The function gives back the fields that it changes or adds; the
// others stay, and a field that it leaves undefined is removed.
//
//   data::ElementOperator invert([](data::Batch record) {
//     record["image"] = 1 - record["image"];
//     return record;
//   });
//   data::ElementOperator mask([](data::Batch record, Tensor key) -> data::Batch {
//     const Tensor& image = record["image"];
//     return {{"image", where(random::bernoulli(key, 0.9, image.shape()), image, 0)}, {"label", {}}};
//   });
//
// Pipelines and composites take the bare function. One that takes a key is random: it is given the record's
// key. The whole batch runs at once, by vmap, so a value cannot be read there; a function that reads values
// (item(), to_vector()) says `.vectorize = false` and is called record by record.
//
// Source: Datarax's ElementOperator, with the merging of its Element.update_data.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include <ramie/data/operator.h>

namespace ramie::data {

struct ElementOptions {
  std::string name = {};  // for describe(): functions have none, so a saved position tells them apart by it
  std::optional<std::uint64_t> seed = {};
  bool vectorize = true;
};

namespace detail {

template <class F>
concept KeyedElementFunction = std::is_invocable_r_v<Batch, const F&, Batch, Tensor>;
template <class F>
concept ElementFunction = KeyedElementFunction<F> || std::is_invocable_r_v<Batch, const F&, Batch>;

using RecordFunction = std::function<Batch(const Batch& record, const Tensor& key)>;
template <ElementFunction F>
RecordFunction record_function(F fn) {
  if constexpr (KeyedElementFunction<F>)
    return [fn = std::move(fn)](const Batch& record, const Tensor& key) -> Batch { return fn(record, key); };
  else
    return [fn = std::move(fn)](const Batch& record, const Tensor&) -> Batch { return fn(record); };
}

}  // namespace detail

class ElementOperator : public Operator {
 public:
  template <detail::ElementFunction F>
  explicit ElementOperator(F fn, ElementOptions options = {})
      : fn_(detail::record_function(std::move(fn))),
        options_(std::move(options)),
        random_(detail::KeyedElementFunction<F>) {}

  std::string describe() const override;
  // An error where the function gives records of one batch different fields, shapes or dtypes.
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  bool random() const override { return random_; }
  std::optional<std::uint64_t> seed() const override { return options_.seed; }

 private:
  Batch one_by_one(std::int64_t n, const Batch& batch, const Tensor& keys) const;
  detail::RecordFunction fn_;
  ElementOptions options_;
  bool random_;
};

}  // namespace ramie::data
