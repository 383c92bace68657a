#include <ramie/data/sources/cifar.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/mnist_files.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/data/sources/splits.h>
#include <ramie/data/sources/text_lines.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t side = 32, plane = side * side, channels = 3;
using Names = std::vector<std::string>;

const Names train10 = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                       "data_batch_5.bin"};
const Names test10 = {"test_batch.bin"}, train100 = {"train.bin"}, test100 = {"test.bin"};

struct Labels {
  std::string name;
  int classes;
};
const std::vector<Labels> labels10 = {{"label", 10}},
                          labels100 = {{"coarse_label", 20}, {"label", 100}};  // in the files' order

std::vector<MappedFile> map_files(const fs::path& folder, const Names& names, std::int64_t record) {
  std::vector<MappedFile> files;
  for (const std::string& name : names) {
    const auto size = static_cast<std::int64_t>(files.emplace_back("cifar", folder / name).bytes().size());
    if (size == 0 || size % record != 0)
      files.back().fail(
          fmt::format("{} bytes are not a whole number of records of {} bytes: the file is cut "
                      "short or no CIFAR.",
                      size, record));
  }
  return files;
}

void unpack_image(const std::uint8_t* planes, std::uint8_t* image) {
  for (std::int64_t i = 0; i < plane; ++i)
    for (std::int64_t c = 0; c < channels; ++c) image[i * channels + c] = planes[c * plane + i];
}

// Row `row` of the batch from record `i` of the file.
void unpack(const MappedFile& file, std::int64_t i, const std::vector<Labels>& labels, std::int64_t row,
            const Batch& batch) {
  const auto bytes = static_cast<std::int64_t>(labels.size()), record = bytes + channels * plane;
  const auto* from = reinterpret_cast<const std::uint8_t*>(file.bytes().data()) + i * record;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    if (from[k] >= labels[k].classes)
      file.fail(
          fmt::format("{} {} of record {} is not below {}.", labels[k].name, from[k], i, labels[k].classes));
    batch[labels[k].name].view().as<std::int32_t>()[row] = from[k];
  }
  unpack_image(from + bytes, batch["image"].view().as<std::uint8_t>() + row * channels * plane);
}

Batch read(const fs::path& folder, const Names& names, const std::vector<Labels>& labels) {
  const auto record = static_cast<std::int64_t>(labels.size()) + channels * plane;
  const auto files = map_files(folder, names, record);
  const auto records = [&](const MappedFile& file) {
    return static_cast<std::int64_t>(file.bytes().size()) / record;
  };
  std::int64_t rows = 0, row = 0;
  for (const auto& file : files) rows += records(file);
  Batch batch{{"image", Tensor::empty({uint8, {rows, side, side, channels}})}};
  for (std::size_t k = labels.size(); k-- > 0;) batch.set(labels[k].name, Tensor::empty({int32, {rows}}));
  for (const auto& file : files)
    for (std::int64_t i = 0; i < records(file); ++i) unpack(file, i, labels, row++, batch);
  return batch;
}

bool has_all(const fs::path& folder, const Names& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    std::error_code ignored;
    return fs::is_regular_file(folder / name, ignored);
  });
}

fs::path find_folder(const CifarOptions& options, const char* set, const char* subfolder, Names names,
                     const Names& more) {
  names.insert(names.end(), more.begin(), more.end());
  fs::path folder = options.data_dir;
  if (const auto variable = environment("RAMIE_DATA_DIR"); folder.empty() && variable) folder = *variable;
  if (folder.empty())
    fail("cifar", fmt::format("name the folder of {}'s binary files by data_dir or $RAMIE_DATA_DIR.", set));
  for (const fs::path& place : {folder, folder / subfolder})
    if (has_all(place, names)) return place;
  fail("cifar", fmt::format("{} lacks {} of {}, also in its {}/. Unpack the binary version from "
                            "https://www.cs.toronto.edu/~kriz/cifar.html there.",
                            folder.string(), fmt::join(names, ", "), set, subfolder));
}

// The names beside the data; numbers where that file is not there.
Names read_classes(const fs::path& path, int count) {
  Names classes;
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    const TextLineSource lines(path);
    for (std::int64_t i = 0; i < lines.size(); ++i)
      if (!lines.line(i).empty()) classes.emplace_back(lines.line(i));
  }
  if (static_cast<int>(classes.size()) == count) return classes;
  if (!classes.empty())
    fail("cifar", fmt::format("{}: holds {} names for {} classes.", path.string(), classes.size(), count));
  for (int i = 0; i < count; ++i) classes.push_back(fmt::format("{}", i));
  return classes;
}

Split split_of(const Batch& batch, const char* set, const fs::path& folder, const char* name) {
  return {batch["image"], batch["label"], set, folder.string(), name};
}

}  // namespace

Cifar10::Cifar10(const CifarOptions& options)
    : folder_(find_folder(options, "CIFAR-10", "cifar-10-batches-bin", train10, test10)),
      classes_(read_classes(folder_ / "batches.meta.txt", 10)) {}

Split Cifar10::train() const {
  return split_of(read(folder_, train10, labels10), "CIFAR-10", folder_, "train");
}

Split Cifar10::test() const { return split_of(read(folder_, test10, labels10), "CIFAR-10", folder_, "test"); }

SourcePtr Cifar10::source(std::string_view split) const {
  return read_splits(
      split, {{"train", [&] { return train().source(); }}, {"test", [&] { return test().source(); }}});
}

Cifar100::Cifar100(const CifarOptions& options)
    : folder_(find_folder(options, "CIFAR-100", "cifar-100-binary", train100, test100)),
      classes_(read_classes(folder_ / "fine_label_names.txt", 100)),
      coarse_classes_(read_classes(folder_ / "coarse_label_names.txt", 20)) {}

Split Cifar100::train() const {
  return split_of(read(folder_, train100, labels100), "CIFAR-100", folder_, "train");
}

Split Cifar100::test() const {
  return split_of(read(folder_, test100, labels100), "CIFAR-100", folder_, "test");
}

SourcePtr Cifar100::source(std::string_view split) const {
  const auto part = [this](const Names& names, const char* name) {
    return std::make_shared<TensorSource>(read(folder_, names, labels100),
                                          fmt::format("CIFAR-100({})", name));
  };
  return read_splits(split, {{"train", [&] { return part(train100, "train"); }},
                             {"test", [&] { return part(test100, "test"); }}});
}

}  // namespace ramie::data
