// The fuzz targets without libFuzzer: each reader gets a corpus, and a few thousand changed copies of it that
// are the same in every run.
#include "fuzz/readers.h"

#include <algorithm>

#include <ramie/tensor/pool.h>

#include "data_module/files.h"
#include "fuzz/changed.h"

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

TEST_P(Readers, ReturnOrThrowAnErrorWhateverTheBytes) {
  const auto files = corpus();
  ASSERT_GE(files.size(), 4u);
  CounterRandom random(7);
  int accepted = 0;
  for (const std::string& file : files) accepted += accepts(file);
  EXPECT_GE(accepted, 3);
  for (int i = 0; i < 2000; ++i) {
    const std::string& file = files[random.below(files.size())];
    accepts(fuzz::changed(file, files[random.below(files.size())], random));
  }
  EXPECT_LT(memory_stats().peak, std::size_t{64} << 20);  // whatever the headers promise
}

INSTANTIATE_TEST_SUITE_P(, Readers, ::testing::ValuesIn(fuzz::readers),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace ramie::data
