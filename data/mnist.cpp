#include <ramie/data/mnist.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include <fmt/format.h>

#include <ramie/data/drawn_digits.h>
#include <ramie/data/idx.h>
#include <ramie/data/mnist_files.h>
#include <ramie/data/sources/splits.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

namespace fs = std::filesystem;

namespace {

Tensor read_images(const fs::path& path) {
  const Tensor x = read_idx(path);
  if (x.dtype() == uint8 && x.rank() == 3 && x.shape(1) == 28 && x.shape(2) == 28 && x.shape(0) > 0) {
    return x.alias({uint8, {x.shape(0), 28, 28, 1}});
  }
  fail("mnist", fmt::format("{}: holds {}, but images are uint8[n,28,28] (magic number 2051).", path.string(),
                            str(x.layout())));
}

Tensor read_labels(const fs::path& path) {
  const Tensor x = read_idx(path);
  if (x.dtype() != uint8 || x.rank() != 1) {
    fail("mnist", fmt::format("{}: holds {}, but labels are uint8[n] (magic number 2049).", path.string(),
                              str(x.layout())));
  }
  const auto labels = x.to_vector<std::int32_t>();
  const auto wrong = std::find_if(labels.begin(), labels.end(), [](int label) { return label > 9; });
  if (wrong != labels.end()) {
    fail("mnist", fmt::format("{}: label {} of record {} is not a digit: labels are 0 to 9.", path.string(),
                              *wrong, wrong - labels.begin()));
  }
  const DeviceScope on(cpu());
  return from_vector(labels);
}

// An error's text of several lines as one, without the name of the op.
std::string one_line(std::string text) {
  text.erase(0, text.find("] ") + 2);
  std::string separator = " ";
  for (auto at = text.find("\n  "); at != std::string::npos; at = text.find("\n  ", at)) {
    text.replace(at, 3, std::exchange(separator, "; "));
  }
  return text;
}

const std::vector<std::string> top = {""};

// A folder that is named for this set alone may also hold the files at the top.
std::vector<std::string> with_top(std::vector<std::string> folders) {
  if (folders.empty() || !folders.front().empty()) folders.insert(folders.begin(), "");
  return folders;
}

void download_missing(const fs::path& cache, const MnistOptions& options) {
  for (std::size_t i = 0; i < mnist_file_names.size(); ++i) {
    if (find_mnist_file(cache, top, mnist_file_names[i])) continue;
    const std::string file = fmt::format("{}.gz", mnist_file_names[i]);
    std::vector<std::string> urls;
    for (const auto& mirror : options.origin.mirrors) urls.push_back(mirror + file);
    DownloadOptions limits = options.limits;
    limits.sha256 = options.origin.sha256[i];
    download(urls, cache / file, limits);
  }
}

bool has_all(const fs::path& folder) {
  return std::all_of(mnist_file_names.begin(), mnist_file_names.end(),
                     [&](std::string_view name) { return find_mnist_file(folder, top, name).has_value(); });
}

}  // namespace

void print_notice(const std::string& line) { std::clog << line << std::endl; }

Split read_mnist(const fs::path& images, const fs::path& labels, const std::string& description,
                 const std::string& name) {
  Split split{read_images(images), read_labels(labels), description, images.parent_path().string(), name};
  if (split.images.shape(0) == split.labels.shape(0)) return split;
  fail("mnist", fmt::format("{} holds {} images but {} holds {} labels.", images.string(),
                            split.images.shape(0), labels.string(), split.labels.shape(0)));
}

Mnist::Mnist(MnistOptions options) : options_(std::move(options)), paths_(find()) {}

std::optional<MnistPaths> Mnist::find() const {
  const auto& folders = options_.origin.folders;
  if (!options_.data_dir.empty())
    return require_mnist_files(options_.data_dir, with_top(folders), "--data-dir");
  if (const auto folder = environment("RAMIE_DATA_DIR"))
    return require_mnist_files(*folder, folders, "$RAMIE_DATA_DIR");
  return cached_or_downloaded();
}

std::optional<MnistPaths> Mnist::cached_or_downloaded() const {
  const auto cache = mnist_cache(options_.origin.cache);
  if (!cache) return stand_in("neither $XDG_CACHE_HOME nor $HOME says where to keep it");
  if (has_all(*cache)) return require_mnist_files(*cache, top, "the cache");
  if (!options_.download)
    return stand_in(fmt::format("it is not in {} and not to be downloaded", cache->string()));
  if (options_.notice)
    options_.notice(fmt::format("Downloading {} ({}) to {}.", options_.origin.name, options_.origin.size,
                                cache->string()));
  try {
    download_missing(*cache, options_);
  } catch (const Error& error) {
    return stand_in(one_line(error.what()));
  }
  return require_mnist_files(*cache, top, "the cache");
}

std::optional<MnistPaths> Mnist::stand_in(const std::string& reason) const {
  const std::string& name = options_.origin.name;
  if (!options_.origin.drawn_digits)
    fail("mnist", fmt::format("{} was not found; name the folder of its files by --data-dir or "
                              "$RAMIE_DATA_DIR. ({})",
                              name, reason));
  if (options_.notice) {
    options_.notice(
        fmt::format("{} was not found, so drawn digits stand in; name the folder of its files by "
                    "--data-dir or $RAMIE_DATA_DIR to use them. ({})",
                    name, reason));
  }
  return {};
}

Split Mnist::train() const {
  if (drawn()) return draw_digits(options_.drawn_train, {.seed = options_.seed});
  return read_mnist((*paths_)[0], (*paths_)[1], options_.origin.name, "train");
}

// Drawn test digits follow those of training, so that the two share none.
Split Mnist::test() const {
  if (drawn())
    return draw_digits(options_.drawn_test, {.seed = options_.seed, .first = options_.drawn_train});
  return read_mnist((*paths_)[2], (*paths_)[3], options_.origin.name, "test");
}

SourcePtr Mnist::source(std::string_view split) const {
  return read_splits(
      split, {{"train", [&] { return train().source(); }}, {"test", [&] { return test().source(); }}});
}

std::string Mnist::origin() const { return drawn() ? "drawn digits" : (*paths_)[0].parent_path().string(); }

}  // namespace ramie::data
