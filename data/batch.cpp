#include <ramie/data/batch.h>

#include <algorithm>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {

Batch::Batch(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) {
    if (contains(entry.first)) fail("batch", fmt::format("two tensors are named \"{}\".", entry.first));
    entries_.push_back(entry);
  }
}

const Batch::Entry* Batch::find(std::string_view name) const {
  const auto at =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.first == name; });
  return at == entries_.end() ? nullptr : &*at;
}

const Tensor& Batch::operator[](std::string_view name) const {
  if (const Entry* entry = find(name)) return entry->second;
  fail("batch", fmt::format("there is no \"{}\": the batch holds {}. Use set to add one.", name,
                            empty() ? "nothing" : str(*this)));
}

Tensor& Batch::operator[](std::string_view name) {
  return const_cast<Tensor&>(static_cast<const Batch&>(*this)[name]);
}

void Batch::set(std::string_view name, Tensor tensor) {
  if (contains(name)) {
    (*this)[name] = std::move(tensor);
  } else {
    entries_.emplace_back(name, std::move(tensor));
  }
}

std::function<Batch(Batch)> to(Device device) {
  return [device](Batch batch) {
    for (auto& [name, tensor] : batch) tensor = transfer(tensor, device);
    return batch;
  };
}

std::string str(const Batch& batch) {
  std::string text;
  for (const auto& [name, tensor] : batch) {
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", name, tensor ? str(tensor.layout()) : "undefined");
  }
  return text;
}

}  // namespace ramie::data
