#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include <ramie/tensor/create.h>
#include <ramie/tensor/tensor.h>
#include <support/error.h>

#include "support/toy_graph.h"

namespace ramie {
namespace {

Tensor numbers(const Shape& shape) {
  std::vector<float> v(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i);
  return from_vector(v, shape);
}

TEST(Tensor, KnowsItsLayout) {
  const Tensor x = numbers({2, 3});
  EXPECT_EQ(x.shape(), Shape({2, 3}));
  EXPECT_EQ(x.rank(), 2);
  EXPECT_EQ(x.size(), 6);
  EXPECT_EQ(x.dtype(), float32);
  EXPECT_EQ(x.device(), default_device());
  EXPECT_EQ(x.shape(0), 2);
  EXPECT_EQ(x.shape(-1), 3);
  EXPECT_TRUE(x);
  EXPECT_TRUE(transfer(x, x.device()).same(x));
  EXPECT_EQ(error_text([&] { static_cast<void>(x.shape(2)); }), "[shape] axis 2 is out of range for 2 axes.");
}

TEST(Tensor, IsAHandleOfEightBytes) {
  EXPECT_EQ(sizeof(Tensor), 8u);
  const Tensor x = numbers({2}), y = x;
  EXPECT_TRUE(x.same(y));
  EXPECT_EQ(x.view().data, y.view().data);
}

TEST(Tensor, UndefinedOnesSaySo) {
  const std::string text = "[tensor] an undefined Tensor was used: it was never assigned, or was moved from.";
  const Tensor none;
  EXPECT_FALSE(none);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.shape()); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.view()); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.item()); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.to_vector<float>()); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.data<float>()); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.alias(Layout())); }), text);
  EXPECT_EQ(error_text([&] { static_cast<void>(none.renamed()); }), text);
  EXPECT_FALSE(none.detach());
  EXPECT_FALSE(none.grad());
  Tensor x = numbers({2});
  const Tensor y = std::move(x);
  EXPECT_EQ(error_text([&] { static_cast<void>(x.size()); }), text);  // NOLINT(bugprone-use-after-move)
}

TEST(Tensor, AliasesShareBytes) {
  const Tensor x = numbers({3, 4});
  const Tensor t = x.alias({float32, {4, 3}, {1, 4}});
  EXPECT_EQ(t.to_vector<int>(), (std::vector{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  const Tensor column = x.alias({float32, {3}, {4}}, 2);
  EXPECT_EQ(column.to_vector<int>(), (std::vector{2, 6, 10}));
  const Tensor flipped = x.alias({float32, {4}, {-1}}, 3);
  EXPECT_EQ(flipped.to_vector<int>(), (std::vector{3, 2, 1, 0}));
  const Tensor spread = x.alias({float32, {2, 2}, {0, 1}}, 5);
  EXPECT_EQ(spread.to_vector<int>(), (std::vector{5, 6, 5, 6}));
  EXPECT_EQ(&column.storage(), &x.storage());
  EXPECT_EQ(column.view().data, x.view().data + 2 * sizeof(float));
}

TEST(Tensor, AnAliasOutlivesItsTensor) {
  Tensor row;
  {
    const Tensor x = numbers({3, 4});
    row = x.alias({float32, {4}}, 8);
  }
  EXPECT_EQ(row.to_vector<int>(), (std::vector{8, 9, 10, 11}));
}

TEST(Tensor, ToVectorConvertsAndFollowsStrides) {
  const Tensor x = from_vector<double>({1.75, -2.25, 1e10, NAN}, {2, 2});
  EXPECT_EQ(x.to_vector<std::int32_t>(), (std::vector<std::int32_t>{1, -2, 2147483647, 0}));
  EXPECT_EQ(x.alias({float64, {2}, {2}}).to_vector<double>(), (std::vector{1.75, 1e10}));
  EXPECT_EQ(from_vector<bool>({true, false}).to_vector<float>(), (std::vector{1.0f, 0.0f}));
  EXPECT_TRUE(Tensor::empty({float32, {0, 5}}).to_vector<float>().empty());
}

TEST(Tensor, ItemIsTheOneValue) {
  EXPECT_EQ(full({}, 2.5).item(), 2.5);
  EXPECT_EQ(full({1, 1}, 7).item<int>(), 7);
  EXPECT_EQ(full({}, true).item<bool>(), true);
  EXPECT_EQ(from_vector<Half>({Half(0.5f)}).item(), 0.5);
  EXPECT_EQ(error_text([] {
              static_cast<void>(numbers({2, 3}).item());
            }),
            "[item] float32[2,3] has 6 elements, not one: use to_vector, or reduce it first.");
  EXPECT_EQ(error_text([] { static_cast<void>(numbers({0}).item()); }),
            "[item] float32[0] has 0 elements, not one: use to_vector, or reduce it first.");
}

TEST(Tensor, DataIsForDenseTensorsOfTheDtype) {
  const DeviceScope on(cpu());
  const Tensor x = numbers({2, 2});
  EXPECT_EQ(x.data<float>()[3], 3.0f);
  EXPECT_EQ(error_text([&] { static_cast<void>(x.data<double>()); }),
            "[data] float32[2,2] holds no float64: use astype.");
  EXPECT_EQ(error_text([&] {
              static_cast<void>(x.alias({float32, {2, 2}, {1, 2}}).data<float>());
            }),
            "[data] a view of float32[2,2] is not dense: use contiguous(x).");
}

TEST(Tensor, CanBeFilledOnlyWhileFresh) {
  const DeviceScope on(cpu());
  const std::string text =
      "[mutable_data] a tensor may be filled only while it is fresh, dense and held once: tensors are "
      "immutable values.";
  const auto filled = [](Tensor& x) { return error_text([&] { x.mutable_data<float>()[0] = 5; }); };
  Tensor x = numbers({4});
  EXPECT_EQ(filled(x), "no error");
  EXPECT_EQ(x.to_vector<int>()[0], 5);
  {
    const Tensor held_twice = x;
    EXPECT_EQ(filled(x), text);
  }
  EXPECT_EQ(filled(x), "no error");
  {
    const Tensor view = x.alias({float32, {2}});
    EXPECT_EQ(filled(x), text);
  }
  {
    Tensor renamed = x.renamed();
    EXPECT_EQ(filled(x), text);
    EXPECT_EQ(filled(renamed), text);
    x = Tensor();
    EXPECT_EQ(filled(renamed), text);
  }
  Tensor strided = numbers({4}).alias({float32, {2}, {2}});
  EXPECT_EQ(filled(strided), text);
  Tensor none;
  EXPECT_EQ(filled(none), text);
  EXPECT_EQ(error_text([] { numbers({2}).mutable_data<int>(); }),
            "[data] float32[2] holds no int32: use astype.");
}

TEST(Tensor, RenamingGivesTheSameBytesAnotherStorage) {
  const Tensor x = numbers({3, 2});
  const Tensor view = x.alias({float32, {2}}, 2);
  const Tensor y = view.renamed(), z = y.renamed();
  EXPECT_NE(&y.storage(), &x.storage());
  EXPECT_EQ(y.to_vector<int>(), (std::vector{2, 3}));
  EXPECT_EQ(y.view().data, view.view().data);
  EXPECT_EQ(z.storage().original.get(), &x.storage());  // not a chain of names
}

TEST(Tensor, OneGraphPerValue) {
  Tensor x = full({}, 1.0);
  EXPECT_FALSE(x.graph());
  EXPECT_FALSE(x.grad());
  x.attach(ToyGraph::make());
  EXPECT_STREQ(x.graph()->op(), "toy");
  EXPECT_EQ(x.grad().item(), 3.5);
  const Tensor same_value = x, detached = x.detach();
  EXPECT_EQ(same_value.graph(), x.graph());
  EXPECT_FALSE(detached.graph());
  EXPECT_EQ(detached.view().data, x.view().data);
  EXPECT_TRUE(detached.detach().same(detached));
  EXPECT_FALSE(x.alias(x.layout()).graph());
}

TEST(Tensor, FromVectorChecksTheCount) {
  EXPECT_EQ(from_vector<int>({1, 2, 3}).shape(), Shape{3});
  EXPECT_EQ(from_vector<std::uint8_t>({1, 2, 3, 4}, {2, 2}).dtype(), uint8);
  EXPECT_EQ(from_vector<double>({}, {0, 3}).shape(), Shape({0, 3}));
  EXPECT_EQ(error_text([] {
              from_vector<int>({1, 2, 3}, {2, 2});
            }),
            "[tensor] 3 values do not fill shape (2, 2).");
}

TEST(Tensor, CrossesThreads) {
  Tensor x;
  std::thread([&] { x = numbers({100}); }).join();
  EXPECT_EQ(x.to_vector<int>()[99], 99);
  std::thread([x = std::move(x)]() mutable { x = Tensor(); }).join();
}

TEST(ForEachOffset, FollowsRowMajorOrder) {
  std::vector<std::int64_t> seen;
  const auto collect = [&](const Layout& l) {
    seen.clear();
    for_each_offset(l, [&](std::int64_t at) { seen.push_back(at); });
    return seen;
  };
  using Offsets = std::vector<std::int64_t>;
  EXPECT_EQ(collect({float32, {2, 3}}), (Offsets{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(collect({float32, {3, 2}, {1, 3}}), (Offsets{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(collect({float32, {2, 2}, {0, -1}}), (Offsets{0, -1, 0, -1}));
  EXPECT_EQ(collect({float32, {}}), Offsets{0});
  EXPECT_EQ(collect({float32, {2, 0}}), Offsets{});
}

}  // namespace
}  // namespace ramie
