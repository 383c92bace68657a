#include <gtest/gtest.h>

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
  EXPECT_EQ(error_text([] { parse_device("tpu"); }),
            "[device] 'tpu' is not here: this build knows 'auto' and 'cpu'.");
  EXPECT_EQ(error_text([] { parse_device(""); }),
            "[device] '' is not here: this build knows 'auto' and 'cpu'.");
}

}  // namespace
}  // namespace ramie
