#include <ramie/data/split.h>

#include <fmt/format.h>

#include <ramie/data/pipeline.h>

namespace ramie::data {

SourcePtr Split::source() const {
  return std::make_shared<TensorSource>(
      Batch{{"image", images}, {"label", labels}},
      name.empty() ? description : fmt::format("{}({})", description, name));
}

Pipeline Split::pipeline() const {
  return Pipeline::from_tensor_slices({{"image", images}, {"label", labels}});
}

}  // namespace ramie::data
