// NumPy's .npy files: one array each, read whole or mapped.
//
//   Tensor x = data::read_npy("x.npy");
//   data::write_npy("y.npy", x);
//   data::NpySource source({{"image", "images.npy"}, {"label", "labels.npy"}});   // reads rows when asked
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ramie/data/source.h>

namespace ramie::data {

// The array of a file, in Fortran order or not, of either byte order, versions 1 to 3. Errors name the file:
// not there, not .npy, damaged, fewer or more bytes than the header promises, Python objects, a dtype that
// ramie has not (unsigned of 16 and 64 bits, complex, text). Memory is bounded by the file's size.
Tensor read_npy(const std::filesystem::path& path);

// As numpy.save does. bfloat16, which NumPy lacks, is an error.
void write_npy(const std::filesystem::path& path, const Tensor& x);

// Record i is row i of each array. The files are mapped, not read, so that they may be larger than memory;
// only one in Fortran order or in the other byte order is read whole. Errors as read_npy's, and: a scalar,
// arrays of different length.
class NpySource : public Source {
 public:
  using File = std::pair<std::string, std::filesystem::path>;  // a name for the records, and the file
  explicit NpySource(const std::vector<File>& files);
  std::int64_t size() const override { return size_; }
  std::string describe() const override;
  Batch record(std::int64_t index) const override;
  Batch gather(std::span<const std::int64_t> indices) const override;

 private:
  struct Column;
  std::vector<std::shared_ptr<const Column>> columns_;
  std::int64_t size_ = 0;
};

}  // namespace ramie::data
