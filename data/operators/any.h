// Any operator by value, so that lists of them read well: an operator, a shared one, or a function of a
// record.
//
//   std::vector<data::AnyOperator> ops = {data::Brightness(), shared, [](data::Batch record) { ... }};
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include <ramie/data/operators/element.h>

namespace ramie::data {

class AnyOperator {
 public:
  // An error if it holds nothing.
  AnyOperator(OperatorPtr op);
  template <std::derived_from<Operator> T>
  AnyOperator(T op) : op_(std::make_shared<const T>(std::move(op))) {}
  template <std::derived_from<Operator> T>
  AnyOperator(std::shared_ptr<T> op) : AnyOperator(OperatorPtr(std::move(op))) {}
  template <detail::ElementFunction F>
  AnyOperator(F fn) : AnyOperator(ElementOperator(std::move(fn))) {}

  const Operator& operator*() const { return *op_; }
  const Operator* operator->() const { return op_.get(); }
  const OperatorPtr& ptr() const { return op_; }

 private:
  OperatorPtr op_;
};

}  // namespace ramie::data
