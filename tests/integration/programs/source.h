// Random functions of tensors, as lists of instructions that can be read and run.
//
//   const Source source = Generator(seed).make();
//   std::cout << text(source);                                  // v0 = argument ...; v5 = add(v0, v3)
//   run(source.body, {arguments, cells}) ...
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ramie/tensor/launch.h>

namespace ramie::programs {

struct Env {
  std::vector<Tensor> values;  // of the arguments, then of the instructions
  std::vector<std::shared_ptr<Cell>> cells;
};
using Run = std::function<Tensor(Env&)>;

struct Instruction {
  std::string text;       // "v7 = add(v3, v5)   # float32[3]"
  std::vector<int> uses;  // of which values
  Run run;
};
inline constexpr std::size_t calls = 3;
using Block = std::vector<Instruction>;

struct Source {
  std::uint64_t seed = 0;
  std::array<std::vector<Tensor>, calls> arguments;
  std::vector<std::function<Tensor()>> cells;  // their first values
  std::vector<std::string> heads;              // "v0 = argument float32[3]"
  Block body;
  std::vector<int> results;
  bool holds = false;  // the caller keeps what earlier calls gave
};

inline void run(const Block& block, Env& env) {
  for (auto& i : block) env.values.push_back(i.run(env));
}
inline std::vector<Tensor> run(const Source& s, Env env) {
  run(s.body, env);
  std::vector<Tensor> out;
  for (int r : s.results) out.push_back(env.values[static_cast<std::size_t>(r)]);
  return out;
}

// Without one instruction; the numbers of the others stay.
inline Source without(Source s, std::size_t instruction) {
  s.body[instruction] = {"", {}, [](Env&) { return Tensor(); }};
  return s;
}
inline std::string text(const Source& s) {
  std::string out;
  for (auto& h : s.heads) out += h + "\n";
  for (auto& i : s.body)
    if (!i.text.empty()) out += i.text + "\n";
  out += "return";
  for (int r : s.results) out += " v" + std::to_string(r);
  return out + (s.holds ? "   # earlier results are held\n" : "\n");
}

}  // namespace ramie::programs
