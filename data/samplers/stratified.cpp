#include <ramie/data/samplers/stratified.h>

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <tuple>

#include <fmt/format.h>

#include <ramie/data/random.h>
#include <ramie/data/samplers/permutation.h>
#include <ramie/data/samplers/place.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

using Records = std::vector<std::int64_t>;

struct Place {
  std::size_t stratum;  // which class
  std::int64_t rank;    // how many of the class came before
};

// Job k of a class of size m may run from place floor(k n / m) on and must have by ceil((k + 1) n / m). Of
// those that may, the one with the earliest deadline runs: all meet theirs.
class Schedule {
 public:
  explicit Schedule(const std::vector<Records>& classes) {
    for (const Records& records : classes) n_ += static_cast<std::int64_t>(records.size());
    for (std::size_t c = 0; c < classes.size(); ++c) add(c, 0, static_cast<std::int64_t>(classes[c].size()));
  }

  std::vector<Place> places() {
    std::vector<Place> result;
    for (std::int64_t place = 0; place < n_; ++place) {
      for (; !waiting_.empty() && waiting_.top().at <= place; waiting_.pop()) release(waiting_.top());
      const Job job = ready_.top();
      ready_.pop();
      result.push_back({job.stratum, job.rank});
      if (job.rank + 1 < job.count) add(job.stratum, job.rank + 1, job.count);
    }
    return result;
  }

 private:
  struct Job {
    std::int64_t at;  // release while it waits, deadline when it is ready
    std::size_t stratum;
    std::int64_t rank, count;
    bool operator>(const Job& b) const { return std::tie(at, stratum) > std::tie(b.at, b.stratum); }
  };
  using Queue = std::priority_queue<Job, std::vector<Job>, std::greater<>>;

  void add(std::size_t stratum, std::int64_t rank, std::int64_t count) {
    waiting_.push({scaled(rank, count), stratum, rank, count});
  }
  void release(Job job) {
    job.at = scaled(job.rank + 1, job.count) + (scaled_remainder(job.rank + 1, job.count) != 0);
    ready_.push(job);
  }
  // floor(k n / m) and what remains; exact, as 128 bits would be, since k <= m.
  std::int64_t scaled(std::int64_t k, std::int64_t m) const { return k * (n_ / m) + k * (n_ % m) / m; }
  std::int64_t scaled_remainder(std::int64_t k, std::int64_t m) const { return k * (n_ % m) % m; }

  std::int64_t n_ = 0;
  Queue waiting_, ready_;
};

class Stratified : public Sampler {
 public:
  Stratified(std::vector<Records> classes, std::int64_t batch_size, std::uint64_t seed)
      : classes_(std::move(classes)), places_(Schedule(classes_).places()), batch_(batch_size), seed_(seed) {
    for (const Records& records : classes_) orders_.emplace_back(static_cast<std::int64_t>(records.size()));
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(places_.size()); }
  std::int64_t at(std::uint64_t epoch, std::int64_t i) const override {
    check_place("stratified", i, size());
    const std::uint64_t key = fold(seed_, epoch);
    const Place& place = places_[static_cast<std::size_t>(inside_batch(key, i))];
    const std::int64_t rank = orders_[place.stratum].at(fold(key, 2 * place.stratum), place.rank);
    return classes_[place.stratum][static_cast<std::size_t>(rank)];
  }
  std::string describe() const override {
    return fmt::format("stratified({} in {} classes, batches of {}, seed {})", size(), classes_.size(),
                       batch_, seed_);
  }

 private:
  // Another place of the batch that has place i.
  std::int64_t inside_batch(std::uint64_t key, std::int64_t i) const {
    const std::int64_t batch = i / batch_, first = batch * batch_;
    const Permutation order(std::min(batch_, size() - first));
    return first + order.at(fold(key, 2 * static_cast<std::uint64_t>(batch) + 1), i - first);
  }

  std::vector<Records> classes_;
  std::vector<Permutation> orders_;  // one per class
  std::vector<Place> places_;
  std::int64_t batch_;
  std::uint64_t seed_;
};

}  // namespace

SamplerPtr stratified(const std::vector<std::int64_t>& labels, std::int64_t batch_size, std::uint64_t seed) {
  if (batch_size < 1)
    fail("stratified", fmt::format("a batch must hold at least one record, not {}.", batch_size));
  std::map<std::int64_t, Records> classes;
  for (std::size_t i = 0; i < labels.size(); ++i) classes[labels[i]].push_back(static_cast<std::int64_t>(i));
  std::vector<Records> strata;
  for (auto& [label, records] : classes) strata.push_back(std::move(records));
  return std::make_shared<Stratified>(std::move(strata), batch_size, seed);
}

}  // namespace ramie::data
