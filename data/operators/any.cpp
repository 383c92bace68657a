#include <ramie/data/operators/any.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

AnyOperator::AnyOperator(OperatorPtr op) : op_(std::move(op)) {
  if (!op_) fail("operator", "a null pointer is no operator.");
}

}  // namespace ramie::data
