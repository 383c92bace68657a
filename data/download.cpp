#include <ramie/data/download.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <span>

#include <curl/curl.h>
#include <fmt/format.h>

#include <ramie/data/sha256.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

using Bytes = std::vector<std::byte>;

struct Body {
  Bytes bytes;
  std::size_t max_bytes;
  bool too_large = false;
};

// Called from C: no exception may leave it. A short count makes curl stop.
std::size_t append(const char* data, std::size_t, std::size_t size, void* user) noexcept try {
  auto& body = *static_cast<Body*>(user);
  body.too_large = size > body.max_bytes - body.bytes.size();
  if (body.too_large) return 0;
  const auto part = std::as_bytes(std::span(data, size));
  body.bytes.insert(body.bytes.end(), part.begin(), part.end());
  return size;
} catch (...) {
  return 0;
}

struct Cleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, Cleanup>;

Curl make_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) fail("download", "libcurl cannot be started.");
  return curl;
}

// A redirect must not lead to file:// or other protocols.
void allow_only_http(CURL* curl) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

void set_limits(CURL* curl, const DownloadOptions& options) {
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
}

void set_request(CURL* curl, const std::string& url, Body& body, char* error) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "ramie");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
}

// What a mirror sent; `problem` is empty when that is right.
struct Answer {
  Bytes bytes;
  std::string problem;
};

std::string curl_problem(CURL* curl, CURLcode code, const char* detail, const Body& body) {
  if (body.too_large) return fmt::format("sends more than {} bytes", body.max_bytes);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_HTTP_RETURNED_ERROR) return fmt::format("answers HTTP {}", status);
  return *detail ? detail : curl_easy_strerror(code);
}

std::string hash_problem(const Bytes& bytes, const std::string& wanted) {
  const auto hash = sha256(bytes);
  if (wanted.empty() || hash == wanted) return {};
  return fmt::format("sends {} bytes with SHA-256 {}, but {} is right", bytes.size(), hash, wanted);
}

Answer fetch(const std::string& url, const DownloadOptions& options) {
  const Curl curl = make_curl();
  Body body{{}, options.max_bytes};
  char error[CURL_ERROR_SIZE] = "";
  allow_only_http(curl.get());
  set_limits(curl.get(), options);
  set_request(curl.get(), url, body, error);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return {{}, curl_problem(curl.get(), code, error, body)};
  auto problem = hash_problem(body.bytes, options.sha256);
  return {std::move(body.bytes), std::move(problem)};
}

// Removes the file unless it has been renamed.
struct TemporaryFile {
  explicit TemporaryFile(const std::filesystem::path& to)
      : path(to.parent_path() /
             fmt::format(".{}.{:08x}.part", to.filename().string(), std::random_device()())) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  std::filesystem::path path;
};

void store(const Bytes& bytes, const std::filesystem::path& to) {
  std::error_code error;
  if (to.has_parent_path()) std::filesystem::create_directories(to.parent_path(), error);
  const TemporaryFile part(to);
  std::ofstream out(part.path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (out) std::filesystem::rename(part.path, to, error);
  if (!out || error) {
    fail("download", fmt::format("{}: cannot be written: {}.", to.string(),
                                 error ? error.message() : std::strerror(errno)));
  }
}

}  // namespace

void download(const std::vector<std::string>& urls, const std::filesystem::path& to,
              const DownloadOptions& options) {
  std::string problems;
  for (const auto& url : urls) {
    const Answer answer = fetch(url, options);
    if (answer.problem.empty()) return store(answer.bytes, to);
    problems += fmt::format("\n  {}: {}", url, answer.problem);
  }
  fail("download", fmt::format("no mirror gave {}:{}", to.filename().string(), problems));
}

}  // namespace ramie::data
