// The readers of train/, as tests/fuzz/readers.h has those of data/.
#pragma once

#include <ramie/train/safetensors.h>

#include "fuzz/readers.h"

namespace ramie::fuzz {

inline bool read_safetensors(Bytes bytes) {
  return accepts(bytes, [](const auto& path) { train::load_safetensors(path); });
}

}  // namespace ramie::fuzz
