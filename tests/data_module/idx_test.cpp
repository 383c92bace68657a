#include <ramie/data/idx.h>

#include <cstdint>
#include <limits>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

class Idx : public ::testing::Test {
 protected:
  Tensor read_bytes(const std::string& bytes) { return read_idx(write(folder / "file", bytes)); }
  std::string error(const std::string& bytes) {
    const std::string text = error_of([&] { read_bytes(bytes); });
    EXPECT_EQ(text.rfind("[read_idx] " + (folder / "file").string() + ": ", 0), 0u) << text;
    return text;
  }
  TemporaryFolder folder;
};

template <class T>
class IdxTypes : public ::testing::Test {};

using Types = ::testing::Types<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, float, double>;
TYPED_TEST_SUITE(IdxTypes, Types);

template <class T>
constexpr int code() {
  constexpr int codes[] = {0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E};
  constexpr DType types[] = {uint8, int8, int16, int32, float32, float64};
  for (int i = 0; i < 6; ++i)
    if (types[i] == dtype_of<T>()) return codes[i];
  return 0;
}

TYPED_TEST(IdxTypes, IsReadPlainAndGzipped) {
  using T = TypeParam;
  const std::vector<T> values = {0,   1, std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max(),
                                 100, 77};
  std::string bytes;
  for (const T value : values) bytes += big_endian(value);
  const TemporaryFolder folder;
  for (const std::string& file : {idx(code<T>(), {2, 3}, bytes), gzip(idx(code<T>(), {2, 3}, bytes))}) {
    const Tensor x = read_idx(write(folder / "file", file));
    EXPECT_EQ(x.dtype(), dtype_of<T>());
    EXPECT_EQ(x.shape(), (Shape{2, 3}));
    EXPECT_EQ(x.to_vector<T>(), values);
  }
}

TEST_F(Idx, KnownBytes) {
  const Tensor x = read_bytes({'\0', '\0', '\x0B', '\1', '\0', '\0', '\0', '\2', '\1', '\2', '\xFF', '\xFE'});
  EXPECT_EQ(x.to_vector<int>(), (std::vector<int>{258, -2}));
}

TEST_F(Idx, ScalarAndEmpty) {
  EXPECT_EQ(read_bytes(idx(8, {}, "\5")).item<int>(), 5);
  EXPECT_EQ(read_bytes(idx(8, {0, 28, 28}, "")).shape(), (Shape{0, 28, 28}));
  EXPECT_EQ(read_bytes(gzip(idx(14, {0xFFFFFFFF, 0xFFFFFFFF, 0}, ""))).size(), 0);
}

TEST_F(Idx, ConcatenatedGzipMembersAreOneFile) {
  const std::string file = idx(8, {4}, "abcd");
  EXPECT_EQ(read_bytes(gzip(file.substr(0, 6)) + gzip(file.substr(6))).size(), 4);
}

TEST_F(Idx, MissingFileAndFolder) {
  EXPECT_HAS(error_of([&] { read_idx(folder / "none"); }), "none: no such file.");
  EXPECT_HAS(error_of([&] { read_idx(folder.path()); }), "is not a file that can be read.");
}

TEST_F(Idx, WrongMagic) {
  EXPECT_HAS(error(""), "too short for an IDX file");
  EXPECT_HAS(error("ab"), "too short for an IDX file");
  EXPECT_HAS(error("<html>404</html>"), "not an IDX file: it starts with 3c68746d");
  EXPECT_HAS(error(idx(0x0A, {1}, "a")), "not an IDX file: it starts with 00000a01");
  EXPECT_HAS(error(idx(0x0F, {1}, "a")), "not an IDX file");
  EXPECT_HAS(error(std::string("\1\0\x08\1", 4)), "not an IDX file");
}

TEST_F(Idx, CutHeader) {
  EXPECT_HAS(error(idx(8, {1, 2}, "ab").substr(0, 10)), "the header is cut short.");
  EXPECT_HAS(error(gzip(idx(8, {1, 2}, "ab").substr(0, 4))), "the header is cut short.");
}

TEST_F(Idx, TooManyAxes) {
  EXPECT_HAS(error(idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "a")), "9 axes, but a tensor has at most 8.");
}

TEST_F(Idx, FewerValuesThanPromised) {
  EXPECT_HAS(error(idx(8, {2, 3}, "abc")), "the header promises uint8[2,3] (6 bytes) but only 3 follow.");
  EXPECT_HAS(error(gzip(idx(12, {2}, "abcd"))), "the header promises int32[2] (8 bytes) but only 4 follow.");
}

TEST_F(Idx, MoreValuesThanPromised) {
  EXPECT_HAS(error(idx(8, {3}, "abcd")), "more bytes follow than uint8[3] needs.");
  EXPECT_HAS(error(gzip(idx(8, {3}, "abcd"))), "more bytes follow than uint8[3] needs.");
}

// A header may promise more than the memory of any machine.
TEST_F(Idx, HostileHeaderDoesNotAllocate) {
  EXPECT_HAS(error(idx(8, {0xFFFFFFFF, 0xFFFFFFFF}, "abc")), "more than a file of 15 bytes can hold.");
  EXPECT_HAS(error(idx(14, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abc")), "can hold.");
  EXPECT_HAS(error(gzip(idx(8, {0x7FFFFFFF, 64}, "abc"))), "can hold.");
}

// A gzip bomb: little data that unpacks to much. Reading stops where the header's promise ends.
TEST_F(Idx, GzipBombStopsAtThePromise) {
  const std::string bomb = gzip(idx(8, {1}, std::string(std::size_t{64} << 20, '\0')));
  ASSERT_LT(bomb.size(), std::size_t{1} << 17);
  EXPECT_HAS(error(bomb), "more bytes follow than uint8[1] needs.");
}

TEST_F(Idx, EveryCutOfAGzipFileIsFound) {
  std::string pixels;
  for (int i = 0; i < 500; ++i) pixels += static_cast<char>(i * i % 251);
  const std::string whole = gzip(idx(8, {500}, pixels));
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(error(whole.substr(0, size)).empty());
  EXPECT_HAS(error(whole.substr(0, whole.size() - 1)), "the gzip data is cut short");
  EXPECT_HAS(error(whole.substr(0, whole.size() / 2)), "the gzip data is cut short");
}

// Bits that pad the compressed data or describe the file do not matter; every other flip is noticed.
TEST_F(Idx, DamagedGzipDataNeverGivesOtherValues) {
  std::string pixels;
  for (int i = 0; i < 500; ++i) pixels += static_cast<char>(i * i % 251);
  const std::string whole = gzip(idx(8, {500}, pixels));
  const auto right = read_bytes(whole).to_vector<int>();
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    try {
      EXPECT_EQ(read_bytes(damaged).to_vector<int>(), right) << "byte " << at;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) - 12);
  std::string checksum = whole;
  checksum[whole.size() - 8] = static_cast<char>(checksum[whole.size() - 8] ^ 1);
  EXPECT_HAS(error(checksum), "the gzip data is damaged (incorrect data check)");
}

}  // namespace
}  // namespace ramie::data
