// CIFAR-10 and CIFAR-100 in their binary version: 60,000 colour pictures of 32 x 32.
//
//   data::Cifar10 cifar({.data_dir = "cifar-10-batches-bin"});
//   cifar.train();                      // uint8[50000,32,32,3], int32[50000]
//   cifar.source("test[:1000]");        // records of "image" and "label"
//   cifar.classes();                    // {"airplane", "automobile", ...}
//
// Nothing is downloaded: unpack cifar-10-binary.tar.gz or cifar-100-binary.tar.gz of
// https://www.cs.toronto.edu/~kriz/cifar.html.
//
// A record of the files is one byte of label (CIFAR-100: coarse, then fine), 1024 of red, green and blue
// each, row by row; it becomes height x width x channels.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/data/split.h>

namespace ramie::data {

struct CifarOptions {
  // Where the files are, or the folder that they were unpacked into; empty: $RAMIE_DATA_DIR.
  std::filesystem::path data_dir = {};
};

class Cifar10 {
 public:
  // Errors: no folder named, files missing in it.
  explicit Cifar10(const CifarOptions& options = {});
  // Read at each call. Errors name the file: cut short, a label over 9.
  Split train() const;
  Split test() const;
  SourcePtr source(std::string_view split) const;  // "train[:10%]+test": data/sources/splits.h
  const std::vector<std::string>& classes() const { return classes_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> classes_;
};

// Labels are the 100 fine ones; the records of source() also hold "coarse_label", one of 20.
class Cifar100 {
 public:
  explicit Cifar100(const CifarOptions& options = {});
  Split train() const;
  Split test() const;
  SourcePtr source(std::string_view split) const;
  const std::vector<std::string>& classes() const { return classes_; }
  const std::vector<std::string>& coarse_classes() const { return coarse_classes_; }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> classes_, coarse_classes_;
};

}  // namespace ramie::data
