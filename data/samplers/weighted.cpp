#include <ramie/data/samplers/weighted.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <ramie/data/random.h>
#include <ramie/data/samplers/place.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// The weights over their sum, which may itself be too large for a double.
std::vector<double> probabilities(std::vector<double> weights) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (std::isfinite(weights[i]) && weights[i] >= 0) continue;
    fail("weighted", fmt::format("weight {} of {} is {}: weights are finite and not negative.", i,
                                 weights.size(), weights[i]));
  }
  const double largest = weights.empty() ? 0 : *std::max_element(weights.begin(), weights.end());
  if (largest == 0) fail("weighted", fmt::format("none of the {} weights is above 0.", weights.size()));
  for (double& weight : weights) weight /= largest;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

// Column i is record i with probability `keep`, else record `alias`; Vose's construction.
struct Column {
  double keep = 1;
  std::int64_t alias = 0;
};

std::vector<Column> alias_table(std::vector<double> p) {
  std::vector<Column> table(p.size());
  std::vector<std::size_t> small, large;
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] *= static_cast<double>(p.size());
    (p[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t low = small.back(), high = large.back();
    table[low] = {p[low], static_cast<std::int64_t>(high)};
    small.pop_back();
    p[high] -= 1 - p[low];
    if (p[high] >= 1) continue;
    large.pop_back();
    small.push_back(high);
  }
  return table;  // what is left is 1 but for rounding
}

class WithReplacement : public Sampler {
 public:
  WithReplacement(const std::vector<double>& p, std::int64_t count, std::uint64_t seed)
      : table_(alias_table(p)), count_(count), seed_(seed) {}
  std::int64_t size() const override { return count_; }
  std::int64_t at(std::uint64_t epoch, std::int64_t i) const override {
    check_place("weighted", i, count_);
    CounterRandom random(fold(fold(seed_, epoch), static_cast<std::uint64_t>(i)));
    const std::uint64_t column = random.below(table_.size());
    return random.uniform() < table_[column].keep ? static_cast<std::int64_t>(column) : table_[column].alias;
  }
  std::string describe() const override {
    return fmt::format("weighted({} of {}, seed {})", count_, table_.size(), seed_);
  }

 private:
  std::vector<Column> table_;
  std::int64_t count_;
  std::uint64_t seed_;
};

class WithoutReplacement : public Sampler {
 public:
  WithoutReplacement(std::vector<double> p, std::int64_t count, std::uint64_t seed)
      : p_(std::move(p)), count_(count), seed_(seed) {}
  std::int64_t size() const override { return count_; }
  std::int64_t at(std::uint64_t epoch, std::int64_t i) const override {
    check_place("weighted", i, count_);
    std::lock_guard lock(mutex_);
    if (newest_.epoch != epoch) std::swap(newest_, older_);  // workers stand on both sides of an end
    if (newest_.epoch != epoch) newest_ = {epoch, order(epoch)};
    return newest_.records[static_cast<std::size_t>(i)];
  }
  std::string describe() const override {
    return fmt::format("weighted({} of {}, seed {}, no replacement)", count_, p_.size(), seed_);
  }

 private:
  struct Epoch {
    std::optional<std::uint64_t> epoch;
    std::vector<std::int64_t> records;
  };

  std::vector<std::int64_t> order(std::uint64_t epoch) const {
    std::vector<std::pair<double, std::int64_t>> arrivals;  // the first of Poisson processes of rates p
    CounterRandom random(fold(seed_, epoch));
    for (std::size_t i = 0; i < p_.size(); ++i) {
      const double time = -std::log1p(-random.uniform()) / p_[i];
      if (p_[i] > 0) arrivals.emplace_back(time, static_cast<std::int64_t>(i));
    }
    std::partial_sort(arrivals.begin(), arrivals.begin() + count_, arrivals.end());
    std::vector<std::int64_t> records;
    for (std::int64_t i = 0; i < count_; ++i) records.push_back(arrivals[static_cast<std::size_t>(i)].second);
    return records;
  }

  std::vector<double> p_;
  std::int64_t count_;
  std::uint64_t seed_;
  mutable std::mutex mutex_;
  mutable Epoch newest_, older_;
};

}  // namespace

SamplerPtr weighted(std::vector<double> weights, std::int64_t count, std::uint64_t seed,
                    WeightedOptions options) {
  check_records("weighted", count);
  std::vector<double> p = probabilities(std::move(weights));
  if (options.replacement) return std::make_shared<WithReplacement>(p, count, seed);
  const auto possible = std::count_if(p.begin(), p.end(), [](double x) { return x > 0; });
  if (count > possible) {
    fail("weighted", fmt::format("{} different records were asked for but only {} have a weight above 0: "
                                 "fewer of them, or .replacement = true.",
                                 count, possible));
  }
  return std::make_shared<WithoutReplacement>(std::move(p), count, seed);
}

}  // namespace ramie::data
