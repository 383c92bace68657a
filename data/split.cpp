#include <ramie/data/split.h>

#include <ramie/data/pipeline.h>

namespace ramie::data {

Pipeline Split::pipeline() const {
  return Pipeline::from_tensor_slices({{"image", images}, {"label", labels}});
}

}  // namespace ramie::data
