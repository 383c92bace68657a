#include <ramie/data/stages/work.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/data/stages/batch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

class WorkRecipe : public Recipe {
 public:
  WorkRecipe(Element input, std::shared_ptr<const Work> work, std::shared_ptr<Times> times)
      : input_(std::move(input)), work_(std::move(work)), times_(std::move(times)) {}
  Batch make() const override {
    Batch value = input_.make();
    const Stopwatch watch(times_->nanoseconds);
    ++times_->elements;
    return (*work_)(std::move(value), input_);
  }
  void append_records(std::vector<RecordId>& to) const override {
    input_.recipe ? input_.recipe->append_records(to) : to.push_back(input_.record);
  }

 private:
  Element input_;
  std::shared_ptr<const Work> work_;
  std::shared_ptr<Times> times_;
};

class ZipRecipe : public Recipe {
 public:
  ZipRecipe(Element first, Element second) : first_(std::move(first)), second_(std::move(second)) {}
  Batch make() const override {
    Batch both = first_.make();
    for (const auto& [name, x] : second_.make()) {
      if (both.contains(name))
        fail("zip", fmt::format("both inputs have a \"{}\": rename one of them in map.", name));
      both.set(name, x);
    }
    return both;
  }
  void append_records(std::vector<RecordId>& to) const override {
    for (const RecordId& id : first_.records()) to.push_back(id);
  }

 private:
  Element first_, second_;
};

Batch one_row(const Batch& batch, std::int64_t i) {
  Batch one;
  for (const auto& [name, x] : batch) one.set(name, x.slice(0, i, i + 1));
  return one;
}

Tensor keys_for(const Operator& op, std::uint64_t seed, const std::vector<RecordId>& records,
                const Batch& value) {
  if (!op.random() || value.empty()) return {};
  return transfer(record_keys(seed, records), value.begin()->second.device());
}

// One call for each record, to find the one that fails.
void find_culprit(const Operator& op, const Batch& value, const Tensor& keys,
                  const std::vector<RecordId>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    try {
      op.apply(one_row(value, at), keys ? keys.slice(0, at, at + 1) : keys);
    } catch (...) {
      fail_at(op.describe(), std::span(&records[i], 1));
    }
  }
}

Batch on_batch(const Operator& op, const Batch& value, const Tensor& keys,
               const std::vector<RecordId>& records) {
  if (rows_of("add", value) != static_cast<std::int64_t>(records.size()))
    fail("add",
         fmt::format(
             "{} got {} rows made of {} records: what changes their number must come behind operators.",
             op.describe(), rows_of("add", value), records.size()));
  try {
    return op.apply(value, keys);
  } catch (...) {
    if (op.per_record()) find_culprit(op, value, keys, records);
    fail_at(op.describe(), records);
  }
}

Batch on_record(const Operator& op, const Batch& value, const Tensor& keys, const RecordId& record) {
  try {
    return op.element(value, keys ? keys[0] : keys);
  } catch (...) {
    fail_at(op.describe(), std::span(&record, 1));
  }
}

}  // namespace

std::optional<Element> WorkStage::next() {
  auto element = input_->next();
  if (!element) return {};
  return Element{.recipe = std::make_shared<WorkRecipe>(std::move(*element), work_, times_)};
}

Work calling(std::string name, std::function<Batch(Batch)> f) {
  return [name = std::move(name), f = std::move(f)](Batch value, const Element& input) {
    try {
      Batch result = f(std::move(value));
      if (result.empty()) fail("map", "the function returned nothing: return the batch it was given.");
      return result;
    } catch (...) {
      fail_at(name, input.records());
    }
  };
}

Work operating(OperatorPtr op, std::uint64_t seed, bool batched) {
  return [=](Batch value, const Element& input) {
    const std::vector<RecordId> records = input.records();
    const Tensor keys = keys_for(*op, seed, records, value);
    return batched ? on_batch(*op, value, keys, records) : on_record(*op, value, keys, records.front());
  };
}

std::optional<Element> FilterStage::next() {
  while (auto element = input_->next()) {
    const Batch value = element->make();
    const Stopwatch watch(times_->nanoseconds);
    ++times_->elements;
    if (keeps_(value)) return element_of(value, element->records());
  }
  return {};
}

std::optional<Element> ZipStage::next() {
  if (ended_) return {};
  auto first = first_->next();
  auto second = first ? second_->next() : std::nullopt;
  ended_ = !first || !second;
  if (ended_) return {};
  return Element{.recipe = std::make_shared<ZipRecipe>(std::move(*first), std::move(*second))};
}

std::int64_t ZipStage::skip(std::int64_t n) {
  if (ended_) return 0;
  const std::int64_t skipped = std::min(first_->skip(n), second_->skip(n));
  ended_ = skipped < n;
  return skipped;
}

void ZipStage::reset() {
  first_->reset();
  second_->reset();
  ended_ = false;
}

std::optional<Element> EnumerateStage::next() {
  auto element = input_->next();
  if (!element) return {};
  auto number =
      std::make_shared<ValueRecipe>(Batch{{name_, tensor(start_ + at_++, int64)}}, std::vector<RecordId>{});
  return Element{.recipe =
                     std::make_shared<ZipRecipe>(std::move(*element), Element{.recipe = std::move(number)})};
}

std::int64_t EnumerateStage::skip(std::int64_t n) {
  const std::int64_t skipped = input_->skip(n);
  at_ += skipped;
  return skipped;
}

void EnumerateStage::reset() {
  input_->reset();
  at_ = 0;
}

}  // namespace ramie::data
