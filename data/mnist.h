// MNIST's handwritten digits, wherever they are, and drawn ones where they are nowhere.
//
//   data::Mnist mnist({.data_dir = options.data_dir});
//   data::Split train = mnist.train();     // uint8[60000,28,28,1], int32[60000]
//   data::Split test = mnist.test();       // uint8[10000,28,28,1], int32[10000]
//   mnist.source("train[:10000]");         // records of "image" and "label", by index
//   mnist.origin();                        // "/home/ada/.cache/ramie/mnist", or "drawn digits"
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ramie/data/download.h>
#include <ramie/data/split.h>

namespace ramie::data {

// The four files, in the order train images, train labels, test images, test labels.
using MnistPaths = std::array<std::filesystem::path, 4>;

// What the set is called and where its files come from. Relatives of MNIST with files of the same names need
// only other values here (data/sources/mnist_relatives.h).
struct MnistOrigin {
  std::string name = "MNIST";
  std::string size = "11 MB";
  std::string cache = "mnist";  // the folder's name in the user's cache
  // Where in $RAMIE_DATA_DIR the files may lie; in options.data_dir, they may also lie at the top.
  std::vector<std::string> folders = {"", "mnist", "MNIST/raw"};
  bool drawn_digits = true;  // stand in where the files are nowhere; else that is an error
  std::vector<std::string> mirrors = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                                      "https://ossci-datasets.s3.amazonaws.com/mnist/"};
  // SHA-256 of the four .gz files as the mirrors have had them since 1998.
  std::array<std::string, 4> sha256 = {"440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                                       "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                                       "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                                       "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"};
};

void print_notice(const std::string& line);  // to standard error

struct MnistOptions {
  std::filesystem::path data_dir = {};  // for --data-dir; empty: not set
  bool download = true;                 // into the user's cache
  MnistOrigin origin = {};
  DownloadOptions limits = {};
  // The stand-in: how many digits are drawn, and from which seed.
  std::int64_t drawn_train = 60000, drawn_test = 10000;
  std::uint64_t seed = 0;
  // Gets one line when files are downloaded and one when drawn digits stand in.
  std::function<void(const std::string& line)> notice = print_notice;
};

// Looks for the four files, plain or .gz, in
//   1. options.data_dir,
//   2. $RAMIE_DATA_DIR,                     (either with the folders of options.origin)
//   3. the user's cache: $XDG_CACHE_HOME/ramie/mnist or ~/.cache/ramie/mnist,
//   4. the mirrors, which fill the cache,
// and else draws digits. A folder that is named (1, 2) but lacks the files is an error; empty means not
// named.
class Mnist {
 public:
  explicit Mnist(MnistOptions options = {});

  // Read or drawn at each call. Errors name the file: not an IDX file, damaged, not MNIST's shape, images and
  // labels of different number, labels over 9.
  Split train() const;
  Split test() const;

  // One of them, a slice, or several, as records: "train", "test[:2000]", "train[:90%]+test"
  // (data/sources/splits.h).
  SourcePtr source(std::string_view split) const;

  bool drawn() const { return !paths_; }
  std::string origin() const;  // the folder, or "drawn digits"

 private:
  std::optional<MnistPaths> find() const;
  std::optional<MnistPaths> cached_or_downloaded() const;
  std::optional<MnistPaths> stand_in(const std::string& reason) const;  // nothing, and says why

  MnistOptions options_;
  std::optional<MnistPaths> paths_;
};

// Reads and checks one pair of files.
Split read_mnist(const std::filesystem::path& images, const std::filesystem::path& labels,
                 const std::string& description = "MNIST", const std::string& name = {});

}  // namespace ramie::data
