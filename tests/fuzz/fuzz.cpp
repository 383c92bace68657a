// A libFuzzer target; RAMIE_FUZZ_READER names the reader.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   mkdir -p found && build/fuzz/tests/fuzz/fuzz_csv -max_len=4096 found tests/data/data_module/corpus/csv
#include <ramie/tensor/pool.h>

#ifdef RAMIE_FUZZ_TRAIN
#include "fuzz/train_readers.h"
#else
#include "fuzz/readers.h"
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ramie::fuzz::RAMIE_FUZZ_READER({data, size});
  ramie::empty_cache();  // what the pool keeps would count as leaked
  return 0;
}
