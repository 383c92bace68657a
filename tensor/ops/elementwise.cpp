#include <ramie/tensor/ops/elementwise.h>

#include <fmt/format.h>

#include <new>

#include <ramie/tensor/cpu/feed.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/ops/cast.h>

namespace ramie::kernels {
namespace {

constexpr std::int64_t tile = 512, tile_bytes = tile * 8;  // elements, that stay in the nearest cache

const Layout& layout_of(const Layout* l) { return *l; }
const Layout& layout_of(const View& v) { return *v.layout; }
std::int64_t bytes_of(DType t) { return static_cast<std::int64_t>(size_of(t)); }

DType arithmetic(DType t) {
  return visit(t, []<class T>(Type<T>) { return dtype_of<Arithmetic<T>>(); });
}
// It is rounded to the common dtype first, as if it were a tensor of it.
Operands::Number number_of(Scalar x, DType common) {
  Operands::Number v;
  visit(common, [&]<class T>(Type<T>) { ::new (v.bytes) Arithmetic<T>(convert<Arithmetic<T>>(x.as<T>())); });
  return v;
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

std::string Elementwise::attributes() const {
  std::string text;
  for (int i = 0, next = 0; i < op->operands; ++i)
    if (is_number >> i & 1)
      text += fmt::format("{}operand {}={}", text.empty() ? "" : ", ", i,
                          numbers[static_cast<std::size_t>(next++)].as<double>());
  return text;
}

Operands Elementwise::operands(std::span<const View> x) const noexcept {
  const DType shared = common(x);
  Operands o{arithmetic(shared), {}, {}};
  for (std::size_t i = 0, tensor = 0, number = 0; i < static_cast<std::size_t>(op->operands); ++i) {
    if (is_number >> i & 1)
      o.number[i] = number_of(numbers[number++], shared);
    else
      o.tensor[i] = &x[tensor++];
  }
  return o;
}

void Elementwise::compute(View y, const Operands& x) const noexcept {
  const Loop loop = entry(op->loops(), x.in);
  Source source[most_operands];
  bool in_place = op->predicate || y.layout->dtype == x.in;
  for (int i = 0; i < op->operands; ++i) {
    const View* v = x.tensor[i];
    in_place = in_place && (!v || (v->layout->dense && v->layout->dtype == x.in));
    source[i] = v ? Source{v->data, 1} : Source{x.number[i].bytes, 0};
  }
  if (in_place)
    run_dense(loop, y, source, op->operands, bytes_of(x.in));
  else
    run_staged(loop, y, x);
}

void Elementwise::run_staged(Loop loop, View y, const Operands& x) const noexcept {
  const bool converts = !op->predicate && y.layout->dtype != x.in;
  const Convert store = converter(y.layout->dtype, x.in);
  const std::int64_t out = bytes_of(y.layout->dtype);
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    // By hand: an array of std::optional would be filled with zeros, with all the tiles.
    alignas(Feed) std::byte memory[most_operands][sizeof(Feed)];
    Feed* feeds[most_operands] = {};
    for (int i = 0; i < op->operands; ++i)
      if (x.tensor[i]) feeds[i] = ::new (memory[i]) Feed(*x.tensor[i], begin, x.in, tile);
    alignas(64) std::byte result[tile_bytes];
    for (std::int64_t at = begin, n; at < end; at += n) {
      n = converts ? std::min(tile, end - at) : end - at;
      for (auto& f : feeds)
        if (f) n = f->limit(n);
      Source source[most_operands];
      for (int i = 0; i < op->operands; ++i)
        source[i] = feeds[i] ? feeds[i]->next(n) : Source{x.number[i].bytes, 0};
      loop(n, converts ? result : y.data + at * out, source);
      if (converts) store(n, y.data + at * out, result, 1);
    }
  });
}

}  // namespace ramie::kernels
