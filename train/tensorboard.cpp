#include <ramie/train/tensorboard.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ramie/data/sources/image_codecs.h>
#include <ramie/tensor/error.h>
#include <ramie/train/event_file.h>

namespace ramie::train {
namespace {

constexpr std::size_t most_waiting = std::size_t{1} << 20;

double system_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// events.out.tfevents.<seconds>.<host>.<process>.<number of the writer>
std::string file_name(double now) {
  static std::atomic<int> writers = 0;
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) std::strcpy(host.data(), "localhost");
  return fmt::format("events.out.tfevents.{:010}.{}.{}.{}", static_cast<std::int64_t>(now), host.data(),
                     getpid(), writers++);
}

// TensorBoard reads no further than an event with other text.
std::string_view utf8(std::string_view tag) {
  try {
    (void)nlohmann::json(tag).dump();
  } catch (const nlohmann::json::exception&) {
    fail("tensorboard", "a tag holds bytes that are not UTF-8.");
  }
  return tag;
}

Tensor pixels_of(const Tensor& image) {
  const bool good = (image.dtype() == uint8 || is_floating(image.dtype())) && image.size() > 0 &&
                    (image.rank() == 2 || (image.rank() == 3 && image.shape(2) <= 4));
  if (!good)
    fail("tensorboard",
         fmt::format("an image is [height, width] or [height, width, 1 to 4 channels], uint8 or "
                     "floating from 0 to 1, but this one is {}.",
                     str(image.layout())));
  const std::int64_t channels = image.rank() == 2 ? 1 : image.shape(2);
  const double scale = image.dtype() == uint8 ? 1 : 255;
  Tensor pixels = Tensor::empty({uint8, {image.shape(0), image.shape(1), channels}});
  const std::vector<double> values = image.to_vector<double>();
  std::transform(values.begin(), values.end(), pixels.view().as<std::uint8_t>(), [&](double x) {
    return convert<std::uint8_t>(std::round(x * scale));  // clips, and NaN is 0
  });
  return pixels;
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder, TensorBoardOptions options)
    : options_(std::move(options)) {
  if (!options_.clock) options_.clock = system_clock;
  flushed_ = options_.clock();
  path_ = folder / file_name(flushed_);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail_to_write(error.value());
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file_ < 0) fail_to_write(errno);
  waiting_ = detail::record(detail::version_event(flushed_));
  try {
    flush();
  } catch (...) {
    close(file_);
    throw;
  }
}

TensorBoardWriter::TensorBoardWriter(TensorBoardWriter&& other) noexcept
    : path_(std::move(other.path_)),
      options_(std::move(other.options_)),
      waiting_(std::exchange(other.waiting_, {})),
      flushed_(other.flushed_),
      file_(std::exchange(other.file_, -1)) {}

TensorBoardWriter::~TensorBoardWriter() {
  if (file_ < 0) return;
  try {
    flush();
  } catch (const Error&) {  // a destructor has nobody to tell
  }
  close(file_);
}

void TensorBoardWriter::scalar(std::string_view tag, double value, std::int64_t step) {
  add(detail::scalar_event({options_.clock(), step}, utf8(tag), static_cast<float>(value)));
}

void TensorBoardWriter::image(std::string_view tag, const Tensor& image, std::int64_t step) {
  const Tensor pixels = pixels_of(image);
  add(detail::image_event({options_.clock(), step}, utf8(tag),
                          {pixels.shape(0), pixels.shape(1), pixels.shape(2), data::encode_png(pixels)}));
}

void TensorBoardWriter::histogram(std::string_view tag, const Tensor& values, std::int64_t step) {
  const std::vector<double> all = values.to_vector<double>();
  const auto bad = std::count_if(all.begin(), all.end(), [](double x) { return !std::isfinite(x); });
  if (bad > 0)
    fail("tensorboard",
         fmt::format("the histogram '{}' has {} values of {} that are not finite.", tag, bad, all.size()));
  add(detail::histogram_event({options_.clock(), step}, utf8(tag), detail::histogram_of(all)));
}

void TensorBoardWriter::add(const std::string& event) {
  waiting_ += detail::record(event);
  if (waiting_.size() > most_waiting || options_.clock() - flushed_ >= options_.flush_seconds) flush();
}

void TensorBoardWriter::flush() {
  const off_t whole = lseek(file_, 0, SEEK_END);
  for (std::string_view rest = waiting_; !rest.empty();) {
    const ssize_t wrote = write(file_, rest.data(), rest.size());
    if (wrote >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (const int error = errno; error != EINTR) {
      if (ftruncate(file_, whole) != 0) waiting_.clear();  // half a record ends what can be read
      fail_to_write(error);
    }
  }
  waiting_.clear();
  flushed_ = options_.clock();
}

void TensorBoardWriter::fail_to_write(int error) const {
  fail("tensorboard", fmt::format("cannot write {}: {}", path_.string(), std::strerror(error)));
}

}  // namespace ramie::train
