// Stages that change values, and those that look at them.
#pragma once

#include <functional>
#include <string>

#include <ramie/data/operator.h>
#include <ramie/data/stage.h>
#include <ramie/data/times.h>

namespace ramie::data {

// What is done to an element's value.
using Work = std::function<Batch(Batch value, const Element& input)>;

class WorkStage : public Stage {
 public:
  WorkStage(StagePtr input, std::shared_ptr<const Work> work, std::shared_ptr<Times> times)
      : input_(std::move(input)), work_(std::move(work)), times_(std::move(times)) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override { return input_->skip(n); }
  void reset(std::uint64_t pass) override { input_->reset(pass); }

 private:
  StagePtr input_;
  std::shared_ptr<const Work> work_;
  std::shared_ptr<Times> times_;
};

// f(value); its exceptions name the step and the records.
Work calling(std::string name, std::function<Batch(Batch)> f);
// An operator, and where its random numbers begin.
struct OperatorStep {
  OperatorPtr op;
  std::uint64_t seed;
};
// Operators on batches, one after the other. Where one fails, the record that is to blame is looked for. If
// all are capturable they run as one program.
Work on_batches(std::vector<OperatorStep> steps);
// An operator on single records.
Work on_records(OperatorStep step);

class FilterStage : public Stage {
 public:
  using Predicate = std::function<bool(const Batch&)>;
  FilterStage(StagePtr input, Predicate keeps, std::shared_ptr<Times> times)
      : input_(std::move(input)), keeps_(std::move(keeps)), times_(std::move(times)) {}
  std::optional<Element> next() override;
  void reset(std::uint64_t pass) override { input_->reset(pass); }

 private:
  bool keeps(const Batch& value, const Element& element) const;
  StagePtr input_;
  Predicate keeps_;
  std::shared_ptr<Times> times_;
};

// Elements of both with the tensors of both.
class ZipStage : public Stage {
 public:
  ZipStage(StagePtr first, StagePtr second) : first_(std::move(first)), second_(std::move(second)) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  StagePtr first_, second_;
  bool ended_ = false;
};

// Adds the element's number as an int64 scalar.
class EnumerateStage : public Stage {
 public:
  EnumerateStage(StagePtr input, std::int64_t start, std::string name)
      : input_(std::move(input)), start_(start), name_(std::move(name)) {}
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  StagePtr input_;
  std::int64_t start_, at_ = 0;
  std::string name_;
};

}  // namespace ramie::data
