#include <ramie/data/sources/compose.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ramie/data/sources/parts.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

using Indices = std::vector<std::int64_t>;

class Concatenated : public Source {
 public:
  explicit Concatenated(const std::vector<AnySource>& sources) {
    for (const AnySource& source : sources) {
      ends_.push_back(size() + source->size());
      sources_.push_back(source.ptr());
    }
  }
  std::int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  std::string describe() const override {
    std::vector<std::string> names;
    for (const SourcePtr& source : sources_) names.push_back(source->describe());
    return fmt::format("{}", fmt::join(names, " + "));
  }
  Batch record(std::int64_t index) const override {
    const Place place = find(index);
    return sources_[place.source]->record(place.index);
  }
  Batch gather(std::span<const std::int64_t> indices) const override {
    std::vector<Place> places;
    for (const std::int64_t index : indices) places.push_back(find(index));
    return gather_places("concatenate", sources_, places);
  }

 private:
  Place find(std::int64_t index) const {
    check_index(*this, index);
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), index);
    const auto i = static_cast<std::size_t>(end - ends_.begin());
    return {i, index - (i == 0 ? 0 : ends_[i - 1])};
  }
  std::vector<SourcePtr> sources_;
  Indices ends_;
};

// Sources that only translate indices.
class Translated : public Source {
 public:
  explicit Translated(SourcePtr source) : source_(std::move(source)) {}
  Batch record(std::int64_t index) const override { return source_->record(translate(index)); }
  Batch gather(std::span<const std::int64_t> indices) const override {
    Indices inner;
    inner.reserve(indices.size());
    for (const std::int64_t index : indices) inner.push_back(translate(index));
    return source_->gather(inner);
  }

 protected:
  virtual std::int64_t translate(std::int64_t index) const = 0;
  SourcePtr source_;
};

class Subset : public Translated {
 public:
  Subset(SourcePtr source, Indices indices) : Translated(std::move(source)), indices_(std::move(indices)) {
    const std::int64_t n = source_->size();
    for (std::int64_t& index : indices_) {
      if (index < -n || index >= n)
        fail("subset",
             fmt::format("index {} is outside the {} records of {}.", index, n, source_->describe()));
      if (index < 0) index += n;
    }
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(indices_.size()); }
  // The indices as a checksum: a subset of others is another one.
  std::string describe() const override {
    std::uint64_t sum = 0xcbf29ce484222325u;
    for (const std::int64_t index : indices_)
      sum = (sum ^ static_cast<std::uint64_t>(index)) * 0x100000001b3u;
    return fmt::format("subset({}, {:016x})[{}]", source_->describe(), sum, size());
  }

 private:
  std::int64_t translate(std::int64_t index) const override {
    check_index(*this, index);
    return indices_[static_cast<std::size_t>(index)];
  }
  Indices indices_;
};

class Slice : public Translated {
 public:
  Slice(SourcePtr source, std::int64_t start, std::int64_t stop)
      : Translated(std::move(source)), start_(start), stop_(stop) {}
  std::int64_t size() const override { return stop_ - start_; }
  std::string describe() const override {
    return fmt::format("{}[{}:{}]", source_->describe(), start_, stop_);
  }

 private:
  std::int64_t translate(std::int64_t index) const override {
    check_index(*this, index);
    return start_ + index;
  }
  std::int64_t start_, stop_;
};

class SlidingWindow : public Source {
 public:
  SlidingWindow(SourcePtr source, std::int64_t length, std::int64_t stride)
      : source_(std::move(source)), length_(length), stride_(stride) {}
  std::int64_t size() const override {
    const std::int64_t n = source_->size();
    return n < length_ ? 0 : (n - length_) / stride_ + 1;
  }
  std::string describe() const override {
    return fmt::format("sliding_window({}, size {}, stride {})[{}]", source_->describe(), length_, stride_,
                       size());
  }
  Batch record(std::int64_t index) const override { return row(gather({&index, 1}), 0); }
  // One gather of all rows, seen with two axes.
  Batch gather(std::span<const std::int64_t> indices) const override {
    Indices rows;
    rows.reserve(indices.size() * static_cast<std::size_t>(length_));
    for (const std::int64_t index : indices) {
      check_index(*this, index);
      for (std::int64_t i = 0; i < length_; ++i) rows.push_back(index * stride_ + i);
    }
    Batch batch = source_->gather(rows);
    for (auto& [name, x] : batch) {
      Shape shape = x.shape();
      shape[0] = length_;
      shape.insert(0, static_cast<std::int64_t>(indices.size()));
      x = x.reshape(shape);
    }
    return batch;
  }

 private:
  SourcePtr source_;
  std::int64_t length_, stride_;
};

}  // namespace

AnySource::AnySource(SourcePtr source) : source_(std::move(source)) {
  if (!source_) fail("source", "there is no source: the pointer is null.");
}

SourcePtr concatenate(const std::vector<AnySource>& sources) {
  if (sources.empty()) fail("concatenate", "no sources were given.");
  return std::make_shared<Concatenated>(sources);
}

SourcePtr subset(AnySource source, std::vector<std::int64_t> indices) {
  return std::make_shared<Subset>(source.ptr(), std::move(indices));
}

SourcePtr slice(AnySource source, std::int64_t start, std::int64_t stop) {
  const std::int64_t n = source->size();
  const auto clip = [n](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + n : i, 0, n); };
  start = clip(start);
  return std::make_shared<Slice>(source.ptr(), start, std::max(start, clip(stop)));
}

SourcePtr sliding_window(AnySource source, std::int64_t size, std::int64_t stride) {
  if (size < 1 || stride < 1)
    fail("sliding_window", fmt::format("size {} and stride {} must be at least 1.", size, stride));
  return std::make_shared<SlidingWindow>(source.ptr(), size, stride);
}

FunctionSource::FunctionSource(std::int64_t size, std::function<Batch(std::int64_t)> f, std::string name)
    : size_(size), f_(std::move(f)), name_(std::move(name)) {
  if (size < 0) fail("source", fmt::format("{} records: the number must not be negative.", size));
  if (!f_) fail("source", "there is no function to make records with.");
}

std::string FunctionSource::describe() const { return fmt::format("{}[{}]", name_, size_); }

Batch FunctionSource::record(std::int64_t index) const {
  check_index(*this, index);
  return f_(index);
}

}  // namespace ramie::data
