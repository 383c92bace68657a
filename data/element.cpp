#include <ramie/data/element.h>

#include <exception>
#include <utility>

#include <fmt/format.h>

#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

std::string named(std::uint64_t epoch) {
  const std::uint64_t pass = epoch >> 32;
  return fmt::format("epoch {}", epoch & 0xffffffff) + (pass > 0 ? fmt::format(", pass {}", pass) : "");
}

}  // namespace

Batch Element::make() const {
  if (recipe) return recipe->make();
  try {
    return source->record(record.index);
  } catch (...) {
    fail_at(source->describe(), std::span(&record, 1));
  }
}

std::vector<RecordId> Element::records() const {
  if (!recipe) return {record};
  std::vector<RecordId> all;
  recipe->append_records(all);
  return all;
}

Element element_of(Batch value, std::vector<RecordId> records) {
  return {.recipe = std::make_shared<ValueRecipe>(std::move(value), std::move(records))};
}

void fail_at(const std::string& what, std::span<const RecordId> records) {
  try {
    throw;
  } catch (const std::exception& error) {
    std::string place;
    if (!records.empty())
      place = fmt::format(" {} record {} ({})", records.size() > 1 ? "on the batch that begins with" : "at",
                          records[0].index, named(records[0].epoch));
    std::throw_with_nested(Error(fmt::format("[pipeline] {} failed{}: {}", what, place, error.what())));
  }
}

}  // namespace ramie::data
