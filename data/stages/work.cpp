#include <ramie/data/stages/work.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <ramie/autograd/jit.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/data/stages/batch.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/device.h>
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

// Operators make their constants where the records are.
Device device_of(const Batch& value) {
  return value.empty() ? default_device() : value.begin()->second.device();
}

Tensor keys_for(const OperatorStep& step, const std::vector<RecordId>& records, const Batch& value) {
  if (!step.op->random() || value.empty()) return {};
  return transfer(record_keys(step.seed, records), device_of(value));
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

[[noreturn]] void fail_rows(const Operator& op, std::int64_t rows, std::size_t records) {
  fail("add",
       fmt::format("{} got {} rows made of {} records: what changes their number must come behind operators.",
                   op.describe(), rows, records));
}

void check_rows(const Operator& op, const Batch& value, const std::vector<RecordId>& records) {
  const std::int64_t rows = rows_of("add", value);
  if (rows != static_cast<std::int64_t>(records.size())) fail_rows(op, rows, records.size());
}

using Steps = std::vector<OperatorStep>;

// keys: of those steps that are random, in order.
Batch one_by_one(const Steps& steps, Batch value, const std::vector<Tensor>& keys,
                 const std::vector<RecordId>& records) {
  auto next = keys.begin();
  for (const OperatorStep& step : steps) {
    const Tensor key = step.op->random() ? *next++ : Tensor();
    check_rows(*step.op, value, records);
    try {
      value = step.op->apply(value, key);
    } catch (...) {
      if (step.op->per_record()) find_culprit(*step.op, value, key, records);
      fail_at(step.op->describe(), records);
    }
  }
  return value;
}

auto program_of(const Steps& steps) {
  return jit([steps](const Batch& batch, const std::vector<Tensor>& keys) {
    Batch value = batch;
    auto next = keys.begin();
    for (const OperatorStep& step : steps)
      value = step.op->apply(value, step.op->random() ? *next++ : Tensor());
    return value;
  });
}

// Each new shape of batches is recorded anew: where hardly any comes again, that takes longer than it saves.
bool pays(const JitStatistics& s) { return s.recordings < 64 || s.replays > s.recordings; }

std::vector<Tensor> all_keys(const Steps& steps, const std::vector<RecordId>& records, const Batch& value) {
  std::vector<Tensor> keys;
  for (const OperatorStep& step : steps)
    if (Tensor key = keys_for(step, records, value)) keys.push_back(std::move(key));
  return keys;
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

Work on_batches(std::vector<OperatorStep> steps) {
  const bool capturable =
      std::all_of(steps.begin(), steps.end(), [](const OperatorStep& step) { return step.op->capturable(); });
  return [steps, capturable, program = program_of(steps)](Batch value, const Element& input) {
    const DeviceScope on(device_of(value));
    const std::vector<RecordId> records = input.records();
    check_rows(*steps.front().op, value, records);
    const std::vector<Tensor> keys = all_keys(steps, records, value);
    if (!capturable || !pays(program.statistics())) return one_by_one(steps, std::move(value), keys, records);
    try {
      return program(value, keys);
    } catch (...) {
      one_by_one(steps, std::move(value), keys, records);  // names the operator and the record
      fail_at(steps.back().op->describe() + ", as one program,", records);
    }
  };
}

Work on_records(OperatorStep step) {
  return [step](const Batch& value, const Element& input) {
    const DeviceScope on(device_of(value));
    const std::vector<RecordId> records = input.records();
    if (step.op->random() && records.size() != 1) fail_rows(*step.op, 1, records.size());
    const Tensor keys = keys_for(step, records, value);
    try {
      return step.op->element(value, keys ? keys[0] : keys);
    } catch (...) {
      fail_at(step.op->describe(), records);
    }
  };
}

std::optional<Element> FilterStage::next() {
  while (auto element = input_->next()) {
    const Batch value = element->make();
    const Stopwatch watch(times_->nanoseconds);
    ++times_->elements;
    if (keeps(value, *element)) return element_of(value, element->records());
  }
  return {};
}

bool FilterStage::keeps(const Batch& value, const Element& element) const {
  try {
    return keeps_(value);
  } catch (...) {
    fail_at("filter", element.records());
  }
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

void ZipStage::reset(std::uint64_t pass) {
  first_->reset(pass);
  second_->reset(pass);
  ended_ = false;
}

std::optional<Element> EnumerateStage::next() {
  auto element = input_->next();
  if (!element) return {};
  const DeviceScope on(cpu());  // like the records of sources
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

void EnumerateStage::reset(std::uint64_t pass) {
  input_->reset(pass);
  at_ = 0;
}

}  // namespace ramie::data
