#include <ramie/data/sources/npz.h>

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <zip.h>

#include <ramie/data/rows.h>
#include <ramie/data/sources/mapped_file.h>
#include <ramie/data/sources/npy_format.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Deflate cannot compress by more than about 1032 : 1.
constexpr std::uint64_t max_expansion = 1040;
constexpr std::uint64_t longest_header = 1 << 16;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Discard>;

std::string text_of(zip_error_t& error) {
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

// Reads from the mapping, which must outlive the archive.
Archive open_archive(const MappedFile& file) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(file.bytes().data(), file.bytes().size(), 0, &error);
  zip_t* archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!archive && source) zip_source_free(source);
  if (!archive) file.fail(fmt::format("not a .npz file, or a damaged one: {}.", text_of(error)));
  zip_error_fini(&error);
  return Archive(archive);
}

struct Info {
  std::string name;  // without .npy
  std::uint64_t size = 0, packed = 0;
};

Info info_of(zip_t* archive, std::uint64_t i, const MappedFile& file) {
  zip_stat_t stat;
  if (zip_stat_index(archive, i, 0, &stat) != 0)
    file.fail(fmt::format("entry {} of the archive is damaged.", i));
  const std::string name = stat.name;
  if (!name.ends_with(".npy")) file.fail(fmt::format("\"{}\" in it is not a .npy file.", name));
  if (stat.encryption_method != ZIP_EM_NONE) file.fail(fmt::format("\"{}\" in it is encrypted.", name));
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    file.fail(fmt::format("\"{}\" is compressed by method {}; only stored and deflated ones can be read.",
                          name, stat.comp_method));
  return {name.substr(0, name.size() - 4), stat.size, stat.comp_size};
}

// Entries may share their bytes, so what counts against the file's size is their sum.
void check_sizes(const Info& info, std::uint64_t& left, const MappedFile& file) {
  if (info.packed > left)
    file.fail(
        fmt::format("\"{}\" is said to take {} bytes, more than the file has.", info.name, info.packed));
  left -= info.packed;
  if (info.size / max_expansion > info.packed)
    file.fail(fmt::format("\"{}\" promises {} bytes, more than {} can unpack to.", info.name, info.size,
                          info.packed));
}

class EntryReader {
 public:
  EntryReader(zip_t* archive, std::uint64_t i, const Fail& fail)
      : entry_(zip_fopen_index(archive, i, 0)), fail_(fail) {
    if (!entry_) fail_(fmt::format("cannot be unpacked: {}.", zip_strerror(archive)));
  }
  // All of `to`, or an error.
  void read(std::span<std::byte> to) {
    if (some(to) != to.size()) fail_("is damaged: it unpacks to less than it promises.");
  }
  // Only past the last byte the checksum is compared.
  void expect_end() {
    std::byte extra{};
    if (some({&extra, 1}) != 0) fail_("is damaged: it unpacks to more than it promises.");
  }

 private:
  std::size_t some(std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      const std::int64_t got = zip_fread(entry_.get(), to.data() + done, to.size() - done);
      if (got < 0)
        fail_(fmt::format("is damaged: {}.", zip_error_strerror(zip_file_get_error(entry_.get()))));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  Entry entry_;
  const Fail& fail_;
};

// The header first, so that memory is taken only for what it and the archive agree on.
Tensor read_entry(zip_t* archive, std::uint64_t i, const Info& info, const Fail& fail) {
  EntryReader entry(archive, i, fail);
  std::vector<std::byte> front(std::min<std::uint64_t>(info.size, longest_header));
  entry.read(front);
  const NpyHeader header = parse_npy_header(front, fail);
  const std::size_t bytes = header.layout.bytes();
  if (header.size + bytes != info.size)
    fail(fmt::format("has a header that promises {} ({} bytes) but {} follow.", str(header.layout), bytes,
                     info.size - header.size));
  const Tensor raw = Tensor::empty(header.layout);
  const std::size_t have = front.size() - header.size;
  std::copy(front.begin() + static_cast<std::ptrdiff_t>(header.size), front.end(), raw.view().data);
  entry.read({raw.view().data + have, bytes - have});
  entry.expect_end();
  return npy_values(header, raw);
}

[[noreturn]] void fail_write(const std::filesystem::path& path, const std::string& why) {
  fail("write_npz", fmt::format("{}: cannot be written: {}.", path.string(), why));
}

void add(zip_t* archive, const std::string& name, const std::string& bytes, bool compress,
         const std::filesystem::path& path) {
  zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  const std::int64_t at =
      source ? zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
  if (at < 0 && source) zip_source_free(source);
  if (at < 0) fail_write(path, zip_strerror(archive));
  const auto method = compress ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
  if (zip_set_file_compression(archive, static_cast<std::uint64_t>(at), method, 0) != 0)
    fail_write(path, zip_strerror(archive));
}

}  // namespace

Batch read_npz(const std::filesystem::path& path) {
  const MappedFile file("read_npz", path);
  const Archive archive = open_archive(file);
  const std::int64_t count = zip_get_num_entries(archive.get(), 0);
  std::uint64_t left = file.bytes().size();
  Batch arrays;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
    const Info info = info_of(archive.get(), i, file);
    if (arrays.contains(info.name)) file.fail(fmt::format("\"{}\" is in it twice.", info.name));
    check_sizes(info, left, file);
    const Fail fail = [&](const std::string& what) { file.fail(fmt::format("\"{}\" {}", info.name, what)); };
    arrays.set(info.name, read_entry(archive.get(), i, info, fail));
  }
  if (arrays.empty()) file.fail("holds no arrays.");
  return arrays;
}

void write_npz(const std::filesystem::path& path, const Batch& arrays, const NpzOptions& options) {
  std::vector<std::string> contents;  // must outlive the archive
  for (const auto& [name, x] : arrays) {
    const Tensor values = dense(x);
    contents.push_back(npy_header_of(values.layout()));
    contents.back().append(reinterpret_cast<const char*>(values.view().data), values.layout().bytes());
  }
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code));
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    fail_write(path, text_of(error));
  }
  std::size_t i = 0;
  for (const auto& [name, x] : arrays) add(archive.get(), name, contents[i++], options.compress, path);
  if (zip_close(archive.get()) != 0) fail_write(path, zip_strerror(archive.get()));
  static_cast<void>(archive.release());
}

}  // namespace ramie::data
