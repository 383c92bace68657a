#include <ramie/data/operators/one_hot.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/tensor/error.h>

namespace ramie::data {

OneHot::OneHot(OneHotOptions options)
    : ModalityOperator("OneHot", detail::modality(options)), options_(std::move(options)) {
  if (options_.num_classes < 1)
    fail(name(), fmt::format("num_classes is {}: at least 1.", options_.num_classes));
}

Tensor OneHot::transform(const Tensor& x, const Tensor&) const {
  if (!is_integer(x.dtype())) fail_field(x, "labels are integers.");
  return one_hot(x, options_.num_classes);
}

std::string OneHot::settings() const { return fmt::format("{} classes", options_.num_classes); }

}  // namespace ramie::data
