#include <ramie/train/progress.h>
#include <ramie/train/progress_text.h>
#include <ramie/train/terminal.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace ramie::train {
namespace {

constexpr double kSecondsBetweenRedraws = 0.1;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

ProgressOptions with_defaults(ProgressOptions options) {
  std::FILE* stream = options.stream;
  if (!options.enabled) options.enabled = detail::is_terminal(stream);
  if (!options.unicode) options.unicode = detail::locale_is_utf8();
  if (!options.clock) options.clock = steady_seconds;
  if (!options.columns) options.columns = [stream] { return detail::terminal_columns(stream); };
  return options;
}

}  // namespace

ProgressBar::ProgressBar(std::size_t total, ProgressOptions options)
    : total_(total),
      options_(with_defaults(std::move(options))),
      start_(options_.clock()),
      step_(options_.initial),
      active_(options_.stream && *options_.enabled) {
  if (active_) draw();
}

ProgressBar::~ProgressBar() {
  try {
    finish();
  } catch (...) {  // a line that could not be drawn is no reason to end the program
  }
}

void ProgressBar::update(std::size_t step, std::string_view note) {
  if (!active_) return;
  const bool reached = step >= total_ && step_ < total_;
  step_ = step;
  note_ = note;
  if (reached || !drawn_at_ || elapsed() - *drawn_at_ >= kSecondsBetweenRedraws) draw();
}

void ProgressBar::clear() {
  if (!active_ || width_ == 0) return;
  write("\r" + std::string(std::min(width_, columns()), ' ') + "\r");
  width_ = 0;
  drawn_at_.reset();
}

void ProgressBar::finish() {
  if (!active_) return;
  if (options_.leave) {
    draw();
    write("\n");
  } else {
    clear();
  }
  active_ = false;
}

double ProgressBar::elapsed() const { return std::max(0.0, options_.clock() - start_); }

// One column stays free, since a terminal may wrap once the last one is written.
std::size_t ProgressBar::columns() const { return std::max<std::size_t>(options_.columns(), 2) - 1; }

std::string ProgressBar::line(std::size_t columns) const {
  return detail::progress_line({.label = options_.label,
                                .note = note_,
                                .step = step_,
                                .initial = options_.initial,
                                .total = total_,
                                .seconds = elapsed(),
                                .unicode = *options_.unicode},
                               columns);
}

// Blanks cover what the last line had more, as far as the terminal, which may have shrunk, is wide.
void ProgressBar::draw() {
  const std::size_t columns = this->columns();
  const std::string text = line(columns);
  const std::size_t width = detail::text_columns(text), old = std::min(width_, columns);
  write("\r" + text + std::string(old > width ? old - width : 0, ' '));
  width_ = width;
  drawn_at_ = elapsed();
}

void ProgressBar::write(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), options_.stream);
  std::fflush(options_.stream);
}

}  // namespace ramie::train
