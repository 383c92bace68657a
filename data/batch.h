// What a pipeline yields: named tensors, in order. Before batch() it is one record, afterwards a batch of
// them.
//
//   for (const data::Batch& batch : train) model(batch["image"]);
//   batch["image"] = batch["image"].astype(float32) / 255;      // replaces
//   batch.set("mask", mask);                                    // replaces or adds
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie::data {

class Batch {
 public:
  using Entry = std::pair<std::string, Tensor>;

  Batch() = default;
  Batch(std::initializer_list<Entry> entries);

  // The tensor of that name; an error that lists the names if there is none.
  const Tensor& operator[](std::string_view name) const;
  Tensor& operator[](std::string_view name);
  void set(std::string_view name, Tensor tensor);
  bool contains(std::string_view name) const { return find(name) != nullptr; }

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }  // the number of names
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }

 private:
  const Entry* find(std::string_view name) const;
  std::vector<Entry> entries_;
};

// For Pipeline::map, after prefetch: every tensor on the device. The copies do not wait.
//
//   train.prefetch(1).map(data::to(cuda(0)))
std::function<Batch(Batch)> to(Device device);

// "image uint8[32,28,28,1], label int32[32]"
std::string str(const Batch& batch);

}  // namespace ramie::data
