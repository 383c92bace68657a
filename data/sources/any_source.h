// Any source by value or by pointer, so that calls and lists of them read well.
//
//   data::concatenate({data::CsvSource("a.csv"), data::CsvSource("b.csv"), shared});
#pragma once

#include <concepts>
#include <memory>
#include <utility>

#include <ramie/data/source.h>

namespace ramie::data {

class AnySource {
 public:
  // An error if it holds nothing.
  AnySource(SourcePtr source);
  template <std::derived_from<Source> T>
  AnySource(T source) : source_(std::make_shared<const T>(std::move(source))) {}
  template <std::derived_from<Source> T>
  AnySource(std::shared_ptr<T> source) : AnySource(SourcePtr(std::move(source))) {}

  const Source& operator*() const { return *source_; }
  const Source* operator->() const { return source_.get(); }
  const SourcePtr& ptr() const { return source_; }

 private:
  SourcePtr source_;
};

}  // namespace ramie::data
