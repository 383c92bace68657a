#include <ramie/data/rows.h>

#include <algorithm>
#include <cstring>

namespace ramie::data {
namespace {

// Rows in random order are not what a processor's own prefetching expects: their first bytes are asked for
// some 4 KB of copying ahead.
void prefetch(const std::byte* row, std::size_t bytes) {
  for (std::size_t at = 0; at < std::min<std::size_t>(bytes, 4096); at += 64) __builtin_prefetch(row + at);
}

}  // namespace

Tensor dense(const Tensor& x) {
  Tensor plain = transfer(x.detach(), cpu());
  if (plain.layout().dense) return plain;
  Tensor y = Tensor::empty(plain.layout().compact());
  const auto item = static_cast<std::int64_t>(size_of(plain.dtype()));
  std::byte* to = y.view().data;
  for_each_offset(plain.layout(), [&](std::int64_t at) {
    std::memcpy(to, plain.view().data + at * item, static_cast<std::size_t>(item));
    to += item;
  });
  return y;
}

Layout row_layout(const Layout& rows) {
  Shape shape = rows.shape;
  shape.erase(0);
  return {rows.dtype, shape};
}

Tensor gather_rows(const std::byte* array, const Layout& layout, std::span<const std::int64_t> indices) {
  Shape shape = layout.shape;
  shape[0] = static_cast<std::int64_t>(indices.size());
  Tensor y = Tensor::empty({layout.dtype, shape});
  const std::size_t bytes = row_layout(layout).bytes();
  if (bytes == 0) return y;
  const std::size_t ahead = std::clamp<std::size_t>(4096 / bytes, 1, 16);
  const auto from = [&](std::size_t i) { return array + static_cast<std::size_t>(indices[i]) * bytes; };
  std::byte* to = y.view().data;
  for (std::size_t i = 0; i < indices.size(); ++i, to += bytes) {
    if (i + ahead < indices.size()) prefetch(from(i + ahead), bytes);
    std::memcpy(to, from(i), bytes);
  }
  return y;
}

}  // namespace ramie::data
