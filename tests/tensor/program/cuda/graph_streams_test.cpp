#include <gtest/gtest.h>

#include <thread>

#include <ramie/tensor/cuda/stream.h>
#include <tensor/program/cuda/recorded.h>

namespace ramie {
namespace {

class GraphStreams : public GraphTest {};

// Lazy streams (docs/cuda_sim.md) run only what is asked for, a step at a time: then a missing wait shows.
template <class F>
auto on(const Stream& s, const F& f) {
  const StreamScope scope(s);
  return f();
}

TEST_F(GraphStreams, StreamsShareAnArenaInTurns) {
  const Stream s(default_device()), t(default_device());
  Recorded f([](const Tensors& x, const Cells&) { return Tensors{mul(add(x[0], x[0]), add(x[0], x[1]))}; },
             {filled(1), filled(1)});
  for (int i = 0; i < 5; ++i) f({filled(i), filled(i)});  // now arguments are copied
  synchronize(default_device());
  for (int i = 0; i < 4; ++i) {
    const auto run = [&](double x) { return f({filled(x), filled(1)})[0]; };
    const Tensor a = on(s, [&] { return run(3); }), b = on(t, [&] { return run(5); });
    for (bool first = false, second = false; !first || !second;) first = s.done(), second = t.done();
    EXPECT_EQ(floats(a), Floats(64, 24));
    EXPECT_EQ(floats(b), Floats(64, 60));
  }
  EXPECT_EQ(f.graph().why_none, "");
}

TEST_F(GraphStreams, AVariableOfAnotherStream) {
  const Stream s(default_device()), t(default_device());
  const Tensor one = filled(1);
  const auto c = cell(filled(0));
  Recorded f(count, {one}, {c});
  c->value = on(s, [] { return filled(0); });
  for (int i = 1; i < 6; ++i) {
    on(t, [&] { return f({one}); });
    const Tensor seen = on(s, [&] { return add(c->value, c->value); });
    EXPECT_EQ(floats(seen), Floats(64, static_cast<float>(2 * i)));
  }
  EXPECT_EQ(f.graph().launches, 4u);
}

TEST_F(GraphStreams, AVariableThatAnotherStreamIsReading) {
  const Stream s(default_device()), t(default_device());
  const Tensor one = filled(1);
  const auto c = cell(filled(0));
  Recorded f(count, {one}, {c});
  Tensors seen;
  for (int i = 0; i < 6; ++i) {
    f({one});
    seen.push_back(on(i % 2 == 0 ? s : t, [&] { return add(c->value, c->value); }));
  }
  synchronize(default_device());
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(floats(seen[static_cast<std::size_t>(i)]), Floats(64, static_cast<float>(2 * i + 4))) << i;
  EXPECT_EQ(f.graph().captures, 1u);
}

TEST_F(GraphStreams, AnArgumentOfAnotherStream) {
  const Stream s(default_device());
  Recorded f(affine, {filled(1), filled(1)});
  for (int i = 0; i < 8; ++i) {
    const Tensor x = on(s, [&] { return filled(i); });
    EXPECT_EQ(floats(f({x, x})[0]), Floats(64, static_cast<float>(i * i + i)));
  }
}

TEST_F(GraphStreams, ThreadsReplayOneProgram) {
  Recorded f(affine, {filled(1), filled(1)});
  const Device device = default_device();
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int k = 0; k < 4; ++k)
    threads.emplace_back([&, k] {
      set_default_device(device);
      Executable mine(f.program());
      for (int i = 0; i < 20; ++i) {
        const Tensors r = Recorded::run(mine, {filled(i + k), filled(3)}, {});
        wrong[static_cast<std::size_t>(k)] += floats(r[0]) != Floats(64, static_cast<float>(3 * (i + k) + 3));
      }
      wrong[static_cast<std::size_t>(k)] += mine.graph().launches != 19;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace ramie
