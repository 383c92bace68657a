#include <ramie/data/split.h>

#include <ramie/data/dataset.h>

namespace ramie::data {

Dataset Split::dataset() const { return Dataset::from_tensor_slices({{"image", images}, {"label", labels}}); }

}  // namespace ramie::data
