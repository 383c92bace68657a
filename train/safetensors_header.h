// The front of a safetensors file: which tensor lies where.
//
//   8 bytes, the length N of the header | N bytes of JSON | the values, one after another
//   {"__metadata__":{"epoch":"3"},"bias":{"dtype":"F32","shape":[10],"data_offsets":[0,40]}}
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/train/safetensors.h>

namespace ramie::train::detail {

struct StoredTensor {
  std::string name;
  Layout layout;          // dense
  std::size_t begin = 0;  // in bytes after the header
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // as their values lie
  Metadata metadata;
  std::size_t size = 0;  // of all that stands before the values, in bytes
};

// Throws an Error that names the file.
using Fail = std::function<void(const std::string& what)>;

// The length of the JSON behind a file's first 8 bytes (fewer if the file is shorter); so long that it fits.
std::size_t safetensors_header_length(std::string_view front, std::size_t file_size, const Fail& fail);

// Reads and checks that JSON.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::size_t file_size, const Fail& fail);

// The tensors of a State in the order in which the reference implementation lays them down: wide dtypes
// first, then by name.
std::vector<StoredTensor> safetensors_order(const nn::State& tensors);

// The bytes before the values, a multiple of 8.
std::string safetensors_front(const std::vector<StoredTensor>& tensors, const Metadata& metadata);

}  // namespace ramie::train::detail
