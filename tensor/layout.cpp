#include <ramie/tensor/layout.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/tensor/error.h>

namespace ramie {
namespace {

void check_rank(std::size_t rank) {
  if (rank > max_rank) fail("shape", fmt::format("{} axes: a tensor has at most {}.", rank, max_rank));
}

}  // namespace

Shape::Shape(std::span<const std::int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  check_rank(dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
}

void Shape::push_back(std::int64_t d) { insert(rank_, d); }

void Shape::insert(int axis, std::int64_t d) {
  check_rank(static_cast<std::size_t>(rank_) + 1);
  std::copy_backward(begin() + axis, end(), end() + 1);
  dims_[axis] = d;
  ++rank_;
}

void Shape::erase(int axis) {
  std::copy(begin() + axis + 1, end(), begin() + axis);
  --rank_;
}

std::string str(const Shape& s) {
  return s.rank() == 1 ? fmt::format("({},)", s[0])
                       : fmt::format("({})", fmt::join(s.begin(), s.end(), ", "));
}

void Layout::bad_shape(const Shape& s) {
  fail("shape", fmt::format("{} {}.", str(s),
                            std::any_of(s.begin(), s.end(), [](auto d) { return d < 0; })
                                ? "has a negative length"
                                : "has more elements than 64 bits count"));
}

Layout::Layout(DType t, const Shape& s, const Shape& given) : Layout(t, s) {
  strides = given;
  std::int64_t run = 1;
  for (int i = s.rank(); i-- > 0; run *= s[i]) dense = dense && (s[i] == 1 || given[i] == run);
  dense = dense || size == 0;
}

std::string str(const Layout& l) {
  return fmt::format("{}[{}]", name(l.dtype), fmt::join(l.shape.begin(), l.shape.end(), ","));
}

Shape broadcast(const char* op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  Shape out = a.rank() >= b.rank() ? a : b;
  const Shape& other = a.rank() >= b.rank() ? b : a;
  for (int i = 1; i <= other.rank(); ++i) {
    auto &d = out[-i], e = other[-i];
    if (d != e && d != 1 && e != 1)
      fail(op, fmt::format("shapes {} and {} do not broadcast: axis {} from the right has lengths {} and {}; "
                           "they must be equal or 1.",
                           str(a), str(b), i, a[-i], b[-i]));
    if (d == 1) d = e;
  }
  return out;
}

Layout broadcast_layout(const char* op, const Layout& x, const Shape& to) {
  const int extra = to.rank() - x.rank();
  Shape strides = to;
  bool fits = extra >= 0;
  for (int i = 0; fits && i < to.rank(); ++i) {
    const std::int64_t d = i < extra ? 1 : x.shape[i - extra];
    fits = d == to[i] || d == 1;
    strides[i] = d == 1 ? 0 : x.strides[i - extra];
  }
  if (!fits) fail(op, fmt::format("{} does not broadcast to {}.", str(x), str(to)));
  return Layout(x.dtype, to, strides);
}

int normalize_axis(const char* op, std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) fail(op, fmt::format("axis {} is out of range for {} axes.", axis, rank));
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Shape normalize_axes(const char* op, const Shape& axes, int rank) {
  Shape out;
  if (axes.empty())
    for (int i = 0; i < rank; ++i) out.push_back(i);
  for (auto axis : axes) {
    const int a = normalize_axis(op, axis, rank);
    if (std::find(out.begin(), out.end(), a) != out.end())
      fail(op, fmt::format("axis {} is given twice.", axis));
    out.push_back(a);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace ramie
