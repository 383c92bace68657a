#include <ramie/tensor/dtype.h>

#include <algorithm>

namespace ramie {

std::string_view name(DType t) {
  constexpr std::string_view names[dtype_count] = {"bool",     "uint8",   "int8",   "int16",
                                                   "int32",    "uint32",  "int64",  "float16",
                                                   "bfloat16", "float32", "float64"};
  return names[static_cast<int>(t)];
}

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);  // the order of the enum is nearly that of the lattice
  if (a == bool_ || (is_floating(b) && !is_floating(a))) return b;
  if (a == float16 && b == bfloat16) return float32;
  if (a == uint8 && b == int8) return int16;
  if (b == uint32) return a == uint8 ? uint32 : int64;
  return b;
}

DType Scalar::with(DType t) const {
  if (kind_ == Kind::real) return is_floating(t) ? t : float32;
  if (kind_ == Kind::whole) return t == bool_ ? int32 : t;
  return t;
}

DType Scalar::dtype() const { return kind_ == Kind::real ? float32 : kind_ == Kind::whole ? int32 : bool_; }

}  // namespace ramie
