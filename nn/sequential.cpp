#include <ramie/nn/sequential.h>

#include <ramie/tensor/error.h>

namespace ramie::nn::detail {

void incomparable_function() {
  fail("jit",
       "a function in nn::Any holds values that cannot be compared, so a program might be replayed for "
       "another one: give its type an operator==, or make it a module.");
}

}  // namespace ramie::nn::detail
