#include <ramie/data/download.h>

#include <ramie/data/sha256.h>

#include "data_module/files.h"
#include "data_module/http_server.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

class Download : public ::testing::Test {
 protected:
  // Errors must leave nothing behind, not even a temporary file.
  std::string error(const std::vector<std::string>& urls, DownloadOptions options = {}) {
    const std::string text = error_of([&] { download(urls, folder / "file", options); });
    EXPECT_TRUE(folder.empty());
    return text;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder.path()), {}));
  }

  Environment no_proxy{"no_proxy", "127.0.0.1"};
  TemporaryFolder folder;
  std::string payload = "some bytes\0 with a zero" + std::string(200000, 'x');
  DownloadOptions right{.sha256 = sha256(payload)};
};

TEST_F(Download, StoresTheBytes) {
  HttpServer server({{"/file", {.body = payload}}});
  download({server.url() + "/file"}, folder / "deep/er/file", right);
  EXPECT_EQ(read(folder / "deep/er/file"), payload);
}

TEST_F(Download, ReplacesAFileAndLeavesNoOther) {
  HttpServer server({{"/file", {.body = payload}}});
  write(folder / "file", "old");
  download({server.url() + "/file"}, folder / "file", right);
  EXPECT_EQ(read(folder / "file"), payload);
  EXPECT_EQ(files(), 1u);
}

TEST_F(Download, FollowsARedirect) {
  HttpServer server({{"/old", {.status = 302, .location = "/new"}}, {"/new", {.body = payload}}});
  download({server.url() + "/old"}, folder / "file", right);
  EXPECT_EQ(read(folder / "file"), payload);
}

TEST_F(Download, RedirectsMayNotLeaveHttp) {
  HttpServer server({{"/file", {.status = 302, .location = "file:///etc/hostname"}}});
  EXPECT_HAS(error({server.url() + "/file"}), "not supported");
}

TEST_F(Download, EndlessRedirectsEnd) {
  HttpServer server({{"/file", {.status = 302, .location = "/file"}}});
  EXPECT_HAS(error({server.url() + "/file"}), "redirects");
  EXPECT_LT(server.requests().size(), 10u);
}

TEST_F(Download, TriesTheMirrorsInTurn) {
  HttpServer server({{"/2/file", {.body = payload}}, {"/3/file", {.body = payload}}});
  download({server.url() + "/1/file", server.url() + "/2/file", server.url() + "/3/file"}, folder / "file",
           right);
  EXPECT_EQ(read(folder / "file"), payload);
  EXPECT_EQ(server.requests(), (std::vector<std::string>{"/1/file", "/2/file"}));
}

TEST_F(Download, NotFound) {
  HttpServer server({});
  const auto text = error({server.url() + "/file"}, right);
  EXPECT_HAS(text, "[download] no mirror gave file:");
  EXPECT_HAS(text, server.url() + "/file: answers HTTP 404");
}

TEST_F(Download, ServerError) {
  HttpServer server({{"/file", {.body = payload, .status = 503}}});
  EXPECT_HAS(error({server.url() + "/file"}), "answers HTTP 503");
}

TEST_F(Download, Truncated) {
  HttpServer server({{"/file", {.body = payload, .cut = 1000}}});
  EXPECT_HAS(error({server.url() + "/file"}), "1000 bytes remaining");
}

// Without a length in the answer only the checksum can tell.
TEST_F(Download, TruncatedWithoutALength) {
  HttpServer server({{"/file", {.body = payload, .cut = 1000, .without_length = true}}});
  EXPECT_HAS(error({server.url() + "/file"}, right), "SHA-256");
}

TEST_F(Download, WrongHash) {
  HttpServer server({{"/file", {.body = "something else"}}});
  const auto text = error({server.url() + "/file"}, right);
  EXPECT_HAS(text, "sends 14 bytes with SHA-256 " + sha256("something else") + ", but " + right.sha256);
}

TEST_F(Download, NoAnswer) {
  HttpServer server({{"/file", {.silent = true}}});
  DownloadOptions patient_for_one_second = right;
  patient_for_one_second.stall_timeout = std::chrono::seconds(1);
  EXPECT_HAS(error({server.url() + "/file"}, patient_for_one_second), "too slow");
}

TEST_F(Download, NobodyListens) {
  std::string url;
  { url = HttpServer({}).url(); }
  EXPECT_HAS(error({url + "/file"}), "Failed to connect");
}

TEST_F(Download, EveryMirrorsReasonIsTold) {
  HttpServer server({{"/a/file", {.body = "bad"}}, {"/b/file", {.status = 500}}});
  const auto text =
      error({server.url() + "/a/file", server.url() + "/b/file", server.url() + "/c/file"}, right);
  EXPECT_HAS(text, "/a/file: sends 3 bytes");
  EXPECT_HAS(text, "/b/file: answers HTTP 500");
  EXPECT_HAS(text, "/c/file: answers HTTP 404");
}

TEST_F(Download, TooLarge) {
  HttpServer server({{"/file", {.body = payload}}});
  EXPECT_HAS(error({server.url() + "/file"}, {.max_bytes = 1000}), "sends more than 1000 bytes");
}

TEST_F(Download, OnlyHttp) {
  const auto path = write(folder / "other/secret", payload);
  EXPECT_HAS(error_of([&] { download({"file://" + path.string()}, folder / "file"); }), "not supported");
  EXPECT_HAS(error_of([&] { download({}, folder / "file"); }), "no mirror gave file");
}

TEST_F(Download, AFolderThatCannotBeWritten) {
  HttpServer server({{"/file", {.body = payload}}});
  write(folder / "occupied", "a file where a folder should be");
  const auto text = error_of([&] { download({server.url() + "/file"}, folder / "occupied/file", right); });
  EXPECT_HAS(text, "occupied/file: cannot be written");
  fs::create_directory(folder / "name");
  EXPECT_HAS(error_of([&] { download({server.url() + "/file"}, folder / "name", right); }),
             "cannot be written");
  EXPECT_EQ(files(), 2u);
}

}  // namespace
}  // namespace ramie::data
