#include <ramie/data/sources/npy.h>
#include <ramie/data/sources/npz.h>

#include <cmath>
#include <thread>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Indices = std::vector<std::int64_t>;

const fs::path numpy = fs::path(RAMIE_TEST_DATA) / "data_module" / "numpy";

// What tests/oracles/data_sources.py puts into every file.
std::vector<double> expected(DType t, std::int64_t size) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < size; ++i) {
    const bool is_signed = t != uint8 && t != uint32 && t != bool_;
    const auto x = static_cast<double>(i % 100 - (is_signed ? 3 : 0));
    values.push_back(t == bool_ ? (i % 3 == 0 ? 1 : 0) : x + (is_floating(t) ? 0.5 : 0));
  }
  return values;
}

void expect_value(const Tensor& x, DType t, const Shape& shape) {
  EXPECT_EQ(str(x.layout()), str(Layout(t, shape)));
  EXPECT_TRUE(x.layout().dense);
  EXPECT_EQ(x.to_vector<double>(), expected(t, shape.size()));
}

constexpr DType dtypes[] = {bool_, uint8, int8, int16, int32, uint32, int64, float16, float32, float64};

TEST(Npy, EveryDtype) {
  for (const DType t : dtypes) expect_value(read_npy(numpy / (std::string(name(t)) + ".npy")), t, {4, 3});
}

TEST(Npy, OrdersVersionsAndRanks) {
  expect_value(read_npy(numpy / "fortran.npy"), int32, {4, 3, 2});
  expect_value(read_npy(numpy / "big_endian.npy"), float32, {4, 3});
  expect_value(read_npy(numpy / "version2.npy"), int16, {2, 5});
  expect_value(read_npy(numpy / "version3.npy"), int16, {2, 5});
  expect_value(read_npy(numpy / "vector.npy"), int64, {5});
  EXPECT_EQ(read_npy(numpy / "scalar.npy").item(), 2.5);
  EXPECT_EQ(str(read_npy(numpy / "empty.npy").layout()), "float32[0,3]");
}

TEST(Npy, WritesWhatNumPyWrites) {
  const TemporaryFolder folder;
  for (const char* file : {"bool", "int16", "uint32", "float16", "float64", "vector", "scalar", "empty"}) {
    const fs::path original = numpy / (std::string(file) + ".npy");
    write_npy(folder / "copy.npy", read_npy(original));
    EXPECT_EQ(read(folder / "copy.npy"), read(original)) << file;
  }
}

TEST(Npy, WritesViewsRowByRow) {
  const TemporaryFolder folder;
  const Tensor x = from_vector<int>({0, 1, 2, 3, 4, 5}, {2, 3});
  write_npy(folder / "t.npy", x.alias(Layout(int32, {3, 2}, {1, 3})));
  EXPECT_EQ(read_npy(folder / "t.npy").to_vector<int>(), (std::vector<int>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(error_of([&] {
              write_npy(folder / "b.npy", Tensor::empty({bfloat16, {2}}));
            }),
            "[write_npy] NumPy has no bfloat16: write x.astype(float32).");
  EXPECT_EQ(error_of([&] { write_npy(folder / "none" / "x.npy", x); }),
            "[write_npy] " + (folder / "none" / "x.npy").string() + ": cannot be written.");
}

// ---- bad files

std::string npy(const std::string& dict, const std::string& values, char version = 1) {
  std::string text = dict + "\n", bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += static_cast<char>(text.size() & 255);
  bytes += static_cast<char>(text.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + text + values;
}

std::string dict(const std::string& descr, const std::string& shape, const std::string& order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

class BadNpy : public ::testing::Test {
 protected:
  std::string error(const std::string& bytes) {
    write(folder / "x.npy", bytes);
    const std::string text = error_of([&] { read_npy(folder / "x.npy"); }),
                      beginning = "[read_npy] " + (folder / "x.npy").string() + ": ";
    EXPECT_EQ(text.rfind(beginning, 0), 0u) << text;
    return text.substr(std::min(text.size(), beginning.size()));
  }
  TemporaryFolder folder;
};

TEST_F(BadNpy, MissingEmptyOrCut) {
  EXPECT_HAS(error_of([&] { read_npy(folder / "none.npy"); }), "none.npy: no such file.");
  EXPECT_HAS(error_of([&] { read_npy(folder.path()); }), "is not a file that can be read.");
  const std::string whole = read(numpy / "float32.npy");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(error(whole.substr(0, size)).empty());
  EXPECT_EQ(error(""), "not a .npy file: it does not start with \\x93NUMPY.");
  EXPECT_EQ(error(whole.substr(0, 7)), "the header is cut short.");
  EXPECT_EQ(error(whole.substr(0, 50)), "the header is cut short.");
  EXPECT_EQ(error(whole.substr(0, whole.size() - 1)),
            "the header promises float32[4,3] (48 bytes) but 47 follow.");
  EXPECT_EQ(error(whole + "x"), "the header promises float32[4,3] (48 bytes) but 49 follow.");
}

TEST_F(BadNpy, WhatRamieHasNot) {
  EXPECT_EQ(error(read(numpy / "object.npy")), "holds Python objects; only arrays of numbers can be read.");
  EXPECT_EQ(
      error(read(numpy / "complex.npy")),
      "holds values of dtype '<c16', which ramie has not; convert them with astype to one of bool, uint8, "
      "int8, int16, int32, uint32, int64, float16, float32, float64.");
  EXPECT_HAS(error(read(numpy / "uint16.npy")), "dtype '<u2', which ramie has not");
  EXPECT_HAS(error(read(numpy / "text.npy")), "dtype '<U2', which ramie has not");
  EXPECT_EQ(error(read(numpy / "record.npy")),
            "holds records of several fields; save one .npy for each field.");
  EXPECT_EQ(error(npy(dict("<f4", "(1,1,1,1,1,1,1,1,1)"), "abcd")),
            "has 9 axes, but a tensor has at most 8.");
  EXPECT_EQ(error(npy(dict("<f4", "(1,)"), "abcd", 4)), "has version 4 of the format; 1 to 3 are known.");
}

TEST_F(BadNpy, HostileHeadersDoNotAllocate) {
  EXPECT_HAS(error(npy(dict("<f4", "(4611686018427387904, 2)"), "abcd")), "more than any file can hold.");
  EXPECT_HAS(error(npy(dict("<f4", "(1000000000000,)"), "abcd")), "(4000000000000 bytes) but 4 follow.");
  EXPECT_HAS(error(npy(dict("<f4", "(0, 4611686018427387904, 2)"), "")), "more than any file can hold.");
  EXPECT_HAS(error(npy(dict("<f4", "(99999999999999999999,)"), "")), "is not a number of 64 bits");
  EXPECT_HAS(error(npy(dict("<f4", "(-1,)"), "abcd")), "the shape has the length -1");
}

TEST_F(BadNpy, DamagedHeaders) {
  for (const char* text :
       {"", "{", "{}", "[]", "{'descr': '<f4'}", "{'descr': <f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1)}", "{'descr': '<f4"})
    EXPECT_HAS(error(npy(text, "abcd")), "the header is damaged: ") << text;
  EXPECT_EQ(
      read_npy(write(folder / "y.npy", npy("{\"shape\":(1L,),'fortran_order':True,'descr':'|u1'}", "a")))
          .item(),
      97);
}

TEST_F(BadNpy, ABoolIsZeroOrOne) {
  const fs::path path = write(folder / "b.npy", npy(dict("|b1", "(4,)"), std::string("\0\1\2\xFF", 4)));
  const std::string expected("\0\1\1\1", 4);
  const Tensor x = read_npy(path), y = NpySource({{"b", path}}).gather(Indices{0, 1, 2, 3})["b"];
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(x.view().data), 4), expected);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(y.view().data), 4), expected);
}

// ---- the source

TEST(NpySource, GathersRowsFromTheFiles) {
  const NpySource source(
      {{"x", numpy / "float32.npy"}, {"big", numpy / "big_endian.npy"}, {"f", numpy / "fortran.npy"}});
  EXPECT_EQ(source.size(), 4);
  EXPECT_EQ(source.describe(),
            "npy(float32.npy float32[4,3], big_endian.npy float32[4,3], fortran.npy int32[4,3,2])[4]");
  EXPECT_EQ(str(source.record(1)), "x float32[3], big float32[3], f int32[3,2]");
  const Batch batch = source.gather(Indices{3, 0});
  EXPECT_EQ(batch["x"].to_vector<double>(), (std::vector<double>{6.5, 7.5, 8.5, -2.5, -1.5, -0.5}));
  EXPECT_EQ(batch["big"].to_vector<double>(), batch["x"].to_vector<double>());
  EXPECT_EQ(source.record(1)["f"].to_vector<int>(), (std::vector<int>{3, 4, 5, 6, 7, 8}));
  EXPECT_HAS(error_of([&] { source.record(4); }), "[source] index 4 is outside the 4 records of npy(");
  EXPECT_EQ(NpySource({{"x", numpy / "empty.npy"}}).size(), 0);
}

TEST(NpySource, IsReadFromSeveralThreads) {
  const NpySource source({{"x", numpy / "int64.npy"}});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) EXPECT_EQ(source.record(i % 4)["x"].to_vector<int>()[0], i % 4 * 3 - 3);
    });
  for (std::thread& thread : threads) thread.join();
}

TEST(NpySource, Errors) {
  EXPECT_EQ(error_of([] { NpySource({}); }), "[npy] no files were given.");
  EXPECT_EQ(error_of([] {
              NpySource({{"x", numpy / "int8.npy"}, {"x", numpy / "int8.npy"}});
            }),
            "[npy] two files are named \"x\".");
  EXPECT_EQ(error_of([] {
              NpySource({{"x", numpy / "int8.npy"}, {"y", numpy / "vector.npy"}});
            }),
            "[npy] " + (numpy / "vector.npy").string() + ": holds int64[5], but " +
                (numpy / "int8.npy").string() + " holds int8[4,3]: they must have equally many rows.");
  EXPECT_HAS(error_of([] { NpySource({{"x", numpy / "scalar.npy"}}); }), "holds a scalar: it has no rows.");
  const TemporaryFolder folder;
  const std::string whole = read(numpy / "int8.npy");
  EXPECT_HAS(error_of([&] {
               NpySource({{"x", write(folder / "cut.npy", whole.substr(0, whole.size() - 1))}});
             }),
             "cut.npy: the header promises int8[4,3] (12 bytes) but 11 follow.");
}

// ---- npz

TEST(Npz, StoredAndDeflated) {
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    const Batch arrays = read_npz(numpy / file);
    EXPECT_EQ(str(arrays), "x float32[6,2], y uint8[6], deep/z bool[6,3]");
    expect_value(arrays["x"], float32, {6, 2});
    expect_value(arrays["y"], uint8, {6});
    expect_value(arrays["deep/z"], bool_, {6, 3});
  }
  expect_value(read_npz(numpy / "zip64.npz")["x"], float32, {6, 2});
  const NpzSource source(numpy / "stored.npz");
  EXPECT_EQ(source.describe(), "stored.npz[6]");
  EXPECT_EQ(str(source.record(2)), "x float32[2], y uint8[], deep/z bool[3]");
}

TEST(Npz, WhatIsWrittenIsReadAgain) {
  const TemporaryFolder folder;
  const Batch arrays = read_npz(numpy / "stored.npz");
  for (const bool compress : {false, true}) {
    write_npz(folder / "x.npz", arrays, {.compress = compress});
    const Batch again = read_npz(folder / "x.npz");
    EXPECT_EQ(str(again), str(arrays));
    for (const auto& [name, x] : arrays) EXPECT_EQ(again[name].to_vector<double>(), x.to_vector<double>());
  }
  EXPECT_HAS(error_of([&] { write_npz(folder / "none" / "x.npz", arrays); }), "x.npz: cannot be written: ");
}

TEST(Npz, EveryCutIsFound) {
  const TemporaryFolder folder;
  const std::string whole = read(numpy / "deflated.npz");
  for (std::size_t size = 1; size < whole.size(); size += 3)
    EXPECT_HAS(error_of([&] { read_npz(write(folder / "x.npz", whole.substr(0, size))); }), "[read_npz] ");
  EXPECT_HAS(error_of([&] { read_npz(write(folder / "x.npz", "")); }), "x.npz: holds no arrays.");
  EXPECT_HAS(error_of([&] { read_npz(write(folder / "x.npz", "PK")); }),
             "not a .npz file, or a damaged one: ");
}

// Every flip of a bit is noticed, or does not matter.
TEST(Npz, DamagedDataNeverGivesOtherValues) {
  const TemporaryFolder folder;
  const std::string whole = read(numpy / "stored.npz");
  const Batch right = read_npz(numpy / "stored.npz");
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 2) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    try {
      const Batch arrays = read_npz(write(folder / "x.npz", damaged));
      if (str(arrays) != str(right)) continue;  // a name was hit
      for (const auto& [name, x] : right)
        EXPECT_EQ(arrays[name].to_vector<double>(), x.to_vector<double>()) << at;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size() / 2) * 7 / 10);
}

TEST(Npz, BombsAndLies) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    return error_of([&] { read_npz(write(folder / "x.npz", bytes)); });
  };
  const Tensor zeros = from_vector(std::vector<std::uint8_t>(1 << 20));
  write_npz(folder / "bomb.npz", {{"x", zeros}}, {.compress = true});
  const std::string bomb = read(folder / "bomb.npz");
  const auto entry =
      bomb.rfind("PK\1\2");  // of the central directory: 20 bytes on the packed size, then the other
  const auto lie = [&](std::size_t at, std::uint32_t size) {
    const std::string bytes = big_endian(size);
    return error(std::string(bomb).replace(entry + at, 4, std::string(bytes.rbegin(), bytes.rend())));
  };
  EXPECT_HAS(lie(24, 1 << 20),
             "\"x\" has a header that promises uint8[1048576] (1048576 bytes) but 1048448 follow.");
  EXPECT_HAS(lie(24, 1 << 30), "\"x\" promises 1073741824 bytes, more than ");
  EXPECT_HAS(lie(20, 1 << 30), "\"x\" is said to take 1073741824 bytes, more than the file has.");
  Batch twice{{"a", Tensor::empty({uint8, {1}})}, {"b", Tensor::empty({uint8, {1}})}};
  write_npz(folder / "two.npz", twice);
  std::string names = read(folder / "two.npz");
  for (auto at = names.find("b.npy"); at != std::string::npos; at = names.find("b.npy", at)) names[at] = 'a';
  EXPECT_HAS(error(names), "[read_npz] ");
  std::string other = read(folder / "two.npz");
  for (auto at = other.find("b.npy"); at != std::string::npos; at = other.find("b.npy", at))
    other[at + 4] = 'z';
  EXPECT_HAS(error(other), "\"b.npz\" in it is not a .npy file.");
}

}  // namespace
}  // namespace ramie::data
