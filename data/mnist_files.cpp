#include <ramie/data/mnist_files.h>

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

std::optional<fs::path> find_mnist_file(const fs::path& folder, std::string_view name) {
  for (const fs::path& place : {folder, folder / "mnist", folder / "MNIST" / "raw"}) {
    for (const std::string_view ending : {"", ".gz"}) {
      std::error_code ignored;
      const fs::path path = place / fmt::format("{}{}", name, ending);
      if (fs::is_regular_file(path, ignored)) return path;
    }
  }
  return {};
}

MnistPaths require_mnist_files(const fs::path& folder, std::string_view named_by) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    fail("mnist", fmt::format("{}, which {} names, is not a folder.", folder.string(), named_by));
  }
  MnistPaths paths;
  std::vector<std::string_view> missing;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = find_mnist_file(folder, mnist_file_names[i]);
    if (path)
      paths[i] = *path;
    else
      missing.push_back(mnist_file_names[i]);
  }
  if (missing.empty()) return paths;
  fail("mnist",
       fmt::format("{}, which {} names, lacks {} (plain or .gz). Put the files there, or leave {} unset to "
                   "have them downloaded.",
                   folder.string(), named_by, fmt::join(missing, ", "), named_by));
}

std::optional<fs::path> mnist_cache() {
  if (const auto cache = environment("XDG_CACHE_HOME")) return fs::path(*cache) / "ramie" / "mnist";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "ramie" / "mnist";
  return {};
}

}  // namespace ramie::data
