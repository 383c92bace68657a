#include <gtest/gtest.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/device.h>
#include <support/error.h>

namespace ramie {
namespace {

TEST(Device, HasANameAndAnOrder) {
  EXPECT_EQ(str(cpu()), "cpu");
  EXPECT_EQ(cpu(), Device());
  EXPECT_LT(cpu(), (Device{DeviceKind::cpu, 1}));
}

TEST(Device, IsParsed) {
  EXPECT_EQ(parse_device("cpu"), cpu());
  EXPECT_EQ(parse_device("auto"), cpu());
  for (std::string text : {"tpu", "", "cuda:", "cuda:x", "cuda:-1", "cuda:1000", "cuda0"})
    EXPECT_EQ(error_text([&] { parse_device(text); }),
              "[device] '" + text + "' is no device: there are 'auto', 'cpu', 'cuda' and 'cuda:1' ...");
}

TEST(Device, AutoSaysWhatItChoseAndWhy) {
  const auto [device, why] = choose_device("auto");
  EXPECT_EQ(device, devices().size() > 1 && why == "it is the first GPU" ? cuda(0) : cpu());
  EXPECT_FALSE(why.empty());
}

TEST(Device, TheOneAfterTheLastIsNotThere) {
  const int gpus = static_cast<int>(devices().size()) - 1;
  const std::string text = error_text([&] { require_available(cuda(gpus)); });
  EXPECT_EQ(text.find("[device] cuda:" + std::to_string(gpus) + " is not here: "), 0u) << text;
  EXPECT_EQ(error_text([&] { set_default_device(cuda(gpus)); }), text);
  EXPECT_EQ(error_text([&] { Tensor::empty({float32, {1}}, cuda(gpus)); }), text);
  EXPECT_EQ(error_text([&] { transfer(ones({2}), cuda(gpus)); }), text);
  EXPECT_EQ(error_text([&] { memory_stats(cuda(gpus)); }), text);
  EXPECT_EQ(default_device(), cpu());
}

TEST(Device, WhyThereIsNoGpu) {
  if (devices().size() > 1) GTEST_SKIP() << "there is one";
  const std::string text = error_text([] { set_default_device(cuda(0)); });
#if RAMIE_CUDA
  EXPECT_TRUE(
      text ==
          "[device] cuda:0 is not here: the machine has no CUDA device, or CUDA_VISIBLE_DEVICES hides it." ||
      text.find("NVIDIA driver") != std::string::npos)
      << text;
#else
  EXPECT_EQ(text, "[device] cuda:0 is not here: this build has no CUDA: configure with -DRAMIE_CUDA=ON.");
#endif
  EXPECT_EQ(ones({2}).to_vector<float>()[1], 1);  // the CPU goes on
}

TEST(Device, AScopeEnds) {
  const Device last = devices().back();
  {
    const DeviceScope on(last);
    EXPECT_EQ(default_device(), last);
    EXPECT_EQ(ones({2}).device(), last);
    EXPECT_EQ(tensor({1, 2}).device(), last);
    EXPECT_EQ(from_vector(std::vector<float>{1, 2}).device(), last);
  }
  EXPECT_EQ(ones({2}).device(), cpu());
}

}  // namespace
}  // namespace ramie
