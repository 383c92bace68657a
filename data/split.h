// One split of an image-classification set: images and labels in memory, and where they came from.
//
//   data::Split train = data::Mnist().train();
//   train.images;      // uint8[60000,28,28,1]
//   train.source();    // records of "image" and "label", by index
//   train.pipeline().shuffle(1024).batch(32);     // batches of them
#pragma once

#include <string>

#include <ramie/data/source.h>

namespace ramie::data {

class Pipeline;

struct Split {
  Tensor images;            // uint8[n, height, width, channels]
  Tensor labels;            // int32[n]
  std::string description;  // "MNIST" or "drawn digits"
  std::string origin;       // the folder of the files, or how the digits were drawn
  std::string name = {};    // which part of the set: "train"

  std::int64_t size() const { return images.shape(0); }
  // Records of "image" and "label": "MNIST(train)[60000]".
  SourcePtr source() const;
  // The same, in order.
  Pipeline pipeline() const;
};

}  // namespace ramie::data
