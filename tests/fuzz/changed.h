// Changed copies of files, the same in every run: the fuzzing that needs no fuzzer.
#pragma once

#include <algorithm>
#include <string>

#include <ramie/data/random.h>

namespace ramie::fuzz {

inline std::size_t below(data::CounterRandom& random, std::size_t n) { return n == 0 ? 0 : random.below(n); }

// One to four changes: a bit, a byte, a cut, a piece left out, doubled, or from another file.
inline std::string changed(std::string bytes, const std::string& other, data::CounterRandom& random) {
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

}  // namespace ramie::fuzz
