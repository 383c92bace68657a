// An operator on one field of the records: it takes the field, transforms it, clips it and writes it back or
// to another field. One of your own:
//
//   struct Gamma : data::ModalityOperator {
//     explicit Gamma(double gamma) : ModalityOperator("Gamma", {.clip_range = {{0, 1}}}), gamma(gamma) {}
//     Tensor transform(const Tensor& x, const Tensor&) const override { return power(x, gamma); }
//     std::string settings() const override { return fmt::format("{}", gamma); }
//     double gamma;
//   };
//
// Source: Datarax's ModalityOperator. It differs in that operators are stochastic unless told otherwise (in
// Datarax they must be told to be, and else ignore their ranges in silence), and in that clip_range is all
// the clipping that there is (Datarax's brightness and contrast clip to [0, 1] first, whatever it says).
#pragma once

#include <optional>
#include <string>

#include <ramie/data/operator.h>
#include <ramie/data/operators/setting.h>

namespace ramie::data {

// What every operator on a field can be told; their own options have these too, under the same names.
struct ModalityOptions {
  std::string field_key = "image";
  std::string target_key = {};              // empty: field_key, which is overwritten
  std::optional<Interval> clip_range = {};  // {}: no clipping
  bool stochastic = false;                  // whether it draws random numbers
  std::optional<std::uint64_t> seed = {};   // {}: one of the pipeline's
};

class ModalityOperator : public Operator {
 public:
  Batch apply(const Batch& batch, const Tensor& keys) const override;
  std::string describe() const override;  // "Brightness(image, -0.1..0.1, clip 0..1)"
  bool random() const override { return options_.stochastic; }
  std::optional<std::uint64_t> seed() const override { return options_.seed; }
  bool capturable() const override { return true; }
  const std::string& name() const { return name_; }
  const ModalityOptions& options() const { return options_; }

 protected:
  ModalityOperator(std::string name, ModalityOptions options);
  // Rows to rows; keys is undefined unless stochastic.
  virtual Tensor transform(const Tensor& x, const Tensor& keys) const = 0;
  // For describe(): what distinguishes two of these operators, or nothing.
  virtual std::string settings() const { return {}; }
  // Throws Error("[Brightness] field "image" is int32[8,28,28]: what").
  [[noreturn]] void fail_field(const Tensor& x, const std::string& what) const;

 private:
  std::string name_;
  ModalityOptions options_;
};

namespace detail {

// The options that all operators on a field have, out of their own.
template <class Options>
ModalityOptions modality(const Options& o) {
  ModalityOptions m{.field_key = o.field_key, .target_key = o.target_key};
  if constexpr (requires { o.clip_range; }) m.clip_range = o.clip_range;
  if constexpr (requires { o.stochastic; }) m.stochastic = o.stochastic, m.seed = o.seed;
  return m;
}

}  // namespace detail
}  // namespace ramie::data
