// The scalar engine: the values of micrograd's README, the same numbers from the tensor engine, and the
// example as a user runs it.
#include "../../examples/micrograd/value.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>

namespace {

using micrograd::Value;
using ramie::Tensor;

template <class T>
T readme(const T& a, const T& b) {
  T c = a + b, d = a * b + power(b, 3.0);
  c = c + (c + 1.0);
  c = c + (1.0 + c + (-a));
  d = d + (d * 2.0 + relu(b + a));
  d = d + (3.0 * d + relu(b - a));
  const T f = power(c - d, 2.0);
  return f / 2.0 + 10.0 / f;
}

TEST(Micrograd, TheValuesOfItsReadme) {
  const Value a = -4.0, b = 2.0, g = readme(a, b);
  EXPECT_NEAR(g.data(), 24.7041, 5e-5);
  backward(g);
  EXPECT_NEAR(a.grad(), 138.8338, 5e-5);
  EXPECT_NEAR(b.grad(), 645.5773, 5e-5);
}

TEST(Micrograd, TheTensorEngineGivesTheSameNumbers) {
  const Value a = -4.0, b = 2.0, g = readme(a, b);
  backward(g);
  const Tensor ta = ramie::variable(ramie::full({}, -4.0, ramie::float64));
  const Tensor tb = ramie::variable(ramie::full({}, 2.0, ramie::float64)), tg = readme(ta, tb);
  ramie::backward(tg);
  EXPECT_NEAR(tg.item(), g.data(), 1e-12);
  EXPECT_NEAR(ta.grad().item(), a.grad(), 1e-10);
  EXPECT_NEAR(tb.grad().item(), b.grad(), 1e-10);
}

// Every op of it, at several points, beside ramie's op of the same name.
template <class T>
std::vector<T> ops(const T& x) {
  return {add(x, x),   multiply(x, x),      power(x, 3.0),     exp(x),           log(x), tanh(x), relu(x),
          negative(x), subtract(x, exp(x)), divide(x, exp(x)), relu(negative(x))};
}
TEST(Micrograd, EveryOpIsTheTensorsOp) {
  for (double at : {0.5, 1.0, 2.25}) {
    const auto count = ops(Value(at)).size();
    for (std::size_t i = 0; i < count; ++i) {
      const Value x = at, y = ops(x)[i];
      backward(y);
      const Tensor tx = ramie::variable(ramie::full({}, at, ramie::float64)), ty = ops(tx)[i];
      ramie::backward(ty);
      EXPECT_NEAR(y.data(), ty.item(), 1e-12) << i;
      EXPECT_NEAR(x.grad(), tx.grad().item(), 1e-12) << i;
    }
  }
}

TEST(Micrograd, SumsOverEveryPath) {
  const Value x = 5.0;
  Value y = x;
  for (int i = 0; i < 10; ++i) y = y + y;
  backward(y);
  EXPECT_EQ(x.grad(), 1024);
}

TEST(Micrograd, TheExampleLearnsItsMoons) {
  const auto folder = std::filesystem::temp_directory_path() / "ramie_micrograd";
  std::string output;
  std::array<char, 4096> piece;
  std::FILE* pipe = popen(
      (RAMIE_EXAMPLES_DIR "/micrograd --steps 40 --points 50 --seed 1 --out '" + folder.string() + "' 2>&1")
          .c_str(),
      "r");
  while (std::fgets(piece.data(), piece.size(), pipe)) output += piece.data();
  EXPECT_EQ(pclose(pipe), 0) << output;
  const auto at = output.find("step  39  loss ");
  ASSERT_NE(at, output.npos) << output;
  EXPECT_LT(std::stod(output.substr(at + 15)), 0.2) << output;
  EXPECT_GE(std::stod(output.substr(output.find("accuracy", at) + 8)), 0.9) << output;
  EXPECT_GT(std::filesystem::file_size(folder / "moons.png"), 1000u);
  std::filesystem::remove_all(folder);
}

}  // namespace
