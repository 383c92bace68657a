// The fuzz targets without libFuzzer: each reader gets a corpus, and a few thousand changed copies of it that
// are the same in every run.
#include "fuzz/readers.h"

#include <algorithm>

#include <ramie/data/random.h>
#include <ramie/tensor/pool.h>

#include "data_module/files.h"

namespace ramie::data {
namespace {

using namespace ramie::testing;

class Readers : public ::testing::TestWithParam<fuzz::Reader> {
 protected:
  static std::vector<std::string> corpus() {
    std::vector<fs::path> paths;
    for (const auto& entry :
         fs::directory_iterator(fs::path(RAMIE_TEST_DATA) / "data_module" / "corpus" / GetParam().name))
      paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> files;
    for (const fs::path& path : paths) files.push_back(testing::read(path));
    return files;
  }
  static bool accepts(const std::string& bytes) {
    return GetParam().read({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
};

std::size_t below(CounterRandom& random, std::size_t n) { return n == 0 ? 0 : random.below(n); }

// One to four changes: a bit, a byte, a cut, a piece left out, doubled, or from another file.
std::string changed(std::string bytes, const std::string& other, CounterRandom& random) {
  for (std::size_t changes = 1 + below(random, 4); changes-- > 0;) {
    const std::size_t at = below(random, bytes.size()), size = 1 + below(random, 16);
    switch (below(random, 6)) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = "\0\xFF\x7F\x80,\"\n-0"[below(random, 9)];
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(at, size);
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, size));
        break;
      default:
        bytes.insert(at, other.substr(std::min(at, other.size()), size));
    }
  }
  return bytes;
}

TEST_P(Readers, ReturnOrThrowAnErrorWhateverTheBytes) {
  const auto files = corpus();
  ASSERT_GE(files.size(), 4u);
  CounterRandom random(7);
  int accepted = 0;
  for (const std::string& file : files) accepted += accepts(file);
  EXPECT_GE(accepted, 3);
  for (int i = 0; i < 2000; ++i) {
    const std::string& file = files[below(random, files.size())];
    accepts(changed(file, files[below(random, files.size())], random));
  }
  EXPECT_LT(memory_stats().peak, std::size_t{64} << 20);  // whatever the headers promise
}

INSTANTIATE_TEST_SUITE_P(, Readers, ::testing::ValuesIn(fuzz::readers),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace ramie::data
