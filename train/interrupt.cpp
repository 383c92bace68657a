#include <ramie/train/interrupt.h>

#include <array>
#include <atomic>
#include <csignal>

namespace ramie::train::detail {
namespace {

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};
std::atomic<bool> active = false;
volatile std::sig_atomic_t caught = 0;
std::array<struct sigaction, 2> before;

extern "C" void ramie_note_interrupt(int) { caught = 1; }

// SA_RESETHAND: the second one of a kind finds the default, which ends the program.
struct sigaction noting() {
  struct sigaction action {};
  action.sa_handler = ramie_note_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  return action;
}

}  // namespace

Interrupt::Interrupt() : outermost_(!active.exchange(true)) {
  if (!outermost_) return;
  caught = 0;
  const struct sigaction action = noting();
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before[i]);
}

Interrupt::~Interrupt() {
  if (!outermost_) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);
  active = false;
}

bool Interrupt::requested() const { return caught != 0; }

}  // namespace ramie::train::detail
