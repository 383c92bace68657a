// Records a function: it runs for real, and all that it launches on this thread is written down. Nothing of
// it is seen outside before finish(): variables keep their values meanwhile, also for other threads, and
// forever if the function throws.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <ramie/tensor/program/program.h>

namespace ramie {

class Capture final : public Recorder {
 public:
  // `cells` are the variables of the function's arguments.
  explicit Capture(std::span<const std::shared_ptr<Cell>> cells = {});
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // An argument as the function is to see it. Undefined Tensors stay so.
  Tensor argument(const Tensor& x);
  void result(const Tensor& x);
  // To be called when all of the function's own values are gone. Stores the new values of its variables.
  Program finish();
  void commit();  // the new values alone
  // The function has used a tensor from outside that carries a graph. A result with a graph may then lead
  // there, which that of a replay could not.
  bool leads_outside() const { return leads_outside_; }

  void append(Launch launch, std::span<const Tensor> out, std::span<const Tensor> in) override;
  const Tensor& get(const std::shared_ptr<Cell>& cell) override;
  void set(const std::shared_ptr<Cell>& cell, Tensor value) override;
  void read(const char* op, const Tensor& x) override;
  void forget(const Storage& storage) override;

 private:
  struct Seen {
    std::shared_ptr<Cell> cell;
    Tensor before, now;  // before: as it came in, under its new name
    bool assigned = false;
  };
  struct Named {  // what is known of a buffer beside what the program keeps
    std::byte* base;
    const char* made_by;
    bool alive = true;
  };
  Seen& seen(const std::shared_ptr<Cell>& cell);
  Tensor enter(const Tensor& x, Program::Kind kind, std::size_t number);
  std::uint32_t name(Storage& storage, Program::Buffer buffer, std::byte* base, const char* made_by);
  std::uint32_t constant(const Tensor& x);
  Program::Operand operand(const Tensor& x);
  void drop_local_cells();
  void add_states();
  void check_shapes() const;
  void check_leaks() const;
  [[noreturn]] void leaked(std::uint32_t buffer) const;

  const std::uint32_t serial_;
  Restore<Recorder*> recording_;
  bool leads_outside_ = false;
  Program program_;
  std::vector<Named> named_;
  std::vector<Tensor> results_;
  std::vector<std::shared_ptr<Cell>> argument_cells_;
  std::deque<Seen> seen_;  // in the order of first use; references stay valid
  std::unordered_map<const Cell*, Seen*> by_cell_;
  std::unordered_map<const Storage*, std::uint32_t> constants_;
};

}  // namespace ramie
