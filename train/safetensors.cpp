#include <ramie/train/safetensors.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

#include <ramie/data/rows.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/data/sources/npy_format.h>
#include <ramie/tensor/error.h>
#include <ramie/train/safetensors_header.h>
#include <ramie/train/write_file.h>

namespace ramie::train {
namespace {

static_assert(std::endian::native == std::endian::little, "the format's values are little-endian");

std::string_view bytes_of(const Tensor& dense) {
  return {reinterpret_cast<const char*>(dense.view().data), dense.layout().bytes()};
}

Tensor tensor_of(const Layout& layout, std::span<const std::byte> bytes) {
  Tensor x = Tensor::empty(layout);
  if (!bytes.empty()) std::memcpy(x.view().data, bytes.data(), bytes.size());
  if (layout.dtype == bool_) data::make_boolean({x.view().data, bytes.size()});
  return x;
}

}  // namespace

void save_safetensors(const std::filesystem::path& path, const nn::State& tensors, const Metadata& metadata) {
  std::map<std::string_view, const Tensor*> values;
  for (const auto& [name, value] : tensors) values.emplace(name, &value);
  const auto order = detail::safetensors_order(tensors);
  const std::string front = detail::safetensors_front(order, metadata);
  detail::write_file("save_safetensors", path, [&](const detail::Put& put) {
    put(front);
    for (const auto& stored : order) put(bytes_of(data::dense(*values[stored.name])));
  });
}

Safetensors load_safetensors(const std::filesystem::path& path) {
  const data::MappedFile file("load_safetensors", path);
  auto header =
      detail::parse_safetensors_header(file.bytes(), [&](const std::string& what) { file.fail(what); });
  const auto values = file.bytes().subspan(header.size);
  Safetensors loaded{{}, std::move(header.metadata)};
  for (auto& [name, layout, begin] : header.tensors)
    loaded.tensors.add(std::move(name), tensor_of(layout, values.subspan(begin, layout.bytes())));
  return loaded;
}

}  // namespace ramie::train
