#include <ramie/data/sources/mix.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/random.h>
#include <ramie/data/sources/parts.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

constexpr std::int64_t block = 16;

// How many records each source has given so far is noted at every 16th place; between, the draws are made
// again.
class Mixed : public Source {
 public:
  Mixed(const std::vector<AnySource>& sources, std::vector<double> weights, std::uint64_t seed)
      : weights_(std::move(weights)), seed_(seed) {
    for (const AnySource& source : sources) {
      sources_.push_back(source.ptr());
      sizes_.push_back(source->size());
    }
    size_ = std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0});
    note_counts();
  }
  std::int64_t size() const override { return size_; }
  std::string describe() const override {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < sources_.size(); ++i)
      parts.push_back(fmt::format("{:.6g} {}", share(i), sources_[i]->describe()));
    return fmt::format("mix({}, seed {})[{}]", fmt::join(parts, ", "), seed_, size_);
  }
  Batch record(std::int64_t index) const override {
    std::vector<std::int64_t> given;
    const Place place = find(index, given);
    return sources_[place.source]->record(place.index);
  }
  Batch gather(std::span<const std::int64_t> indices) const override {
    std::vector<std::int64_t> given;
    std::vector<Place> places;
    for (const std::int64_t index : indices) places.push_back(find(index, given));
    return gather_places("mix", sources_, places);
  }

 private:
  double share(std::size_t i) const { return weights_[i] - (i == 0 ? 0 : weights_[i - 1]); }

  // The source of a place, given how many records each has given before.
  std::size_t choose(std::int64_t place, std::span<const std::int64_t> given) const {
    const double u = CounterRandom(fold(seed_, static_cast<std::uint64_t>(place))).uniform();
    auto i =
        static_cast<std::size_t>(std::upper_bound(weights_.begin(), weights_.end(), u) - weights_.begin());
    for (i = std::min(i, sources_.size() - 1); given[i] == sizes_[i];) i = (i + 1) % sources_.size();
    return i;
  }

  void note_counts() {
    std::vector<std::int64_t> given(sources_.size());
    for (std::int64_t place = 0; place < size_; ++place) {
      if (place % block == 0) counts_.insert(counts_.end(), given.begin(), given.end());
      ++given[choose(place, given)];
    }
  }

  // `given` is room to count in.
  Place find(std::int64_t index, std::vector<std::int64_t>& given) const {
    check_index(*this, index);
    const auto begin = counts_.begin() + index / block * static_cast<std::int64_t>(sources_.size());
    given.assign(begin, begin + static_cast<std::int64_t>(sources_.size()));
    for (std::int64_t place = index / block * block; place < index; ++place) ++given[choose(place, given)];
    const std::size_t source = choose(index, given);
    return {source, given[source]};
  }

  std::vector<SourcePtr> sources_;
  std::vector<double> weights_;  // cumulative, up to 1
  std::uint64_t seed_;
  std::int64_t size_ = 0;
  std::vector<std::int64_t> sizes_, counts_;  // counts_: a row of all sources for every block
};

}  // namespace

SourcePtr mix(const std::vector<AnySource>& sources, const std::vector<double>& weights, std::uint64_t seed) {
  if (sources.empty()) fail("mix", "no sources were given.");
  if (sources.size() != weights.size())
    fail("mix", fmt::format("{} sources but {} weights.", sources.size(), weights.size()));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const bool bad = std::any_of(weights.begin(), weights.end(), [](double w) { return !(w >= 0); });
  if (bad || !(sum > 0) || !std::isfinite(sum))
    fail("mix", fmt::format("the weights must be finite, not negative, and not all 0: {}.",
                            fmt::join(weights, ", ")));
  std::vector<double> cumulative(weights.size());
  std::partial_sum(weights.begin(), weights.end(), cumulative.begin());
  for (double& w : cumulative) w /= sum;
  cumulative.back() = 1;
  return std::make_shared<Mixed>(sources, std::move(cumulative), seed);
}

}  // namespace ramie::data
