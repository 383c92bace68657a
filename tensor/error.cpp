#include <ramie/tensor/error.h>

namespace ramie {

void fail(std::string_view op, const std::string& what) {
  throw Error(std::string("[").append(op).append("] ").append(what));
}

}  // namespace ramie
