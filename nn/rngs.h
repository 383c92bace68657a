// Named streams of random keys. A stream is a key and a counter, both state: each draw is fold_in(key,
// count), as in Flax, so a ramie model starts from the very weights that Flax starts from.
//
//   nn::Rngs rngs(0);                                 // one default stream for all names
//   nn::Rngs rngs{{"params", 0}, {"dropout", 1}};
//   Tensor key = rngs.params();                       // or rngs("params")
//
// Source: flax.nnx.Rngs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/nn/module.h>

namespace ramie::nn {

struct RngStream : Module<RngStream> {
  std::string tag;
  RngKey key;
  RngCount count;

  RngStream(std::string tag, Tensor key);
  Tensor operator()();  // the next key
  RngStream fork();     // a stream of its own, from the next key
  using fields = Fields<&RngStream::tag, &RngStream::key, &RngStream::count>;
};

class Rngs {
 public:
  explicit Rngs(std::int64_t seed);
  explicit Rngs(Tensor key);  // the default stream's
  Rngs(std::initializer_list<std::pair<const char*, std::int64_t>> seeds);

  // The stream of that name, else the default one; an error that lists the streams where there is neither.
  RngStream& operator[](std::string_view name);
  Tensor operator()(std::string_view name) { return (*this)[name](); }
  Tensor operator()() { return (*this)("default"); }
  Tensor params() { return (*this)("params"); }
  Tensor dropout() { return (*this)("dropout"); }
  Rngs fork();

  void collect(Visitor& v, std::string_view name);

 private:
  Rngs() = default;
  std::vector<RngStream> streams_;
};

}  // namespace ramie::nn
