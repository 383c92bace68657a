// What tests of programs share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <ramie/autograd/jit.h>
#include <ramie/tensor/create.h>
#include <support/captured.h>
#include <support/error.h>

namespace ramie {

using List = std::vector<Tensor>;
using Names = std::vector<std::string>;

inline Names steps(const Program& p) {
  Names names;
  for (auto& s : p.steps) names.push_back(s.launch.name);
  return names;
}
inline Program after(Program p, void (*pass)(Program&)) {
  pass(p);
  return p;
}
inline std::shared_ptr<Cell> cell_of(const Tensor& x) { return std::make_shared<Cell>(Cell{x}); }

// A run of a program with variables; what it throws comes through.
inline List run(const Program& program, const List& arguments,
                const std::vector<std::shared_ptr<Cell>>& cells) {
  std::vector<const Tensor*> pointers;
  std::vector<Cell*> raw;
  for (auto& a : arguments) pointers.push_back(&a);
  for (auto& c : cells) raw.push_back(c.get());
  List results(program.results.size());
  Executable(std::make_shared<const Program>(program)).run(pointers, raw, results);
  return results;
}

// Both give the same bits.
inline void expect_same_results(const Program& found, const Program& expected, const List& arguments) {
  const List a = run(found, arguments), b = run(expected, arguments);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(difference(a[i], b[i]), "") << "result " << i << "\n" << found;
}

// 0.5, 1, 1.5, ...
inline Tensor halves(const Shape& shape) {
  std::vector<float> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = 0.5f * static_cast<float>(i + 1);
  return from_vector(v, shape);
}

}  // namespace ramie
