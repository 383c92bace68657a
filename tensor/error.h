// The one exception of the library. Its text names the op, the shapes and the way out:
//
//   [reshape] 12 elements do not fit (5, -1): x is float32[3,4].
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ramie {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error("[op] what"). Texts are formatted in .cpp files: no header that a .cu reaches includes fmt.
[[noreturn]] void fail(std::string_view op, const std::string& what);

}  // namespace ramie
