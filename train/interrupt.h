// Ctrl-C as a question that a loop asks.
//
//   Interrupt interrupt;
//   while (!interrupt.requested()) step();
//
// While one lives, SIGINT and SIGTERM only set a flag; the second one ends the program as usual. One at a
// time: inner ones leave all to the outermost.
#pragma once

namespace ramie::train::detail {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  bool requested() const;

 private:
  bool outermost_;
};

}  // namespace ramie::train::detail
