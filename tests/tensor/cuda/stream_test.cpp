#include <ramie/tensor/cuda/stream.h>

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include <ramie/tensor/create.h>
#include <ramie/tensor/launch.h>
#include <ramie/tensor/ops/elementwise.h>
#include <ramie/tensor/ops/update.h>
#include <support/error.h>

namespace ramie {
namespace {

Tensor add(const Tensor& a, const Tensor& b) { return launch(kernels::Elementwise(kernels::ops::add), a, b); }

class Streams : public testing::Test {
 protected:
  void SetUp() override {
    if (devices().size() == 1) GTEST_SKIP() << "no GPU";
    set_default_device(cuda(0));
  }
  void TearDown() override { set_default_device(cpu()); }
};

TEST_F(Streams, AThreadChoosesOneForAWhile) {
  const Stream s(cuda(0));
  EXPECT_EQ(s.device(), cuda(0));
  CUstream_st* before = gpu::current_stream(0);
  {
    const StreamScope on(s);
    EXPECT_EQ(gpu::current_stream(0), s.handle());
    EXPECT_EQ(add(ones({3}), ones({3})).to_vector<float>(), std::vector<float>(3, 2));
  }
  EXPECT_EQ(gpu::current_stream(0), before);
  s.synchronize();
  EXPECT_TRUE(s.done());
}

TEST_F(Streams, ATensorOfAnotherStreamIsWaitedFor) {
  const Stream a(cuda(0)), b(cuda(0)), c(cuda(0)), d(cuda(0));
  for (int i = 0; i < 20; ++i) {
    Tensor x, sum;
    {
      const StreamScope on(a);
      x = full({1000}, i);
    }
    for (const Stream* s : {&b, &c, &d}) {  // more readers than a block can name
      const StreamScope on(*s);
      const Tensor y = add(x, x);
      sum = sum ? add(sum, y) : y;
    }
    x = Tensor();
    {
      const StreamScope on(a);
      full({1000}, -1);  // may have x's memory, but not before the readers are done
    }
    EXPECT_EQ(sum.to_vector<float>(), std::vector<float>(1000, 6.0f * static_cast<float>(i)));
  }
}

TEST_F(Streams, MemoryOfAnotherStreamIsNotOverwritten) {
  const auto step = [](Tensor p) {  // p - 1, over p where it may
    const void* before = p.view().data;
    std::vector<Tensor> x{full({64}, 1.0)};
    x.push_back(std::move(p));
    return std::pair{launch_all(kernels::Update{{kernels::stage::scale(-1)}, 1}, std::move(x))[0], before};
  };
  auto [same, was] = step(full({64}, 5.0));
  EXPECT_EQ(same.view().data, was);  // on its own stream
  const Stream other(cuda(0));
  const StreamScope on(other);
  auto [elsewhere, there] = step(std::move(same));
  EXPECT_NE(elsewhere.view().data, there);
  EXPECT_EQ(elsewhere.to_vector<float>(), std::vector<float>(64, 3.0f));
}

TEST_F(Streams, EventsAreWaitedForAndMeasureTime) {
  const Event start(cuda(0));
  const Tensor x = add(ones({1000}), ones({1000}));
  Event end(cuda(0));
  Stream other(cuda(0));
  other.wait(end);
  other.synchronize();
  EXPECT_TRUE(end.done());
  EXPECT_GE(end.milliseconds_since(start), 0);
  end.record();
  end.synchronize();
  EXPECT_EQ(x.to_vector<float>()[999], 2);
}

TEST_F(Streams, AreOnDevicesThatAreThere) {
  const int past = static_cast<int>(devices().size()) - 1;
  EXPECT_NE(error_text([&] { Stream s{cuda(past)}; }).find("[device] cuda:"), std::string::npos);
  EXPECT_NE(error_text([&] { Event e{cuda(past)}; }).find("[device] cuda:"), std::string::npos);
}

}  // namespace
}  // namespace ramie
