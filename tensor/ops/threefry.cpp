#include <ramie/tensor/ops/threefry.h>

#include <fmt/format.h>

#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE <ramie/tensor/ops/threefry.cpp>
#include <hwy/foreach_target.h>

#include <ramie/tensor/ops/threefry-inl.h>

HWY_BEFORE_NAMESPACE();
namespace ramie::kernels::HWY_NAMESPACE {

void fill_bits32(Words key, std::int64_t begin, std::int64_t end, std::uint32_t* out) {
  const hn::ScalableTag<std::uint32_t> d;
  fill_vectors(d, begin, end, out, [=](std::int64_t i) HWY_ATTR { return bits_at(d, key, i); });
}

}  // namespace ramie::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ramie::kernels {

HWY_EXPORT(fill_bits32);

void random_bits32(Words key, std::int64_t begin, std::int64_t end, std::uint32_t* out) {
  HWY_DYNAMIC_DISPATCH(fill_bits32)(key, begin, end, out);
}

void check_key(const char* op, const Layout& key) {
  if (key.dtype == uint32 && key.shape == Shape{2}) return;
  fail(op,
       fmt::format(
           "a key is uint32[2], not {}: make one with random::key(seed), or take one of random::split(key).",
           str(key)));
}

void MakeKey::run(Cpu, View y) const noexcept {
  y.as<std::uint32_t>()[0] = 0;
  y.as<std::uint32_t>()[1] = static_cast<std::uint32_t>(seed);
}

Layout Split::outputs(const Layout& key) const {
  check_key(name, key);
  if (n < 0) fail(name, fmt::format("{} keys are asked for: give a number from 0.", n));
  return {uint32, {n, 2}};
}

void Split::run(Cpu, View y, View key) const noexcept {
  const Words k = read_key(key);
  parallel_for(n, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Words w = threefry2x32(k, static_cast<std::uint64_t>(i));
      y.as<std::uint32_t>()[2 * i] = w.first;
      y.as<std::uint32_t>()[2 * i + 1] = w.second;
    }
  });
}

Layout FoldIn::outputs(const Layout& key, const Layout& data) const {
  check_key(name, key);
  if (!is_integer(data.dtype) || data.size != 1) {
    fail(name, fmt::format("data is one integer, not {}. For many keys, use random::split.", str(data)));
  }
  return {uint32, {2}};
}

void FoldIn::run(Cpu, View y, View key, View data) const noexcept {
  const auto word =
      visit(data.layout->dtype, [&]<class T>(Type<T>) { return convert<std::uint32_t>(*data.as<T>()); });
  const Words w = threefry2x32(read_key(key), Words{0, word});
  y.as<std::uint32_t>()[0] = w.first;
  y.as<std::uint32_t>()[1] = w.second;
}

Layout RandomBits::outputs(const Layout& key) const {
  check_key(name, key);
  if (layout.dtype != uint8 && layout.dtype != uint32) {
    fail(name, fmt::format("bits are uint8 or uint32, not {}. For integers in a range, use random::randint.",
                           ramie::name(layout.dtype)));
  }
  return layout;
}

void RandomBits::run(Cpu, View y, View key) const noexcept {
  const Words k = read_key(key);
  parallel_for(y.size(), [&](std::int64_t begin, std::int64_t end) {
    if (layout.dtype == uint32) return random_bits32(k, begin, end, y.as<std::uint32_t>() + begin);
    for_bits(k, begin, end, [&](std::int64_t i, std::uint32_t bits) {
      y.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(bits);
    });
  });
}

}  // namespace ramie::kernels
#endif  // HWY_ONCE
