#include <ramie/nn/embed.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie::nn {

Embed::Embed(std::int64_t n, std::int64_t f, const EmbedOptions& o, Rngs& rngs)
    : embedding(o.embedding_init(rngs.params(), {n, f}, o.param_dtype)), num_embeddings(n), features(f) {}

Tensor Embed::operator()(const Tensor& indices) const {
  return call(indices, [&](const Tensor& indices) {
    if (!is_integer(indices.dtype()))
      fail("Embed", fmt::format("the input is {}, but rows have integer numbers: use .astype(int32).",
                                str(indices.layout())));
    return take(embedding, indices, 0);
  });
}

Tensor Embed::attend(const Tensor& query) const {
  if (query.rank() == 0 || query.shape(-1) != features)
    fail("Embed", fmt::format("the query is {}, but its last axis must have features = {} elements.",
                              str(query.layout()), features));
  return matmul(query, transpose(embedding));
}

}  // namespace ramie::nn
