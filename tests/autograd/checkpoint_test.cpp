#include <ramie/autograd/checkpoint.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/pool.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

TEST(Checkpoint, GivesTheSameGradients) {
  const Tensor x = random_normal({3, 4});
  const auto f = [](const Tensor& x) { return tanh(sin(x) * x); };
  const auto plain = [&](const Tensor& x) { return sum(f(f(x))); };
  const auto saved = [&](const Tensor& x) { return sum(checkpoint(f)(checkpoint(f)(x))); };
  expect_near(saved(x), plain(x));
  expect_near(grad(saved)(x), grad(plain)(x));
  expect_near(hvp(saved, x, x), hvp(plain, x, x));
  expect_near(grad([&](const Tensor& x) { return sum(square(grad(saved)(x))); })(x),
              grad([&](const Tensor& x) { return sum(square(grad(plain)(x))); })(x), 1e-12);
}

TEST(Checkpoint, ReachesWhatItClosesOver) {
  const Tensor w = variable(random_normal({4, 4})), shared = variable(random_normal({4}));
  const Tensor x = variable(random_normal({2, 4}));
  const Tensor h = shared * 2;  // an inner node outside of the function, used inside and beside it
  const auto f = [&](const Tensor& x) { return tanh(matmul(x, w) + h); };
  const auto total = [&](const auto& g) { return sum(g(g(x)) * h); };
  backward(total(f), {.retain_graph = true});
  const Tensor dw = w.grad(), ds = shared.grad(), dx = x.grad();
  for (auto& v : {w, shared, x}) zero_grad(v);
  backward(total(checkpoint(f)));
  expect_near(w.grad(), dw, 1e-13);
  expect_near(shared.grad(), ds, 1e-13);
  expect_near(x.grad(), dx, 1e-13);
}

TEST(Checkpoint, TakesTreesAndGivesTrees) {
  using List = std::vector<Tensor>;
  const auto f = checkpoint(
      [](const List& x, const Tensor& i) { return std::pair(x[0] * x[1], std::tuple(i, exp(x[1]))); });
  const auto loss = [&](const List& x) {
    auto y = f(x, tensor({1, 2}, int32));
    return sum(y.first) + sum(std::get<1>(y.second));
  };
  const List x{tensor({1.0, 2.0}, float64), tensor({3.0, 4.0}, float64)};
  const List g = grad(loss)(x);
  expect_near(g[0], x[1]);
  expect_near(g[1], x[0] + exp(x[1]));
}

TEST(Checkpoint, NestsAndIsMapped) {
  const Tensor x = random_normal({5, 3});
  const auto f = [](const Tensor& x) { return sin(x) * sum(x); };
  const auto twice = checkpoint([&](const Tensor& x) { return checkpoint(f)(f(x)); });
  const auto plain = [&](const Tensor& x) { return f(f(x)); };
  const auto total = [](const auto& g) { return [g](const Tensor& x) { return sum(vmap(g)(x) * 3); }; };
  expect_near(grad(total(twice))(x), grad(total(plain))(x), 1e-13);
  const auto one = [](const auto& g) { return [g](const Tensor& x) { return sum(g(x)); }; };
  expect_near(vmap(grad(one(twice)))(x), vmap(grad(one(plain)))(x), 1e-13);
  expect_near(jvp(twice, x[0], x[1]).second, jvp(plain, x[0], x[1]).second, 1e-13);
}

TEST(Checkpoint, DrawsTheSameNumbersAgainAndLeavesNoTrace) {
  const auto count = std::make_shared<Cell>();
  set(count, tensor(0, uint32));
  const auto noise = [&](const Tensor& x) {
    const Tensor key = random::fold_in(random::key(3), get(count));
    set(count, get(count) + 1);
    return x * random::normal(key, x.shape(), float64);
  };
  const auto f = checkpoint([&](const Tensor& x) { return noise(noise(x)); });
  const Tensor x = ones({4}, float64);
  const auto [total, y, g] = value_and_grad([&](const Tensor& x) {
    const Tensor y = f(x);
    return std::pair(sum(y), y);
  })(x);
  expect_near(g, y);  // f is linear, and x is 1
  EXPECT_EQ(get(count).item<int>(), 2);
}

// The bytes that f needs at most at one time: what the pool takes from the system for it, and keeps.
template <class F>
std::size_t peak(const F& f) {
  empty_cache();
  const auto taken = [] { return memory_stats().in_use + memory_stats().cached; };
  const std::size_t before = taken();
  f();
  return taken() - before;
}

// 64 layers in 8 groups: to keep all takes 8 times what it takes to keep the groups' arguments.
const auto group = [](const Tensor& x) {
  Tensor y = x;
  for (int i = 0; i < 8; ++i) y = tanh(sin(y) * cos(y));
  return y;
};
template <class F>
auto deep(const F& f) {
  return [f](const Tensor& x) {
    Tensor y = x;
    for (int i = 0; i < 8; ++i) y = f(y);
    return sum(y);
  };
}

TEST(CheckpointMemory, IsLowerOpByOp) {
  const Tensor x = random_normal({64, 256}, float32);
  const auto cost = [&](const auto& f) { return peak([&] { grad(f)(x); }); };
  const std::size_t plain = cost(deep(group)), saved = cost(deep(checkpoint(group)));
  EXPECT_LT(saved * 3, plain) << saved << " " << plain;
}

TEST(CheckpointMemory, IsLowerInAProgram) {
  const Tensor x = random_normal({64, 256}, float32);
  const auto plain = jit(grad(deep(group)));
  const auto saved = jit(grad(deep(checkpoint(group))));
  expect_near(saved(x), plain(x), 1e-6);
  expect_near(saved(x + 1), plain(x + 1), 1e-6);
  const std::size_t a = plain.program().memory->arena, b = saved.program().memory->arena;
  EXPECT_LT(b * 3, a) << b << " " << a;
}

}  // namespace
}  // namespace ramie
