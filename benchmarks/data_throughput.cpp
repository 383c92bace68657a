// Images a second through an input pipeline, one JSON object a line: benchmarks/data.sh runs it beside its
// peers.
//
//   data_throughput --what normalise|augment [--workers N] [--by-hand] [--epochs E] [--threads T]
//
// 60,000 synthetic 28x28 images of bytes, in a new random order each epoch, become float32 batches of 128:
// normalised, or normalised and with brightness and Gaussian noise as in Datarax's MNIST tutorial. --by-hand
// is the limit: one loop over the pixels that knows what is wanted, into one buffer, with the order made
// beforehand.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include <ramie/data/operators/brightness.h>
#include <ramie/data/operators/noise.h>
#include <ramie/data/operators/normalize.h>
#include <ramie/data/pipeline.h>
#include <ramie/data/samplers/shuffled.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data_throughput.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> unit_clipped(D d, hn::Vec<D> x) {
  return hn::Min(hn::Max(x, hn::Zero(d)), hn::Set(d, 1.0f));
}

// y = x scale + shift; with noise, brighter and noisy and clipped to [0, 1] after each.
void convert_row(const std::uint8_t* x, const float* noise, float brightness, float* y, std::size_t n) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::Rebind<std::int32_t, decltype(d)> whole;
  const auto scale = hn::Set(d, static_cast<float>(1 / (255 * 0.3081)));
  const auto shift = hn::Set(d, static_cast<float>(-0.1307 / 0.3081));
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {  // 784 is a multiple of any vector's length
    auto v = hn::MulAdd(hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(bytes, x + i))), scale, shift);
    if (noise) {
      v = unit_clipped(d, hn::Add(v, hn::Set(d, brightness)));
      v = unit_clipped(d, hn::MulAdd(hn::LoadU(d, noise + i), hn::Set(d, 0.1f), v));
    }
    hn::StoreU(v, d, y + i);
  }
}

}  // namespace HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
HWY_EXPORT(convert_row);

namespace {

namespace data = ramie::data;
using ramie::Tensor;

constexpr std::int64_t images = 60000, batch_size = 128, pixels = 784, batches = images / batch_size;

struct Flags {
  std::string what = "normalise";
  int workers = 0, epochs = 11, threads = 1;
  bool by_hand = false;
};

Tensor synthetic_images() {
  std::vector<std::uint8_t> bytes(images * pixels);
  std::mt19937_64 random(0);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t word = random();
    std::memcpy(&bytes[i], &word, 8);
  }
  return ramie::from_vector(bytes, {images, 28, 28, 1});
}

data::Pipeline pipeline(const Flags& f) {
  std::vector<std::int32_t> labels(images);
  for (std::size_t i = 0; i < images; ++i) labels[i] = static_cast<std::int32_t>(i % 10);
  const data::Batch records{{"image", synthetic_images()}, {"label", ramie::from_vector(labels)}};
  auto p = data::from_source(data::TensorSource(records), batch_size,
                             {.sampler = data::shuffled(images, 42), .drop_remainder = true})
               .add(data::Normalize({.mean = {0.1307}, .std = {0.3081}}));
  if (f.what == "augment")
    p = p.add(data::Brightness({.brightness_range = {-0.1, 0.1}})).add(data::Noise({.noise_std = 0.1}));
  return f.workers > 0 ? p.prefetch(2 * f.workers + 2, f.workers) : p;
}

// One epoch; every batch is looked at.
double epoch(const data::Pipeline& p) {
  double last = 0;
  for (const data::Batch& batch : p) {
    const Tensor& x = batch["image"];
    last += x.view().as<float>()[x.size() - 1] + batch["label"].view().as<std::int32_t>()[batch_size - 1];
  }
  return last;
}

struct ByHand {
  explicit ByHand(const Flags& f) : augment(f.what == "augment"), order(images) {
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  }
  double epoch() {
    double last = 0;
    for (std::int64_t b = 0; b < batches; ++b)
      last += batch(&order[static_cast<std::size_t>(b * batch_size)]);
    return last;
  }
  float batch(const std::int64_t* rows) {
    const auto* x = source.view().as<std::uint8_t>();
    const Tensor noise = augment ? ramie::random::normal_rows(keys, {pixels}) : Tensor();
    const Tensor brightness =
        augment ? ramie::random::uniform_rows(keys, {}, ramie::float32, -0.1, 0.1) : Tensor();
    for (std::int64_t i = 0; i < batch_size; ++i) {
      if (i + 4 < batch_size)
        for (int at = 0; at < pixels; at += 64) __builtin_prefetch(x + rows[i + 4] * pixels + at);
      HWY_DYNAMIC_DISPATCH(convert_row)
      (x + rows[i] * pixels, augment ? noise.view().as<float>() + i * pixels : nullptr,
       augment ? brightness.view().as<float>()[i] : 0, &buffer[static_cast<std::size_t>(i * pixels)], pixels);
    }
    return buffer.back();
  }
  bool augment;
  std::vector<std::int64_t> order;
  Tensor source = synthetic_images(), keys = ramie::random::bits(ramie::random::key(2), {batch_size, 2});
  std::vector<float> buffer = std::vector<float>(batch_size * pixels);
};

// Images a second of each epoch; the first is not counted.
template <class F>
std::vector<double> rates(int epochs, F run) {
  std::vector<double> rate;
  double seen = run();
  for (int i = 0; i < epochs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    seen += run();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    rate.push_back(batches * batch_size / seconds.count());
  }
  if (std::isnan(seen))
    ramie::fail("data_throughput", "a batch has a NaN.");  // and every batch was looked at
  std::sort(rate.begin(), rate.end());
  return rate;
}

// Gigabytes a second that a large copy reads and writes.
double copy_rate() {
  std::vector<char> from(std::size_t{64} << 20, 1), to(from.size());
  double best = 0;
  for (int i = 0; i < 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    std::memcpy(to.data(), from.data(), from.size());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, 2 * static_cast<double>(to.size()) / seconds.count() / 1e9);
    from[static_cast<std::size_t>(to[0])] = to.back();
  }
  return best;
}

void print(const Flags& f, const std::vector<double>& rate) {
  const std::string peer =
      f.by_hand        ? "by hand"
      : f.workers == 0 ? "ramie"
                       : "ramie, " + std::to_string(f.workers) + (f.workers == 1 ? " worker" : " workers");
  nlohmann::ordered_json line{{"peer", peer},
                              {"what", f.what},
                              {"epochs", f.epochs},
                              {"images_per_s", std::llround(rate[rate.size() / 2])},
                              {"best", std::llround(rate.back())},
                              {"ns_per_image", std::llround(1e9 / rate[rate.size() / 2])}};
  if (f.by_hand) line["copy_gb_per_s"] = copy_rate();
  std::puts(line.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Flags f;
  CLI::App app("Images a second through an input pipeline; prints one JSON object.");
  app.add_option("--what", f.what)->check(CLI::IsMember({"normalise", "augment"}));
  app.add_option("--workers", f.workers)->check(CLI::NonNegativeNumber);
  app.add_option("--epochs", f.epochs)->check(CLI::PositiveNumber);
  app.add_option("--threads", f.threads)->check(CLI::PositiveNumber);
  app.add_flag("--by-hand", f.by_hand);
  CLI11_PARSE(app, argc, argv);
  try {
    ramie::set_threads(f.threads);
    if (f.by_hand) {
      ByHand hand(f);
      print(f, rates(f.epochs, [&] { return hand.epoch(); }));
    } else {
      const data::Pipeline p = pipeline(f);
      print(f, rates(f.epochs, [&] { return epoch(p); }));
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
#endif  // HWY_ONCE
