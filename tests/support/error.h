// The text of the Error that f throws:
//
//   EXPECT_EQ(error_text([&] { x.item(); }), "[item] ...");
#pragma once

#include <string>

#include <ramie/tensor/error.h>

namespace ramie {

template <class F>
std::string error_text(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace ramie
