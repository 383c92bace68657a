// One line in the terminal that shows how far a loop has come.
//
//   train::ProgressBar bar(1875, {.label = "Epoch 1/10"});
//   for (std::size_t step = 1; step <= 1875; ++step) bar.update(step, "loss 0.123");
//
//   Epoch 1/10  42% |████████▌            |  790/1875 [00:12<00:17, 64.2 it/s] loss 0.123
//
// Writes nothing where the stream is no terminal, redraws at most ten times a second, and ends its line when
// it is finished or destroyed. For one thread.
#pragma once

#include <cstddef>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ramie::train {

struct ProgressOptions {
  std::string label = "";
  std::size_t initial = 0;  // steps done before this run (a resumed training); they do not count for the rate
  bool leave = true;        // keep the finished line; false wipes it
  std::FILE* stream = stderr;
  std::optional<bool> enabled = {};           // whether to draw; by default where the stream is a terminal
  std::optional<bool> unicode = {};           // block characters; by default where the locale says UTF-8
  std::function<double()> clock = {};         // seconds from any start; by default a steady clock
  std::function<std::size_t()> columns = {};  // the terminal's width; by default asked before every redraw
};

class ProgressBar {
 public:
  // A `total` of 0 is unknown: there are counts and a rate, but no percentage, bar and time left.
  explicit ProgressBar(std::size_t total, ProgressOptions options = {});
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `step` steps are done, and `note` (a loss, say) is shown behind the rest.
  void update(std::size_t step, std::string_view note = {});

  // Wipes the line, so that the program can print one of its own; the next update draws again.
  void clear();

  // Draws the last state and ends the line. Updates after it are ignored.
  void finish();

 private:
  double elapsed() const;
  std::size_t columns() const;
  std::string line(std::size_t columns) const;
  void draw();
  void write(const std::string& text);

  std::size_t total_;
  ProgressOptions options_;
  double start_ = 0;
  std::optional<double> drawn_at_;  // none: due at once
  std::size_t step_;
  std::string note_;
  std::size_t width_ = 0;  // of the line now on the screen
  bool active_;
};

}  // namespace ramie::train
