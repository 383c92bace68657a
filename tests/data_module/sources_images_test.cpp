#include <ramie/data/pipeline.h>
#include <ramie/data/sources/cifar.h>
#include <ramie/data/sources/drawn_digits_source.h>
#include <ramie/data/sources/image_folder.h>
#include <ramie/data/sources/mnist_relatives.h>
#include <ramie/data/sources/npy.h>

#include <cmath>
#include <thread>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;
using Indices = std::vector<std::int64_t>;

const fs::path images = fs::path(RAMIE_TEST_DATA) / "data_module" / "images";

// The largest difference from the pixels that Pillow read.
int distance(const Tensor& x, const std::string& file) {
  const Tensor y = read_npy(images / file);
  EXPECT_EQ(str(x.layout()), str(y.layout())) << file;
  const auto a = x.to_vector<int>(), b = y.to_vector<int>();
  int most = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

struct ImageCase {
  const char* file;
  int tolerance;  // in levels
};

class Image : public ::testing::TestWithParam<ImageCase> {};

TEST_P(Image, HasThePixelsThatPillowReads) {
  const auto [file, tolerance] = GetParam();
  for (const int channels : {1, 3}) {
    const Tensor x = read_image(images / file, {.channels = channels});
    EXPECT_EQ(x.shape(), (Shape{13, 21, channels}));
    EXPECT_LE(distance(x, std::string(file) + "." + std::to_string(channels) + ".npy"), tolerance)
        << channels;
  }
}

// JPEG leaves the last bit of its cosine transform open; its gray is the file's own, not made of rounded
// colours.
INSTANTIATE_TEST_SUITE_P(, Image,
                         ::testing::Values(ImageCase{"rgb.png", 0}, ImageCase{"gray.png", 0},
                                           ImageCase{"rgba.png", 0}, ImageCase{"gray_alpha.png", 0},
                                           ImageCase{"palette.png", 0}, ImageCase{"transparent.png", 0},
                                           ImageCase{"one_bit.png", 0}, ImageCase{"gray16.png", 0},
                                           ImageCase{"rgb.jpg", 2}, ImageCase{"gray.jpg", 1},
                                           ImageCase{"progressive.jpeg", 2}),
                         [](const auto& param) {
                           std::string name = param.param.file;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

TEST(ImageSize, IsPillowsBilinear) {
  EXPECT_LE(distance(read_image(images / "rgb.png", {.size = {{5, 8}}}), "rgb.png.small.npy"), 1);
  EXPECT_LE(distance(read_image(images / "rgb.png", {.size = {{40, 30}}}), "rgb.png.large.npy"), 1);
}

class BadImage : public ::testing::Test {
 protected:
  std::string error(const std::string& bytes) {
    const std::string beginning = "[image] " + (folder / "x").string() + ": ";
    const std::string text = error_of([&] { read_image(write(folder / "x", bytes)); });
    EXPECT_EQ(text.rfind(beginning, 0), 0u) << text;
    return text.substr(std::min(text.size(), beginning.size()));
  }
  TemporaryFolder folder;
};

TEST_F(BadImage, MissingEmptyOrAnother) {
  EXPECT_HAS(error_of([&] { read_image(folder / "none.png"); }), "none.png: no such file.");
  EXPECT_EQ(error(""), "is empty.");
  EXPECT_EQ(error("GIF89a"), "is neither PNG nor JPEG.");
  EXPECT_EQ(error(read(images / "cmyk.jpg")), "is a JPEG in CMYK; convert it to RGB.");
  EXPECT_EQ(error_of([] { read_image(images / "rgb.png", {.channels = 4}); }),
            "[image] 4 channels: there are images of 1 (gray) and 3 (colour).");
  EXPECT_EQ(error_of([] {
              read_image(images / "rgb.png", {.size = {{0, 3}}});
            }),
            "[image] a size of 0 x 3 has no pixels.");
}

TEST_F(BadImage, EveryCutIsFound) {
  for (const char* file : {"rgb.png", "palette.png", "rgb.jpg", "gray.jpg", "progressive.jpeg"}) {
    const std::string whole = read(images / file);
    for (std::size_t size = 0; size + 2 < whole.size(); size += 9)
      EXPECT_FALSE(error(whole.substr(0, size)).empty()) << file << size;
  }
  EXPECT_EQ(error(read(images / "rgb.png").substr(0, 200)), "is a damaged PNG: the file is cut short.");
  EXPECT_EQ(error(read(images / "rgb.jpg").substr(0, 700)), "is a damaged JPEG: Premature end of JPEG file.");
}

TEST_F(BadImage, DamagedPng) {
  std::string damaged = read(images / "rgb.png");
  damaged[60] = static_cast<char>(damaged[60] ^ 1);
  EXPECT_HAS(error(damaged), "is a damaged PNG: ");
}

// Headers that promise 2 GB and more.
TEST_F(BadImage, HostileSizesDoNotAllocate) {
  std::string png = read(images / "rgb.png");
  png.replace(16, 8, std::string("\0\0\x7F\xFF\0\0\x7F\xFF", 8));
  std::uint32_t crc =
      static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(png.data()) + 12, 17));
  png.replace(29, 4, big_endian(crc));
  EXPECT_EQ(error(png), "is a damaged PNG: 32767 x 32767 pixels are more than a file of 371 bytes can hold.");
  std::string jpeg = read(images / "rgb.jpg");
  const auto frame = jpeg.find("\xFF\xC0");
  jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
  EXPECT_EQ(error(jpeg),
            "is a damaged JPEG: 65500 x 65500 pixels are more than a file of 773 bytes can hold.");
}

// ---- folders

class Folder : public ::testing::Test {
 protected:
  void copy(const char* file, const std::string& to) { write(folder / to, read(images / file)); }
  TemporaryFolder folder;
};

TEST_F(Folder, ClassesAreTheSortedSubfolders) {
  copy("rgb.png", "tulip/b.PNG");
  copy("rgb.jpg", "tulip/a.jpg");
  copy("gray.png", "daisy/deep/x.png");
  copy("progressive.jpeg", "rose/r.jpeg");
  write(folder / "rose/notes.txt", "not a picture");
  write(folder / "readme.txt", "of no class");
  const ImageFolder source(folder.path(), {.size = {{6, 7}}});
  EXPECT_EQ(source.classes(), (std::vector<std::string>{"daisy", "rose", "tulip"}));
  ASSERT_EQ(source.size(), 4);
  EXPECT_EQ(source.path(2), folder / "tulip/a.jpg");
  EXPECT_EQ(str(source.record(3)), "image uint8[6,7,3], label int32[]");
  EXPECT_EQ(source.gather(Indices{3, 0, 2})["label"].to_vector<int>(), (std::vector<int>{2, 0, 2}));
  EXPECT_EQ(source.describe(),
            "images(" + folder.path().filename().string() + ", 3 classes, uint8[6,7,3])[4]");
}

TEST_F(Folder, IsReadFromSeveralThreads) {
  copy("rgb.png", "a/1.png");
  copy("rgb.jpg", "b/1.jpg");
  const ImageFolder source(folder.path(), {.size = {{8, 8}}});
  const auto right = source.gather(Indices{0, 1})["image"].to_vector<int>();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_EQ(source.gather(Indices{0, 1})["image"].to_vector<int>(), right);
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(Folder, Errors) {
  const auto error = [&](const fs::path& path) { return error_of([&] { ImageFolder source(path); }); };
  const std::string name = "[image_folder] " + folder.path().string();
  EXPECT_EQ(error(folder / "none"), name + "/none is not a folder.");
  EXPECT_EQ(error(folder.path()),
            name + " has no subfolders: put the pictures of each class into a folder of its name.");
  copy("rgb.png", "a/1.png");
  fs::create_directory(folder / "b");
  EXPECT_EQ(error(folder.path()),
            name + " has no .png, .jpg or .jpeg in its class b/. Remove the folder or fill it.");
  write(folder / "b/cut.png", read(images / "rgb.png").substr(0, 99));
  const ImageFolder source(folder.path());
  EXPECT_EQ(error_of([&] {
              source.gather(Indices{0, 1});
            }),
            "[image] " + (folder / "b/cut.png").string() + ": is a damaged PNG: the file is cut short.");
  EXPECT_HAS(error_of([&] { source.record(2); }), "[source] index 2 is outside the 2 records of images(");
}

// Whatever thread reads it, the error comes where the batch is asked for, and nothing hangs.
TEST_F(Folder, ATruncatedImageInAPipelineWithWorkers) {
  for (int i = 0; i < 12; ++i) copy("rgb.png", "a/" + std::to_string(10 + i) + ".png");
  write(folder / "a/17.png", read(images / "rgb.png").substr(0, 99));
  for (const int workers : {1, 3}) {
    const Pipeline pipeline = from_source(ImageFolder(folder.path()), 2).prefetch(4, workers);
    int batches = 0;
    const std::string text = error_of([&] {
      for (const Batch& batch : pipeline) batches += batch.contains("image");
    });
    EXPECT_EQ(batches, 3);
    EXPECT_HAS(text, (folder / "a/17.png").string() + ": is a damaged PNG: the file is cut short.");
  }
}

// ---- CIFAR

// Record r: pixel i of channel c is r + c * 50 + i % 40.
std::string cifar_file(int records, const std::string& labels) {
  std::string bytes;
  for (int r = 0; r < records; ++r) {
    bytes += labels;
    for (int c = 0; c < 3; ++c)
      for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(r + c * 50 + i % 40);
  }
  return bytes;
}

class Cifar : public ::testing::Test {
 protected:
  void write10(const fs::path& place) {
    for (int i = 1; i <= 5; ++i)
      write(place / ("data_batch_" + std::to_string(i) + ".bin"),
            cifar_file(2, std::string(1, static_cast<char>(i))));
    write(place / "test_batch.bin", cifar_file(3, "\x09"));
  }
  void write100(const fs::path& place) {
    write(place / "train.bin", cifar_file(4, "\x13\x63"));
    write(place / "test.bin", cifar_file(2, "\x01\x02"));
  }
  Environment data_dir{"RAMIE_DATA_DIR", nullptr};
  TemporaryFolder folder;
};

TEST_F(Cifar, TenIsHeightWidthChannels) {
  write10(folder / "cifar-10-batches-bin");
  write(folder / "cifar-10-batches-bin/batches.meta.txt", "airplane\na\nb\nc\nd\ne\nf\ng\nh\ntruck\n\n");
  const Cifar10 cifar({.data_dir = folder.path()});
  const Split train = cifar.train();
  EXPECT_EQ(str(train.images.layout()), "uint8[10,32,32,3]");
  EXPECT_EQ(train.labels.to_vector<int>(), (std::vector<int>{1, 1, 2, 2, 3, 3, 4, 4, 5, 5}));
  const auto pixels = train.images.to_vector<int>();
  for (const int at : {0, 1, 45, 1023})
    for (int c = 0; c < 3; ++c)
      EXPECT_EQ(pixels[static_cast<std::size_t>((3 * 1024 + at) * 3 + c)], 1 + c * 50 + at % 40);
  EXPECT_EQ(cifar.classes().back(), "truck");
  EXPECT_EQ(cifar.source("train[:50%]+test")->describe(), "CIFAR-10(train)[10][0:5] + CIFAR-10(test)[3]");
  EXPECT_EQ(str(cifar.source("test")->record(0)), "image uint8[32,32,3], label int32[]");
}

TEST_F(Cifar, HundredHasCoarseLabelsToo) {
  write100(folder.path());
  const Cifar100 cifar({.data_dir = folder.path()});
  EXPECT_EQ(cifar.train().labels.to_vector<int>(), (std::vector<int>(4, 99)));
  const Batch one = cifar.source("train")->record(2);
  EXPECT_EQ(str(one), "image uint8[32,32,3], label int32[], coarse_label int32[]");
  EXPECT_EQ(one["coarse_label"].item<int>(), 19);
  EXPECT_EQ(cifar.source("test")->describe(), "CIFAR-100(test)[2]");
  EXPECT_EQ(cifar.coarse_classes()[7], "7");  // the names are not there
}

TEST_F(Cifar, Errors) {
  const auto error = [](const auto& f) { return error_of(f); };
  EXPECT_EQ(error([] { Cifar10(); }),
            "[cifar] name the folder of CIFAR-10's binary files by data_dir or $RAMIE_DATA_DIR.");
  EXPECT_HAS(error([&] { Cifar100({.data_dir = folder.path()}); }),
             "lacks train.bin, test.bin of CIFAR-100, also in its cifar-100-binary/. Unpack");
  write10(folder.path());
  const Cifar10 cifar({.data_dir = folder.path()});
  const auto refused = [&](const std::string& bytes) {
    write(folder / "test_batch.bin", bytes);
    return error([&] { cifar.test(); });
  };
  EXPECT_EQ(
      refused(cifar_file(2, "\x01").substr(1)),
      "[cifar] " + (folder / "test_batch.bin").string() +
          ": 6145 bytes are not a whole number of records of 3073 bytes: the file is cut short or no CIFAR.");
  EXPECT_HAS(refused(""), "0 bytes are not a whole number");
  EXPECT_HAS(refused(cifar_file(2, "\x0A")), "test_batch.bin: label 10 of record 0 is not below 10.");
  write(folder / "batches.meta.txt", "one\ntwo\n");
  EXPECT_HAS(error([&] { Cifar10({.data_dir = folder.path()}); }), "holds 2 names for 10 classes.");
}

// ---- MNIST's relatives

TEST(MnistRelatives, AreFoundInTheirOwnFolders) {
  const Environment data_dir("RAMIE_DATA_DIR", nullptr);
  const TemporaryFolder folder;
  const auto write_set = [&](const fs::path& place, char label) {
    for (const char* part : {"train", "t10k"}) {
      write(place / (std::string(part) + "-images-idx3-ubyte"),
            idx(8, {2, 28, 28}, std::string(1568, label)));
      write(place / (std::string(part) + "-labels-idx1-ubyte"), idx(8, {2}, std::string(2, label)));
    }
  };
  write_set(folder.path(), 1);
  write_set(folder / "fashion-mnist", 2);
  write_set(folder / "KMNIST/raw", 3);
  const Environment variable("RAMIE_DATA_DIR", folder.path().c_str());
  EXPECT_EQ(Mnist().train().labels.to_vector<int>(), (std::vector<int>{1, 1}));
  EXPECT_EQ(FashionMnist().test().labels.to_vector<int>(), (std::vector<int>{2, 2}));
  EXPECT_EQ(Kmnist().train().labels.to_vector<int>(), (std::vector<int>{3, 3}));
  EXPECT_EQ(FashionMnist().source("train[1:]+test")->describe(),
            "Fashion-MNIST(train)[2][1:2] + Fashion-MNIST(test)[2]");
  EXPECT_EQ(Mnist().source("test")->describe(), "MNIST(test)[2]");
  // A folder that is named for the set alone may hold it at the top.
  EXPECT_EQ(Kmnist({.data_dir = folder / "fashion-mnist"}).train().labels.to_vector<int>(),
            (std::vector<int>{2, 2}));
  fs::remove_all(folder / "KMNIST");
  EXPECT_HAS(error_of([] { Kmnist(); }), "t10k-labels-idx1-ubyte (plain or .gz, in kmnist or KMNIST/raw)");
  EXPECT_EQ(FashionMnist::classes()[9], "Ankle boot");
  EXPECT_EQ(Kmnist::classes()[3], "tsu");
}

TEST(MnistRelatives, NothingStandsInForThem) {
  const TemporaryFolder folder;
  const Environment data_dir("RAMIE_DATA_DIR", nullptr), cache("XDG_CACHE_HOME", folder.path().c_str());
  const auto text = error_of([] { FashionMnist({.download = false}); });
  EXPECT_HAS(text, "[mnist] Fashion-MNIST was not found; name the folder of its files by --data-dir or");
  EXPECT_HAS(text, (folder / "ramie/fashion-mnist").string());
  for (const MnistOrigin& origin : {fashion_mnist_origin(), kmnist_origin()})
    for (const std::string& hash : origin.sha256) EXPECT_EQ(hash.size(), 64u);
}

TEST(DrawnDigitsSource, DrawsTheRecordsOfDrawDigits) {
  const DrawnDigitsSource source(30, {.seed = 3, .first = 5});
  const Split split = draw_digits(30, {.seed = 3, .first = 5});
  const Batch batch = source.gather(Indices{29, 0});
  EXPECT_EQ(batch["image"].to_vector<int>(),
            split.source()->gather(Indices{29, 0})["image"].to_vector<int>());
  EXPECT_EQ(batch["label"].to_vector<int>(),
            split.source()->gather(Indices{29, 0})["label"].to_vector<int>());
  EXPECT_EQ(source.describe(), "drawn digits(seed 3, from 5)[30]");
  EXPECT_EQ(source.describe(), split.source()->describe());
  EXPECT_HAS(error_of([&] { source.record(30); }), "[source] index 30 is outside");
}

}  // namespace
}  // namespace ramie::data
