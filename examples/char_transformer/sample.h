// Writes text with a trained model.
//
//   chars::sample(model, vocabulary.encode(U"Once"), 200, {.temperature = 0.8}, [](std::int32_t token) { ...
//   });
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>

#include "model.h"
#include "text.h"

namespace chars {

struct SampleOptions {
  double temperature = 1;  // below 1 likely characters become likelier; 0: always the likeliest
  std::int64_t top_k = 0;  // only from so many of the likeliest; 0: from all
  std::int64_t seed = 0;
};

// The next token, int32[1, 1], by the logits [1, 1, vocabulary].
inline Tensor next_token(const Tensor& logits, const SampleOptions& o, const Tensor& key) {
  constexpr double infinity = std::numeric_limits<double>::infinity(),
                   tiny = std::numeric_limits<float>::min();
  if (o.temperature == 0) return argmax(logits, -1);
  Tensor scores = logits / o.temperature;
  if (o.top_k > 0 && o.top_k < logits.shape(-1)) {
    const Tensor least = topk(scores, o.top_k).first.slice(-1, o.top_k - 1, o.top_k);
    scores = where(scores >= least, scores, -infinity);
  }
  // The largest of scores with Gumbel's noise is a draw from their softmax.
  const Tensor uniform = ramie::random::uniform(key, scores.shape(), ramie::float32, tiny, 1);
  return argmax(scores - log(-log(uniform)), -1);
}

// Goes on behind the text, which has a character or more, and tells each new one as it comes. What the model
// has read lies in its cache, so that a character costs the time of one, however many are before it. When the
// context is full, a new one begins with the last half of it.
inline void sample(const Transformer& trained, Tokens text, std::int64_t count, const SampleOptions& o,
                   const std::function<void(std::int32_t)>& write) {
  Transformer model = nn::eval_view(trained);  // with its weights, and caches of its own
  const auto step = nn::jit([o](Transformer& m, const Tensor& token, const Tensor& key) {
    return next_token(m.decode(token), o, key);
  });
  const Tensor key = ramie::random::key(o.seed);
  const auto context = static_cast<std::size_t>(model.context());
  std::size_t read = 0, room = 0;
  while (count > 0) {
    if (room == 0) {
      model.init_cache();
      read = text.size() < context ? 0 : text.size() - std::max<std::size_t>(context / 2, 1);
      room = context;
    }
    const Tensor token = ramie::full({1, 1}, text[read], ramie::int32);
    const Tensor next =
        step(model, token, ramie::random::fold_in(key, static_cast<std::uint32_t>(text.size())));
    ++read, --room;
    if (read < text.size()) continue;  // the text itself says what comes next
    text.push_back(next.item<std::int32_t>());
    write(text.back());
    --count;
  }
}

}  // namespace chars
