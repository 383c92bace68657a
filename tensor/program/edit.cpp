#include <ramie/tensor/program/edit.h>

namespace ramie {

std::vector<int> find_writers(const Program& p) {
  std::vector<int> writer(p.buffers.size(), -1);
  for (std::size_t i = 0; i < p.steps.size(); ++i)
    for (auto& o : p.steps[i].out) writer[o.buffer] = static_cast<int>(i);
  return writer;
}

std::vector<int> count_readers(const Program& p) {
  std::vector<int> readers(p.buffers.size());
  const auto count = [&](const Program::Operand& o) {
    if (o.buffer != Program::none) ++readers[o.buffer];
  };
  for (auto& step : p.steps)
    for (auto& o : step.in) count(o);
  p.for_each_kept(count);
  return readers;
}

void Replacements::add(std::uint32_t from, const Program::Operand& to) {
  to_[from] = to;
  empty_ = false;
}

Program::Operand Replacements::follow(Program::Operand o) const {
  while (o.buffer != Program::none && to_[o.buffer].buffer != Program::none) {
    o.offset += to_[o.buffer].offset;
    o.buffer = to_[o.buffer].buffer;
  }
  return o;
}

void Replacements::apply(Program& p) const {
  if (empty_) return;
  for (auto& step : p.steps)
    for (auto& o : step.in) o = follow(o);
  p.for_each_kept([&](Program::Operand& o) { o = follow(o); });
}

void remove_steps(Program& p, const std::vector<bool>& marked) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    if (marked[i]) continue;
    if (kept != i) p.steps[kept] = std::move(p.steps[i]);
    ++kept;
  }
  p.steps.resize(kept);
}

}  // namespace ramie
