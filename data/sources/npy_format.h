// The .npy format: what stands before the values.
//
//   "\x93NUMPY" | version | length of the header | {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4),
//   }
//
// Source: numpy.lib.format (versions 1.0, 2.0 and 3.0).
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

struct NpyHeader {
  Layout layout;         // dense
  bool swapped = false;  // values in the other byte order than this machine's
  bool fortran = false;  // values column by column
  std::size_t size = 0;  // of all that stands before the values, in bytes
};

// Throws an Error with the given beginning of a sentence's end: "has no magic number..."
using Fail = std::function<void(const std::string& what)>;

// Reads what stands at the front of `bytes`, which may go on. Errors: not .npy, cut short, a dtype that ramie
// has not (objects, strings, records, complex or unsigned numbers of 16 and 64 bits), over 8 axes, negative
// or overflowing lengths.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const Fail& fail);

// The tensor of these values, which must be as many as the header says; in native order.
Tensor npy_tensor(const NpyHeader& header, std::span<const std::byte> values, const Fail& fail);

// What is not 0 is true: a bool of another byte would be undefined.
void make_boolean(std::span<std::byte> values);

// The same of a fresh tensor that holds a file's bytes, which are changed.
Tensor npy_values(const NpyHeader& header, const Tensor& raw);

// Bytes of a file's front for these values; an Error for bfloat16, which NumPy lacks.
std::string npy_header_of(const Layout& layout);

}  // namespace ramie::data
