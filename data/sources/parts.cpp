#include <ramie/data/sources/parts.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <ramie/data/rows.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

struct Part {
  std::size_t source = 0;
  std::vector<std::int64_t> indices, rows;  // of the source, of the batch
};

std::vector<Part> by_source(std::span<const Place> places) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto at = std::find_if(parts.begin(), parts.end(),
                                 [&](const Part& part) { return part.source == places[i].source; });
    Part& part = at == parts.end() ? parts.emplace_back(Part{places[i].source, {}, {}}) : *at;
    part.indices.push_back(places[i].index);
    part.rows.push_back(static_cast<std::int64_t>(i));
  }
  return parts;
}

bool same_records(const Batch& a, const Batch& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, x] : a)
    if (!b.contains(name) || !row_layout(x.layout()).same(row_layout(b[name].layout()))) return false;
  return true;
}

Batch empty_like(const Batch& rows, std::size_t count) {
  Batch batch;
  for (const auto& [name, x] : rows) {
    Shape shape = x.shape();
    shape[0] = static_cast<std::int64_t>(count);
    batch.set(name, Tensor::empty({x.dtype(), shape}));
  }
  return batch;
}

void copy_rows(const Batch& from, const std::vector<std::int64_t>& rows, Batch& to) {
  for (const auto& [name, x] : from) {
    const Tensor source = dense(x);
    const std::size_t bytes = row_layout(x.layout()).bytes();
    std::byte* target = to[name].view().data;
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::memcpy(target + static_cast<std::size_t>(rows[i]) * bytes, source.view().data + i * bytes, bytes);
  }
}

}  // namespace

Batch gather_places(const char* op, std::span<const SourcePtr> sources, std::span<const Place> places) {
  const std::vector<Part> parts = by_source(places);
  if (parts.empty()) return sources.front()->gather({});
  Batch first = sources[parts.front().source]->gather(parts.front().indices);
  if (parts.size() == 1) return first;
  Batch batch = empty_like(first, places.size());
  copy_rows(first, parts.front().rows, batch);
  for (const Part& part : std::span(parts).subspan(1)) {
    const Batch other = sources[part.source]->gather(part.indices);
    if (!same_records(first, other))
      fail(op, fmt::format("the sources' records differ: {} has {}, {} has {}. Make them the same names, "
                           "shapes and dtypes.",
                           sources[parts.front().source]->describe(), str(first),
                           sources[part.source]->describe(), str(other)));
    copy_rows(other, part.rows, batch);
  }
  return batch;
}

}  // namespace ramie::data
