#include <ramie/train/tensorboard.h>

#include <sys/resource.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/data/sources/image.h>
#include <ramie/data/sources/image_codecs.h>
#include <ramie/tensor/create.h>
#include <ramie/train/event_file.h>

#include "data_module/files.h"

namespace ramie::train {
namespace {

using namespace ramie::testing;

const fs::path committed = fs::path(RAMIE_TEST_DATA) / "train";

template <class T>
T little_endian(std::string_view bytes) {
  T value{};
  EXPECT_GE(bytes.size(), sizeof value);
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

// The records of a file, whose checksums must be right.
std::vector<std::string> records(const std::string& file) {
  std::vector<std::string> all;
  for (std::string_view rest = file; !rest.empty();) {
    const auto length = little_endian<std::uint64_t>(rest);
    EXPECT_EQ(little_endian<std::uint32_t>(rest.substr(8)), detail::masked_crc32c(rest.substr(0, 8)));
    const std::string_view data = rest.substr(12, length);
    EXPECT_EQ(little_endian<std::uint32_t>(rest.substr(12 + length)), detail::masked_crc32c(data));
    all.emplace_back(data);
    rest.remove_prefix(16 + length);
  }
  return all;
}

// RFC 3720, B.4, and the value that every table of CRCs has.
TEST(Crc32c, KnownVectors) {
  EXPECT_EQ(detail::crc32c(""), 0u);
  EXPECT_EQ(detail::crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(detail::crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(detail::crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  EXPECT_EQ(detail::crc32c(rising), 0x46DD794Eu);
  EXPECT_EQ(detail::masked_crc32c("123456789"), ((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xA282EAD8u);
}

TEST(EventFile, FieldsByHand) {
  const std::string event = detail::scalar_event({2.0, 300}, "loss", 0.5f);
  const std::string expected = std::string("\x09\0\0\0\0\0\0\0\x40", 9)  // wall_time = 2.0
                               + "\x10\xAC\x02"                          // step = 300
                               + "\x2A\x0D"                              // summary, 13 bytes
                               + "\x0A\x0B"                              // value, 11 bytes
                               + "\x0A\x04loss" + std::string("\x15\0\0\0\x3F", 5);
  EXPECT_EQ(event, expected);
  EXPECT_EQ(detail::version_event(2.0), std::string("\x09\0\0\0\0\0\0\0\x40\x1A\x0D"
                                                    "brain.Event:2",
                                                    24));
}

TEST(EventFile, HistogramsByHand) {
  const auto h = detail::histogram_of({0, 30, 1, 2.5, 29.5, 15});
  ASSERT_EQ(h.counts.size(), 30u);
  EXPECT_EQ(h.right_edges.front(), 1);
  EXPECT_EQ(h.right_edges.back(), 30);
  for (const int i : {0, 1, 2, 15}) EXPECT_EQ(h.counts[static_cast<std::size_t>(i)], 1) << i;
  EXPECT_EQ(h.counts[29], 2);
  EXPECT_EQ(h.sum, 78);
  EXPECT_EQ(h.sum_of_squares, 900 + 1 + 6.25 + 870.25 + 225);
  EXPECT_TRUE(detail::histogram_of({}).counts.empty());
  EXPECT_EQ(detail::histogram_of({3, 3}).counts, std::vector<double>{2});
  constexpr double most = std::numeric_limits<double>::max(),
                   least = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(detail::histogram_of({-most, most}).counts.back(), 1);
  EXPECT_EQ(detail::histogram_of({0, least}).counts, std::vector<double>{2});
}

// ---- what the real TensorBoard has read
// --------------------------------------------------------------------

Tensor ramp(const Shape& shape) {
  std::int64_t n = 1;
  for (const std::int64_t length : shape) n *= length;
  return arange(n).astype(float32).reshape(shape) / static_cast<double>(n - 1);
}

// The same bytes at any time and place, apart from the packed pictures.
fs::path write_everything(const fs::path& folder) {
  double now = 1000;
  TensorBoardWriter writer(folder, {.clock = [now]() mutable { return now += 0.25; }});
  for (const int step : {0, 1, 300}) writer.scalar("loss/train", 1.0 / (1 + step), step);
  writer.scalar("loss/größer", -2.5, 1);
  writer.scalar("not a number", std::nan(""), 7);
  writer.scalar("far", std::numeric_limits<double>::infinity(), std::int64_t{1} << 40);
  writer.histogram("weights", ramp({10, 10}) * 2 - 1, 5);
  writer.histogram("equal", full({4}, 3.0f), 5);
  writer.histogram("none", zeros({0}), 5);
  writer.histogram("whole", arange(7), 6);
  writer.image("gray", ramp({3, 4}), 2);
  writer.image("colour", ramp({2, 5, 3}), 2);
  writer.image("clear", (ramp({2, 2, 4}) * 255).astype(uint8), 2);
  return writer.path();
}

// tests/oracles/tensorboard.py has read the committed file, which this test wrote: to write it again, set
// RAMIE_ORACLE_FOLDER.
TEST(TensorBoard, WritesTheFileThatTheRealOneHasRead) {
  const TemporaryFolder folder;
  const fs::path path = write_everything(folder.path());
  if (const char* keep = std::getenv("RAMIE_ORACLE_FOLDER"))
    fs::copy_file(path, fs::path(keep) / "tensorboard.tfevents", fs::copy_options::overwrite_existing);
  const auto found = records(read(path)), expected = records(read(committed / "tensorboard.tfevents"));
  ASSERT_EQ(found.size(), expected.size());
  const std::string png = "\x89PNG";
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto at = expected[i].find(png);
    if (at == std::string::npos)
      EXPECT_EQ(found[i], expected[i]) << i;
    else
      EXPECT_NE(found[i].find(png), std::string::npos) << i;
  }
}

double number(const nlohmann::json& value) {
  return value.is_string() ? std::strtod(value.get<std::string>().c_str(), nullptr) : value.get<double>();
}

TEST(TensorBoard, TheRealOneHasReadWhatWasMeant) {
  const auto tags = nlohmann::json::parse(read(committed / "tensorboard.json"));
  const auto& loss = tags["scalars"]["loss/train"];
  ASSERT_EQ(loss.size(), 3u);
  EXPECT_EQ(loss[2]["step"], 300);
  EXPECT_EQ(loss[2]["value"], static_cast<double>(static_cast<float>(1.0 / 301)));
  EXPECT_EQ(tags["scalars"]["loss/größer"][0]["value"], -2.5);
  EXPECT_TRUE(std::isnan(number(tags["scalars"]["not a number"][0]["value"])));
  EXPECT_TRUE(std::isinf(number(tags["scalars"]["far"][0]["value"])));
  EXPECT_EQ(tags["scalars"]["far"][0]["step"], std::int64_t{1} << 40);
  const auto& weights = tags["histograms"]["weights"][0];
  EXPECT_EQ(weights["min"], -1);
  EXPECT_EQ(weights["max"], 1);
  EXPECT_EQ(weights["num"], 100);
  EXPECT_EQ(weights["bucket"].size(), 30u);
  EXPECT_EQ(tags["histograms"]["whole"][0]["sum"], 21);
  EXPECT_EQ(tags["histograms"]["equal"][0]["bucket"], std::vector<double>{4});
  EXPECT_EQ(tags["histograms"]["none"][0]["num"], 0);
  const auto& colour = tags["images"]["colour"][0];
  EXPECT_EQ(colour["height"], 2);
  EXPECT_EQ(colour["width"], 5);
  EXPECT_EQ(colour["pixels"][1][4], (std::vector<int>{237, 246, 255}));  // round(28 / 29 * 255) = 246
  EXPECT_EQ(tags["images"]["gray"][0]["pixels"][2][3], 255);
  EXPECT_EQ(tags["images"]["clear"][0]["pixels"][0][0], (std::vector<int>{0, 17, 34, 51}));
}

// ---- pictures, errors, full disks ------------------------------------------------------------------------

TEST(EncodePng, ReadsBackAsItWas) {
  const TemporaryFolder folder;
  for (const std::int64_t channels : {1, 3}) {
    const Tensor image = arange(5 * 7 * channels).reshape({5, 7, channels}).astype(uint8);
    const fs::path path = write(folder / "a.png", data::encode_png(image.transpose({1, 0, 2})));
    const Tensor back = data::read_image(path, {.channels = static_cast<int>(channels)});
    EXPECT_EQ(back.to_vector<int>(), image.transpose({1, 0, 2}).to_vector<int>());
  }
  EXPECT_EQ(error_of([] {
              data::encode_png(zeros({2, 3}));
            }),
            "[encode_png] the image is float32[2,3]; it must be uint8[height, width, 1 to 4 channels].");
}

std::vector<std::string> records_of(const TensorBoardWriter& writer) { return records(read(writer.path())); }

TEST(TensorBoard, FlushesWhenAskedAndInTime) {
  const TemporaryFolder folder;
  double now = 0;
  TensorBoardWriter writer(folder / "new" / "folder", {.flush_seconds = 10, .clock = [&] { return now; }});
  EXPECT_EQ(records_of(writer).size(), 1u);
  writer.scalar("a", 1, 0);
  EXPECT_EQ(records_of(writer).size(), 1u);
  writer.flush();
  EXPECT_EQ(records_of(writer).size(), 2u);
  now = 10;
  writer.scalar("a", 1, 1);
  EXPECT_EQ(records_of(writer).size(), 3u);
  writer.scalar("a", 1, 2);
  const TensorBoardWriter moved = std::move(writer);
  EXPECT_EQ(records_of(moved).size(), 3u);
}

TEST(TensorBoard, ADestructorFlushesAndTwoWritersDoNotMix) {
  const TemporaryFolder folder;
  fs::path first, second;
  {
    TensorBoardWriter a(folder.path()), b(folder.path());
    first = a.path(), second = b.path();
    a.scalar("a", 1, 0);
    b.scalar("b", 1, 0);
  }
  EXPECT_NE(first, second);
  EXPECT_EQ(records(read(first)).size(), 2u);
  EXPECT_EQ(records(read(second)).size(), 2u);
}

TEST(TensorBoard, SaysWhatCannotBeShown) {
  const TemporaryFolder folder;
  TensorBoardWriter writer(folder.path());
  EXPECT_EQ(error_of([&] {
              writer.image("a", zeros({1, 2, 3, 4}), 0);
            }),
            "[tensorboard] an image is [height, width] or [height, width, 1 to 4 channels], uint8 or "
            "floating from 0 "
            "to 1, but this one is float32[1,2,3,4].");
  EXPECT_EQ(error_of([&] {
              writer.histogram("a", from_vector<float>({1, NAN, INFINITY}), 0);
            }),
            "[tensorboard] the histogram 'a' has 2 values of 3 that are not finite.");
  EXPECT_EQ(error_of([&] { writer.scalar("\xff", 1, 0); }),
            "[tensorboard] a tag holds bytes that are not UTF-8.");
  writer.image("nan", from_vector<float>({NAN, -1, 2, 0.5f}, {2, 2}), 0);
  writer.flush();
  EXPECT_EQ(records_of(writer).size(), 2u);
  const fs::path file = write(folder / "file", "");
  EXPECT_HAS(error_of([&] { TensorBoardWriter(file / "runs"); }), "Not a directory");
}

// A limit on the size of files stands in for a full disk.
TEST(TensorBoard, AFullDiskLeavesWholeRecordsAndCanBeMendedLater) {
  const TemporaryFolder folder;
  TensorBoardWriter writer(folder.path());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 100; ++i) writer.scalar("loss", i, i);
  const std::string error = error_of([&] { writer.flush(); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "[tensorboard] cannot write " + writer.path().string() + ": File too large");
  EXPECT_EQ(records_of(writer).size(), 1u);
  writer.flush();
  EXPECT_EQ(records_of(writer).size(), 101u);
}

}  // namespace
}  // namespace ramie::train
