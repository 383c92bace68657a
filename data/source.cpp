#include <ramie/data/source.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Row-major bytes without gaps; the tensor itself when it is so already.
Tensor dense(const Tensor& x) {
  if (x.layout().dense) return x.detach();
  Tensor y = Tensor::empty(x.layout().compact());
  const std::size_t item = size_of(x.dtype());
  std::byte* to = y.view().data;
  for_each_offset(x.layout(), [&](std::int64_t at) {
    std::memcpy(to, x.view().data + static_cast<std::size_t>(at) * item, item);
    to += item;
  });
  return y;
}

Shape with_rows(std::int64_t rows, Shape shape) {
  shape.insert(0, rows);
  return shape;
}

Shape without_rows(Shape shape) {
  shape.erase(0);
  return shape;
}

// Rows in random order are not what a processor's own prefetching expects: their first bytes are asked for
// some 4 KB of copying ahead.
void prefetch(const std::byte* row, std::size_t bytes) {
  for (std::size_t at = 0; at < std::min<std::size_t>(bytes, 4096); at += 64) __builtin_prefetch(row + at);
}

Tensor gather_rows(const Tensor& x, std::span<const std::int64_t> indices) {
  const Shape row = without_rows(x.shape());
  Tensor y = Tensor::empty({x.dtype(), with_rows(static_cast<std::int64_t>(indices.size()), row)});
  const std::size_t bytes = Layout(x.dtype(), row).bytes();
  const std::size_t ahead = std::clamp<std::size_t>(4096 / std::max<std::size_t>(bytes, 1), 1, 16);
  const auto from = [&](std::size_t i) {
    return x.view().data + static_cast<std::size_t>(indices[i]) * bytes;
  };
  std::byte* to = y.view().data;
  for (std::size_t i = 0; i < indices.size(); ++i, to += bytes) {
    if (i + ahead < indices.size()) prefetch(from(i + ahead), bytes);
    std::memcpy(to, from(i), bytes);
  }
  return y;
}

void check_same(const Batch& record, const Batch& first, std::size_t place) {
  bool same = record.size() == first.size();
  for (const auto& [name, x] : first)
    same = same && record.contains(name) && record[name].layout().same(x.layout());
  if (same) return;
  fail("batch",
       fmt::format("record {} is {} but the first of the batch is {}: records of one batch must have the "
                   "same names, shapes and dtypes; crop or pad them in map.",
                   place, str(record), str(first)));
}

Tensor stack_one(const std::vector<Batch>& records, std::string_view name) {
  const Tensor& first = records.front()[name];
  Tensor y =
      Tensor::empty({first.dtype(), with_rows(static_cast<std::int64_t>(records.size()), first.shape())});
  std::byte* to = y.view().data;
  for (const Batch& record : records) {
    const Tensor x = dense(record[name]);
    std::memcpy(to, x.view().data, x.layout().bytes());
    to += x.layout().bytes();
  }
  return y;
}

}  // namespace

Batch Source::gather(std::span<const std::int64_t> indices) const {
  std::vector<Batch> records;
  records.reserve(indices.size());
  for (const auto i : indices) records.push_back(record(i));
  return stack(records);
}

TensorSource::TensorSource(const Batch& tensors, std::string name) : name_(std::move(name)) {
  if (tensors.empty()) fail("from_tensor_slices", "no tensors were given.");
  for (const auto& [key, x] : tensors) {
    const bool first = tensors_.empty();
    if (x.rank() == 0) fail("from_tensor_slices", fmt::format("\"{}\" is a scalar: it has no rows.", key));
    if (!first && x.shape(0) != size_) {
      fail("from_tensor_slices", fmt::format("the tensors must have equally many rows: {}.", str(tensors)));
    }
    size_ = x.shape(0);
    tensors_.set(key, dense(x));
  }
}

std::string TensorSource::describe() const { return fmt::format("{}[{}]", name_, size_); }

Batch TensorSource::record(std::int64_t index) const {
  check_index(*this, index);
  return row(tensors_, index);
}

Batch TensorSource::gather(std::span<const std::int64_t> indices) const {
  for (const auto i : indices)
    if (i < 0 || i >= size_) check_index(*this, i);
  Batch batch;
  for (const auto& [name, x] : tensors_) batch.set(name, gather_rows(x, indices));
  return batch;
}

void check_index(const Source& source, std::int64_t index) {
  const std::int64_t size = source.size();
  if (index >= 0 && index < size) return;
  fail("source", fmt::format("index {} is outside the {} records of {}.", index, size, source.describe()));
}

Batch stack(const std::vector<Batch>& records) {
  if (records.empty()) fail("batch", "there are no records to stack.");
  for (std::size_t i = 1; i < records.size(); ++i) check_same(records[i], records.front(), i);
  Batch batch;
  for (const auto& [name, x] : records.front()) batch.set(name, stack_one(records, name));
  return batch;
}

Batch row(const Batch& batch, std::int64_t i) {
  Batch one;
  for (const auto& [name, x] : batch) one.set(name, x[i]);
  return one;
}

}  // namespace ramie::data
