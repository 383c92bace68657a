#include <ramie/data/mnist_files.h>

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

namespace fs = std::filesystem;

std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return {};
  return value;
}

std::optional<fs::path> find_mnist_file(const fs::path& folder, Subfolders subfolders,
                                        std::string_view name) {
  for (const std::string& subfolder : subfolders) {
    for (const std::string_view ending : {"", ".gz"}) {
      std::error_code ignored;
      const fs::path path = folder / subfolder / fmt::format("{}{}", name, ending);
      if (fs::is_regular_file(path, ignored)) return path;
    }
  }
  return {};
}

namespace {

// Where one must look, unless it is the folder itself.
std::string places(Subfolders subfolders) {
  if (std::find(subfolders.begin(), subfolders.end(), "") != subfolders.end()) return {};
  return fmt::format(", in {}", fmt::join(subfolders, " or "));
}

}  // namespace

MnistPaths require_mnist_files(const fs::path& folder, Subfolders subfolders, std::string_view named_by) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    fail("mnist", fmt::format("{}, which {} names, is not a folder.", folder.string(), named_by));
  }
  MnistPaths paths;
  std::vector<std::string_view> missing;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = find_mnist_file(folder, subfolders, mnist_file_names[i]);
    if (path)
      paths[i] = *path;
    else
      missing.push_back(mnist_file_names[i]);
  }
  if (missing.empty()) return paths;
  fail("mnist",
       fmt::format("{}, which {} names, lacks {} (plain or .gz{}). Put the files there, or leave {} unset to "
                   "have them downloaded.",
                   folder.string(), named_by, fmt::join(missing, ", "), places(subfolders), named_by));
}

std::optional<fs::path> mnist_cache(const std::string& name) {
  if (const auto cache = environment("XDG_CACHE_HOME")) return fs::path(*cache) / "ramie" / name;
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "ramie" / name;
  return {};
}

}  // namespace ramie::data
