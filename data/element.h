// What moves through a pipeline: not values, but what it takes to make them. So shuffling moves no pixels,
// skipping reads no files, and whoever needs a value first makes it: a thread of prefetch(), or the consumer.
#pragma once

#include <memory>
#include <vector>

#include <ramie/data/record_id.h>
#include <ramie/data/source.h>

namespace ramie::data {

// How the value of an element is made. Any thread may do it, and several at a time.
class Recipe {
 public:
  virtual ~Recipe() = default;
  virtual Batch make() const = 0;
  // Appends the records that the value is made of: one for each row of a batch.
  virtual void append_records(std::vector<RecordId>& to) const = 0;
};

// A record that has not been read, or a recipe.
struct Element {
  const Source* source = nullptr;
  RecordId record = {};
  std::shared_ptr<const Recipe> recipe = nullptr;

  Batch make() const;
  std::vector<RecordId> records() const;
};

// A value that is there.
class ValueRecipe : public Recipe {
 public:
  ValueRecipe(Batch value, std::vector<RecordId> records)
      : value_(std::move(value)), records_(std::move(records)) {}
  Batch make() const override { return value_; }
  void append_records(std::vector<RecordId>& to) const override {
    to.insert(to.end(), records_.begin(), records_.end());
  }

 private:
  Batch value_;
  std::vector<RecordId> records_;
};
Element element_of(Batch value, std::vector<RecordId> records);

// Rethrows the exception in flight; an std::exception as an Error that says where it happened and, nested in
// it, what it was: "[pipeline] Brightness(image) failed at record 17 (epoch 0): ...".
[[noreturn]] void fail_at(const std::string& what, std::span<const RecordId> records);

}  // namespace ramie::data
