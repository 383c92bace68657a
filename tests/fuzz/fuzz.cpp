// A libFuzzer target; RAMIE_FUZZ_READER names the reader.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   mkdir -p found && build/fuzz/tests/fuzz/fuzz_csv -max_len=4096 found tests/data/data_module/corpus/csv
#include "fuzz/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ramie::fuzz::RAMIE_FUZZ_READER({data, size});
  return 0;
}
