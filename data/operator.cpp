#include <ramie/data/operator.h>

#include <ramie/autograd/ops/shape.h>
#include <ramie/data/source.h>

namespace ramie::data {

Batch Operator::element(const Batch& record, const Tensor& key) const {
  Batch one;
  for (const auto& [name, x] : record) one.set(name, expand_dims(x, 0));
  return row(apply(one, key ? expand_dims(key, 0) : key), 0);
}

}  // namespace ramie::data
