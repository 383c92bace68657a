#include <ramie/data/samplers/shuffled.h>

#include <fmt/format.h>

#include <ramie/data/random.h>
#include <ramie/data/samplers/permutation.h>
#include <ramie/data/samplers/place.h>

namespace ramie::data {
namespace {

class Shuffled : public Sampler {
 public:
  Shuffled(std::int64_t n, std::uint64_t seed, bool replay)
      : order_(n), seed_(seed), first_key_(mix(seed + golden)), replay_(replay) {}
  std::int64_t size() const override { return order_.size(); }
  std::int64_t at(std::uint64_t epoch, std::int64_t i) const override {
    check_place("shuffled", i, size());
    return order_.at(mix(first_key_ + (replay_ ? 0 : epoch) * golden), i);
  }
  std::string describe() const override {
    return fmt::format("shuffled({}, seed {}{})", size(), seed_, replay_ ? ", replay" : "");
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;  // the step of SplitMix64

  Permutation order_;
  std::uint64_t seed_, first_key_;
  bool replay_;
};

}  // namespace

SamplerPtr shuffled(std::int64_t n, std::uint64_t seed, ShuffledOptions options) {
  check_records("shuffled", n);
  return std::make_shared<Shuffled>(n, seed, options.replay);
}

}  // namespace ramie::data
