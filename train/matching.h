// Whether the tensors of a file are those that a model wants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ramie/nn/state.h>

namespace ramie::train {

// Names, in the order of the model and of the file.
struct Unmatched {
  std::vector<std::string> missing;     // the model has them, the file has not
  std::vector<std::string> unexpected;  // the file has them, the model has not
};

namespace detail {

struct Wanted {
  std::string name;
  Layout layout;             // shape and dtype
  bool loaded = true;        // false: the file may have it or not
  std::string tied_to = "";  // the first name of the same variable: two values for it are an error
};

// Throws one Error that lists all that does not fit: "[load_state] model.safetensors does not fit the model:
// ...". Missing and unexpected names are told in the result if not `strict`; another shape or dtype is always
// an error.
Unmatched match(std::string_view op, const std::string& file, const std::vector<Wanted>& wanted,
                const nn::State& given, bool strict);

}  // namespace detail
}  // namespace ramie::train
