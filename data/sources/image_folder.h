// A folder of pictures, one subfolder for each class.
//
//   flowers/daisy/1.jpg   flowers/daisy/2.jpg   flowers/tulip/a.png
//
//   data::ImageFolder flowers("flowers", {.size = {{64, 64}}});
//   flowers.record(2);                // "image" uint8[64,64,3], "label" int32[]: 1
//   flowers.classes();                // {"daisy", "tulip"}
//
// Source: torchvision's ImageFolder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <ramie/data/source.h>
#include <ramie/data/sources/image.h>

namespace ramie::data {

// The classes are the subfolders in sorted order; their files that end in .png, .jpg or .jpeg, in deeper
// folders too, come sorted by their paths, others are left out. Each is read when it is asked for. Without
// options.size, only pictures of one size can be batched.
class ImageFolder : public Source {
 public:
  // Errors: no such folder, no subfolders, a class without pictures; and read_image's for the options.
  explicit ImageFolder(const std::filesystem::path& folder, const ImageOptions& options = {});
  std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
  std::string describe() const override;
  // Errors as read_image's.
  Batch record(std::int64_t index) const override;

  const std::vector<std::string>& classes() const { return classes_; }
  const std::filesystem::path& path(std::int64_t index) const;  // of the record's file

 private:
  struct File {
    std::filesystem::path path;
    std::int32_t label;
  };
  std::filesystem::path folder_;
  ImageOptions options_;
  std::vector<std::string> classes_;
  std::vector<File> files_;
};

}  // namespace ramie::data
