#include <ramie/data/source.h>

#include <cstring>

#include <fmt/format.h>

#include <ramie/data/rows.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

Shape with_rows(std::int64_t rows, Shape shape) {
  shape.insert(0, rows);
  return shape;
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
  for (const auto& [name, x] : tensors_) batch.set(name, gather_rows(x.view().data, x.layout(), indices));
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
