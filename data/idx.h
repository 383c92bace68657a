// The IDX format of MNIST and its relatives: a small header, then the values row by row, all big-endian.
//
//   bytes 0, 0, type, number of axes | one uint32 per axis | values
//
//   Tensor images = data::read_idx("train-images-idx3-ubyte.gz");   // plain or gzipped; uint8[60000,28,28]
#pragma once

#include <filesystem>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

// Reads a whole IDX file of any of the format's types: uint8, int8, int16, int32, float32, float64. Errors
// name the file: not there, not IDX, damaged or cut gzip data, fewer or more bytes than the header promises.
// Memory is bounded by what the file really holds, whatever its header says.
Tensor read_idx(const std::filesystem::path& path);

}  // namespace ramie::data
