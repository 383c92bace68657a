// Files from the network: several mirrors, a checksum, and never half a file.
//
//   data::download({"https://a.example/x.gz", "https://b.example/x.gz"}, "cache/x.gz", {.sha256 =
//   "ba78..."});
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace ramie::data {

struct DownloadOptions {
  std::string sha256 = {};  // 64 lower-case hexadecimal digits; empty: not checked
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds stall_timeout{30};  // gives up when nearly nothing (under 1 KiB/s) came for so long
  std::size_t max_bytes = std::size_t{1} << 28;
};

// Fetches the first of `urls` (http or https) that answers with the right bytes and stores it as `to`, making
// folders as needed. The bytes stay in memory until their checksum is right, go to a temporary name beside
// `to` and are then renamed, so that `to` is whole or absent. Throws an Error with each mirror's reason.
void download(const std::vector<std::string>& urls, const std::filesystem::path& to,
              const DownloadOptions& options = {});

}  // namespace ramie::data
