#include <ramie/data/sources/npy.h>

#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/rows.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/data/sources/npy_format.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

Tensor read_npy(const std::filesystem::path& path) {
  const MappedFile file("read_npy", path);
  const Fail fail = [&](const std::string& what) { file.fail(what); };
  const NpyHeader header = parse_npy_header(file.bytes(), fail);
  return npy_tensor(header, file.bytes().subspan(header.size), fail);
}

void write_npy(const std::filesystem::path& path, const Tensor& x) {
  const std::string header = npy_header_of(x.layout());
  const Tensor values = dense(x);
  std::ofstream file(path, std::ios::binary);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  file.write(reinterpret_cast<const char*>(values.view().data),
             static_cast<std::streamsize>(values.layout().bytes()));
  file.close();
  if (!file) fail("write_npy", fmt::format("{}: cannot be written.", path.string()));
}

struct NpySource::Column {
  Column(std::string column, const std::filesystem::path& path) : name(std::move(column)), file("npy", path) {
    const Fail fail = [&](const std::string& what) { file.fail(what); };
    const NpyHeader header = parse_npy_header(file.bytes(), fail);
    const auto values = file.bytes().subspan(header.size);
    if (header.layout.rank() == 0) fail("holds a scalar: it has no rows.");
    layout = header.layout;
    if (header.swapped || header.fortran) whole = npy_tensor(header, values, fail);
    if (values.size() != layout.bytes())
      fail(fmt::format("the header promises {} ({} bytes) but {} follow.", str(layout), layout.bytes(),
                       values.size()));
    data = whole ? whole.view().data : values.data();
  }
  std::int64_t rows() const { return layout.shape[0]; }
  Tensor gather(std::span<const std::int64_t> indices) const {
    Tensor y = gather_rows(data, layout, indices);
    if (layout.dtype == bool_) make_boolean({y.view().data, y.layout().bytes()});
    return y;
  }

  std::string name;
  MappedFile file;
  Layout layout;
  Tensor whole;  // of a file whose bytes are not rows
  const std::byte* data = nullptr;
};

NpySource::NpySource(const std::vector<File>& files) {
  if (files.empty()) fail("npy", "no files were given.");
  for (const auto& [name, path] : files) {
    const auto column = std::make_shared<const Column>(name, path);
    for (const auto& other : columns_)
      if (other->name == name) fail("npy", fmt::format("two files are named \"{}\".", name));
    if (!columns_.empty() && column->rows() != size_)
      column->file.fail(fmt::format("holds {}, but {} holds {}: they must have equally many rows.",
                                    str(column->layout), columns_.front()->file.path().string(),
                                    str(columns_.front()->layout)));
    size_ = column->rows();
    columns_.push_back(column);
  }
}

std::string NpySource::describe() const {
  std::vector<std::string> parts;
  for (const auto& column : columns_)
    parts.push_back(fmt::format("{} {}", column->file.path().filename().string(), str(column->layout)));
  return fmt::format("npy({})[{}]", fmt::join(parts, ", "), size_);
}

Batch NpySource::record(std::int64_t index) const { return row(gather({&index, 1}), 0); }

Batch NpySource::gather(std::span<const std::int64_t> indices) const {
  for (const std::int64_t i : indices) check_index(*this, i);
  Batch batch;
  for (const auto& column : columns_) batch.set(column->name, column->gather(indices));
  return batch;
}

}  // namespace ramie::data
