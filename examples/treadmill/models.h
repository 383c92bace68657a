// The three networks of the tutorial. Their weights begin as PyTorch's do.
#pragma once

#include "common/torch_layers.h"

#include <ramie/ramie.h>

namespace example {

using ramie::Tensor;
namespace nn = ramie::nn;

inline Tensor pool(const Tensor& x) { return max_pool(x, {.window = {2, 2}, .strides = {2, 2}}); }

// Two convolutions, two dense layers, dropout between them: 421,642 parameters.
struct SimpleCNN : nn::Module<SimpleCNN> {
  nn::Conv conv1, conv2;
  nn::Linear fc1, fc2;
  nn::Dropout dropout;

  explicit SimpleCNN(nn::Rngs& rngs)
      : conv1(torch_conv(1, 32, rngs)),
        conv2(torch_conv(32, 64, rngs)),
        fc1(torch_linear(64 * 7 * 7, 128, rngs)),  // 28 -> 14 -> 7 by two poolings
        fc2(torch_linear(128, 10, rngs)),
        dropout(0.5, rngs) {}

  Tensor operator()(Tensor x) {
    x = pool(relu(conv1(x)));
    x = pool(relu(conv2(x)));
    x = relu(fc1(flatten(x, 1)));
    return fc2(dropout(x));
  }
  using fields =
      nn::Fields<&SimpleCNN::conv1, &SimpleCNN::conv2, &SimpleCNN::fc1, &SimpleCNN::fc2, &SimpleCNN::dropout>;
};

// Three convolutions: 28 -> 14 -> 7 -> 3.
struct DeeperCNN : nn::Module<DeeperCNN> {
  nn::Conv conv1, conv2, conv3;
  nn::Linear fc1, fc2;
  nn::Dropout dropout;

  explicit DeeperCNN(nn::Rngs& rngs)
      : conv1(torch_conv(1, 16, rngs)),
        conv2(torch_conv(16, 32, rngs)),
        conv3(torch_conv(32, 64, rngs)),
        fc1(torch_linear(64 * 3 * 3, 128, rngs)),
        fc2(torch_linear(128, 10, rngs)),
        dropout(0.5, rngs) {}

  Tensor operator()(Tensor x) {
    x = pool(relu(conv1(x)));
    x = pool(relu(conv2(x)));
    x = pool(relu(conv3(x)));
    x = relu(fc1(flatten(x, 1)));
    return fc2(dropout(x));
  }
  using fields = nn::Fields<&DeeperCNN::conv1, &DeeperCNN::conv2, &DeeperCNN::conv3, &DeeperCNN::fc1,
                            &DeeperCNN::fc2, &DeeperCNN::dropout>;
};

// Batch normalisation before each relu; its momentum is the weight of the old average, PyTorch's 0.1 is that
// of the new batch.
struct BatchNormCNN : nn::Module<BatchNormCNN> {
  nn::Conv conv1;
  nn::BatchNorm bn1;
  nn::Conv conv2;
  nn::BatchNorm bn2;
  nn::Linear fc1, fc2;

  explicit BatchNormCNN(nn::Rngs& rngs)
      : conv1(torch_conv(1, 32, rngs)),
        bn1(32, {.momentum = 0.9}, rngs),
        conv2(torch_conv(32, 64, rngs)),
        bn2(64, {.momentum = 0.9}, rngs),
        fc1(torch_linear(64 * 7 * 7, 128, rngs)),
        fc2(torch_linear(128, 10, rngs)) {}

  Tensor operator()(Tensor x) {
    x = pool(relu(bn1(conv1(x))));
    x = pool(relu(bn2(conv2(x))));
    x = relu(fc1(flatten(x, 1)));
    return fc2(x);
  }
  using fields = nn::Fields<&BatchNormCNN::conv1, &BatchNormCNN::bn1, &BatchNormCNN::conv2,
                            &BatchNormCNN::bn2, &BatchNormCNN::fc1, &BatchNormCNN::fc2>;
};

}  // namespace example
