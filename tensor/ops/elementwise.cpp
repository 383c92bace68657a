#include <ramie/tensor/ops/elementwise.h>

#include <cstring>
#include <optional>

#include <ramie/tensor/cpu/loops.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/ops/cast.h>

namespace ramie::kernels {
namespace {

constexpr int most_operands = 3;
constexpr std::int64_t tile = 512;         // converted elements, that stay in the nearest cache
constexpr std::int64_t shortest_row = 64;  // rows below this are gathered into tiles
constexpr std::size_t line_bytes = 64;     // a broadcast value fills the widest vector
constexpr std::int64_t tile_bytes = tile * 8;

const Layout& layout_of(const Layout* l) { return *l; }
const Layout& layout_of(const View& v) { return *v.layout; }
std::int64_t bytes_of(DType t) { return static_cast<std::int64_t>(size_of(t)); }

// The type that a dtype is computed in.
template <class T>
using Arithmetic = std::conditional_t<
    std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float,
    std::conditional_t<
        std::is_floating_point_v<T>, T,
        std::conditional_t<(sizeof(T) > 4 || std::is_same_v<T, std::uint32_t>), std::int64_t, std::int32_t>>>;
DType arithmetic(DType t) {
  return visit(t, []<class T>(Type<T>) { return dtype_of<Arithmetic<T>>(); });
}
Loop loop_in(const Loops& l, DType t) {
  return t == float32 ? l.in_float : t == float64 ? l.in_double : t == int32 ? l.in_int32 : l.in_int64;
}

void fill_line(std::byte* line, const std::byte* value, std::size_t bytes) {
  for (std::size_t i = 0; i < line_bytes; i += bytes) std::memcpy(line + i, value, bytes);
}
// A number is rounded to the common dtype first, as if it were a tensor of it.
void fill_line(std::byte* line, Scalar number, DType common) {
  visit(common, [&]<class T>(Type<T>) {
    const auto value = convert<Arithmetic<T>>(number.as<T>());
    fill_line(line, reinterpret_cast<const std::byte*>(&value), sizeof(value));
  });
}

void run_dense(Loop loop, View y, const Source* x, int operands, std::int64_t bytes) {
  const std::int64_t out = bytes_of(y.layout->dtype);
  if (y.size() <= default_grain) return loop(y.size(), y.data, x);
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    Source part[most_operands];
    for (int i = 0; i < operands; ++i) part[i] = {x[i].data + begin * x[i].step * bytes, x[i].step};
    loop(end - begin, y.data + begin * out, part);
  });
}

// One operand of any layout and dtype, brought to where a loop can read it: in place where it lies so, else
// as one value or as a tile of converted elements.
class Feed {
 public:
  Feed(View x, std::int64_t at, DType in)
      : x_(x.data),
        bytes_(bytes_of(x.layout->dtype)),
        in_bytes_(size_of(in)),
        load_(converter(in, x.layout->dtype)),
        cursor_(*x.layout, at) {
    const bool one_value = cursor_.step() == 0, in_place = x.layout->dtype == in && cursor_.step() == 1;
    if (repeats())
      kind_ = Kind::pattern;
    else if (cursor_.row() < shortest_row || !(one_value || in_place))
      kind_ = Kind::tile;
    else
      kind_ = one_value ? Kind::value : Kind::in_place;
  }
  // How many of the next n elements can be had at once.
  std::int64_t limit(std::int64_t n) const {
    if (kind_ == Kind::tile) return std::min(n, tile);
    if (kind_ == Kind::pattern) return std::min(n, tile / cursor_.row() * cursor_.row());
    return std::min(n, cursor_.run());
  }
  Source next(std::int64_t n) {
    if (kind_ == Kind::pattern) return pattern(n);
    if (kind_ == Kind::tile) return gather(n);
    const std::byte* p = x_ + cursor_.offset() * bytes_;
    cursor_.advance(n);
    if (kind_ == Kind::in_place) return {p, 1};
    alignas(8) std::byte value[8];
    load_(1, value, p, 1);
    fill_line(tile_, value, in_bytes_);
    return {tile_, 0};
  }

 private:
  enum class Kind { in_place, value, tile, pattern };

  // One short row again and again, as a bias is.
  bool repeats() const {
    const Axes& axes = cursor_.axes();
    return axes.rank == 2 && axes.stride[0] == 0 && axes.length[1] <= tile / 2;
  }
  Source gather(std::int64_t n) {
    for (std::int64_t at = 0, k; at < n; at += k, cursor_.advance(k)) {
      k = std::min(n - at, cursor_.run());
      load_(k, tile_ + static_cast<std::size_t>(at) * in_bytes_, x_ + cursor_.offset() * bytes_,
            cursor_.step());
    }
    return {tile_, 1};
  }
  // The tile is filled once, and again only where the others' rows have moved the place in the row.
  Source pattern(std::int64_t n) {
    if (cursor_.column() != filled_from_) {
      filled_from_ = cursor_.column();
      Cursor from_here = cursor_;
      gather(tile / cursor_.row() * cursor_.row());
      cursor_ = from_here;
    }
    cursor_.skip(n);
    return {tile_, 1};
  }

  const std::byte* x_;
  std::int64_t bytes_, filled_from_ = -1;
  std::size_t in_bytes_;
  Convert load_;
  Kind kind_;
  Cursor cursor_;
  alignas(line_bytes) std::byte tile_[tile_bytes];
};

}  // namespace

template <class Operand>
DType Elementwise::common(std::span<const Operand> x) const {
  const std::size_t first = op->chooses ? 1 : 0;
  const bool chosen = first < x.size();  // else where(condition, number, number)
  DType t = chosen ? layout_of(x[first]).dtype : numbers[0].dtype();
  for (std::size_t i = first + 1; i < x.size(); ++i)
    if (const DType u = layout_of(x[i]).dtype; u != t) t = promote(t, u);
  std::size_t next = 0;
  for (int rest = is_number; rest; rest &= rest - 1) t = numbers[next++].with(t);
  return op->whole || is_floating(t) ? t : float32;
}

Layout Elementwise::output(std::span<const Layout* const> x) const {
  return x[0]->as(op->predicate ? bool_ : common(x));
}

void Elementwise::compute(View y, std::span<const View> x) const noexcept {
  if (y.size() == 0) return;
  const DType shared = common(x), in = arithmetic(shared);
  const Loop loop = loop_in(op->loops(), in);
  alignas(64) std::byte lines[most_operands][line_bytes];
  Source source[most_operands];
  bool in_place = op->predicate || y.layout->dtype == in;
  for (int i = 0, tensor = 0, number = 0; i < op->operands; ++i) {
    if (is_number >> i & 1) {
      fill_line(lines[i], numbers[static_cast<std::size_t>(number++)], shared);
      source[i] = {lines[i], 0};
    } else {
      const View& v = x[static_cast<std::size_t>(tensor++)];
      in_place = in_place && v.layout->dense && v.layout->dtype == in;
      source[i] = {v.data, 1};
    }
  }
  if (in_place)
    run_dense(loop, y, source, op->operands, bytes_of(in));
  else
    run_staged(loop, in, y, x, source);
}

void Elementwise::run_staged(Loop loop, DType in, View y, std::span<const View> x,
                             const Source* numbers) const noexcept {
  const bool converts = !op->predicate && y.layout->dtype != in;
  const Convert store = converter(y.layout->dtype, in);
  const std::int64_t out = bytes_of(y.layout->dtype);
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    std::optional<Feed> feeds[most_operands];
    for (int i = 0, tensor = 0; i < op->operands; ++i)
      if (!(is_number >> i & 1)) feeds[i].emplace(x[static_cast<std::size_t>(tensor++)], begin, in);
    alignas(line_bytes) std::byte result[tile_bytes];
    for (std::int64_t at = begin, n; at < end; at += n) {
      n = converts ? std::min(tile, end - at) : end - at;
      for (auto& f : feeds)
        if (f) n = f->limit(n);
      Source source[most_operands];
      for (int i = 0; i < op->operands; ++i) source[i] = feeds[i] ? feeds[i]->next(n) : numbers[i];
      loop(n, converts ? result : y.data + at * out, source);
      if (converts) store(n, y.data + at * out, result, 1);
    }
  });
}

}  // namespace ramie::kernels
