// How precisely float32 products are computed on CUDA: a choice that one can see and set.
//
//   set_precision(Precision::tf32);          // for the process
//   PrecisionScope guard(Precision::strict); // for this thread, until the scope ends
//   str(precision()) == "strict"
//
// The op reads it when it is called and gives it to its kernel as an attribute, so that a recorded launch
// keeps what it was recorded with. It says nothing of other dtypes, and changes nothing on the CPU, which is
// strict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace ramie {

enum class Precision : std::uint8_t {
  strict,  // factors and sums in float32: the default
  tf32,    // factors rounded to 10 bits of mantissa, for tensor cores; sums in float32
  bf16     // factors rounded to bfloat16 (7 bits) or TF32; sums in float32
};

Precision precision();  // this thread's, or else the process'
void set_precision(Precision p);

class PrecisionScope {
 public:
  explicit PrecisionScope(Precision p);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  std::optional<Precision> before_;
};

std::string str(Precision p);  // "tf32"
// The inverse; an error that lists the choices otherwise.
Precision parse_precision(const std::string& text);

}  // namespace ramie
