// What passes share.
#pragma once

#include <vector>

#include <ramie/tensor/program/memory.h>
#include <ramie/tensor/program/program.h>

namespace ramie {

// The step's kernel, if it is of that type; else null.
template <class K>
const K* kernel_of(const Program::Step& s) {
  return *s.launch.type->id == typeid(K) ? static_cast<const K*>(s.launch.kernel.get()) : nullptr;
}
inline bool same(const Program::Operand& a, const Program::Operand& b) {
  return a.buffer == b.buffer && a.offset == b.offset && a.layout == b.layout;
}

// The step that writes each buffer; -1: none does.
std::vector<int> find_writers(const Program& program);
// How often each buffer is read by steps, or kept.
std::vector<int> count_readers(const Program& program);

// Whoever reads buffer `from` reads `to` instead, which holds the same bytes in the same order. Collected,
// and done in one sweep.
class Replacements {
 public:
  explicit Replacements(std::size_t buffers) : to_(buffers) {}
  // `to` stands for all of buffer `from`, which is dense.
  void add(std::uint32_t from, const Program::Operand& to);
  bool empty() const { return empty_; }
  // Where the operand is to be found now.
  Program::Operand follow(Program::Operand operand) const;
  void apply(Program& program) const;

 private:
  std::vector<Program::Operand> to_;
  bool empty_ = true;
};

// A launch of a kernel over any number of tensors, such as a pass makes.
template <class K>
Launch make_launch(K kernel, Device device, std::size_t workspace) {
  constexpr Runner run = [](const void* k, Device d, std::byte* scratch, const View* out, const View* in) {
    detail::run_on(*static_cast<const K*>(k), d, scratch, out, in);
  };
  const char* name = kernel.name;
  return {name, &detail::kernel_type<K>(), std::make_shared<K>(std::move(kernel)), run, device, workspace,
          {}};
}

// Removes the steps that are marked.
void remove_steps(Program& program, const std::vector<bool>& marked);

}  // namespace ramie
