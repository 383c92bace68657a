// Where MNIST's files lie on this machine.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ramie/data/mnist.h>

namespace ramie::data {

inline constexpr std::array<std::string_view, 4> mnist_file_names = {
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

// The folders below one that is named in which the files may lie; "" is itself.
using Subfolders = std::span<const std::string>;

// The file of that name, plain or .gz.
std::optional<std::filesystem::path> find_mnist_file(const std::filesystem::path& folder,
                                                     Subfolders subfolders, std::string_view name);

// All four; `named_by` says in the errors who named the folder.
MnistPaths require_mnist_files(const std::filesystem::path& folder, Subfolders subfolders,
                               std::string_view named_by);

// $XDG_CACHE_HOME/ramie/<name>, else ~/.cache/ramie/<name>; nothing where neither variable is set.
std::optional<std::filesystem::path> mnist_cache(const std::string& name = "mnist");

// The value of an environment variable; an empty one counts as unset.
std::optional<std::string> environment(const char* name);

}  // namespace ramie::data
