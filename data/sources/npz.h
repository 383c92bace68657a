// NumPy's .npz files: several arrays by name, in a ZIP archive.
//
//   data::Batch arrays = data::read_npz("mnist.npz");       // "x_train", "y_train", ...
//   data::NpzSource source("train.npz");                    // record i is row i of each array
//   data::write_npz("copy.npz", arrays);
#pragma once

#include <filesystem>

#include <ramie/data/source.h>

namespace ramie::data {

// All arrays of the file, stored or deflated, zip64 or not, in the order of the archive. Errors as read_npy's
// and with the array's name, and: not a ZIP archive, damaged (checksums are compared), encrypted, another
// compression, something in it that is not .npy, a name that comes twice, sizes that no such file can unpack
// to.
Batch read_npz(const std::filesystem::path& path);

struct NpzOptions {
  bool compress = false;  // as numpy.savez_compressed
};
void write_npz(const std::filesystem::path& path, const Batch& arrays, const NpzOptions& options = {});

// The arrays in memory, which must be equally long: "train.npz[60000]".
class NpzSource : public TensorSource {
 public:
  explicit NpzSource(const std::filesystem::path& path)
      : TensorSource(read_npz(path), path.filename().string()) {}
};

}  // namespace ramie::data
