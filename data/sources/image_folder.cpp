#include <ramie/data/sources/image_folder.h>

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

namespace fs = std::filesystem;

namespace {

bool is_image(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::vector<std::string> subfolders(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<fs::path> images(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && is_image(entry.path())) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

ImageFolder::ImageFolder(const fs::path& folder, const ImageOptions& options)
    : folder_(folder), options_(options) {
  const auto refuse = [&](const std::string& what) {
    fail("image_folder", fmt::format("{} {}", folder.string(), what));
  };
  try {
    if (!fs::is_directory(folder)) refuse("is not a folder.");
    classes_ = subfolders(folder);
    for (std::size_t i = 0; i < classes_.size(); ++i) {
      const auto paths = images(folder / classes_[i]);
      if (paths.empty())
        refuse(fmt::format("has no .png, .jpg or .jpeg in its class {}/. Remove the folder or fill it.",
                           classes_[i]));
      for (const fs::path& path : paths) files_.push_back({path, static_cast<std::int32_t>(i)});
    }
  } catch (const fs::filesystem_error& error) {
    refuse(fmt::format("cannot be read: {}.", error.code().message()));
  }
  if (classes_.empty())
    refuse("has no subfolders: put the pictures of each class into a folder of its name.");
}

std::string ImageFolder::describe() const {
  const std::string size =
      options_.size ? fmt::format("{},{}", (*options_.size)[0], (*options_.size)[1]) : "h,w";
  return fmt::format("images({}, {} classes, uint8[{},{}])[{}]",
                     fs::path(folder_ / "").parent_path().filename().string(), classes_.size(), size,
                     options_.channels, this->size());
}

Batch ImageFolder::record(std::int64_t index) const {
  const Tensor image = read_image(path(index), options_);
  Tensor label = Tensor::empty({int32, {}});
  *label.mutable_data<std::int32_t>() = files_[static_cast<std::size_t>(index)].label;
  return {{"image", image}, {"label", label}};
}

const fs::path& ImageFolder::path(std::int64_t index) const {
  check_index(*this, index);
  return files_[static_cast<std::size_t>(index)].path;
}

}  // namespace ramie::data
