// What TensorBoard shows: curves, pictures and histograms over steps.
//
//   train::TensorBoardWriter writer("runs/first");
//   writer.scalar("loss/train", loss.item(), step);
//   writer.image("input", batch["image"][0], step);
//   writer.histogram("conv1.kernel", model.conv1.kernel, step);
//
// Then: tensorboard --logdir runs. Source: torch.utils.tensorboard.SummaryWriter, tf.summary.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <ramie/tensor/tensor.h>

namespace ramie::train {

struct TensorBoardOptions {
  double flush_seconds = 120;          // what was written this long ago is on the disk
  std::function<double()> clock = {};  // seconds since 1970; not given: the system's
};

// One event file of its own in a folder, so that several may write to one folder. Tags sort curves into
// groups by what stands before "/". Not for several threads at once. A write that fails is an Error that
// names the file and the reason; the file keeps whole records, and what could not be written is tried again
// with the next.
class TensorBoardWriter {
 public:
  explicit TensorBoardWriter(const std::filesystem::path& folder, TensorBoardOptions options = {});
  ~TensorBoardWriter();  // flushes; whoever wants its errors calls flush() before
  TensorBoardWriter(TensorBoardWriter&& other) noexcept;
  TensorBoardWriter& operator=(TensorBoardWriter&&) = delete;

  // Kept as float32. NaN and infinities are shown as such.
  void scalar(std::string_view tag, double value, std::int64_t step);
  // [height, width] or [height, width, 1 to 4 channels]; uint8, or floating from 0 to 1, where what lies
  // beyond is clipped.
  void image(std::string_view tag, const Tensor& image, std::int64_t step);
  // Of any shape and dtype, in 30 buckets of equal width. Values that are not finite are an error.
  void histogram(std::string_view tag, const Tensor& values, std::int64_t step);
  void flush();

  const std::filesystem::path& path() const { return path_; }

 private:
  void add(const std::string& event);
  [[noreturn]] void fail_to_write(int error) const;

  std::filesystem::path path_;
  TensorBoardOptions options_;
  std::string waiting_;  // records that are not in the file yet
  double flushed_ = 0;
  int file_ = -1;
};

}  // namespace ramie::train
