// Sets in MNIST's format: Fashion-MNIST (ten kinds of clothes) and Kuzushiji-MNIST (ten characters of
// cursive Japanese), 60,000 and 10,000 pictures of 28 x 28 each.
//
//   data::FashionMnist fashion;             // from a folder, the cache or the network, as data::Mnist
//   fashion.source("train[:90%]");
//   data::FashionMnist::classes()[9];       // "Ankle boot"
//
// Drawn digits do not stand in for these: where the files are not to be had, that is an error.
#pragma once

#include <array>
#include <string_view>

#include <ramie/data/mnist.h>

namespace ramie::data {

MnistOrigin fashion_mnist_origin();  // folders fashion-mnist/, FashionMNIST/raw/
MnistOrigin kmnist_origin();         // folders kmnist/, KMNIST/raw/

// Source: https://github.com/zalandoresearch/fashion-mnist (Xiao, Rasul, Vollgraf 2017).
class FashionMnist : public Mnist {
 public:
  explicit FashionMnist(MnistOptions options = {});  // whose origin is replaced
  static const std::array<std::string_view, 10>& classes();
};

// Source: https://github.com/rois-codh/kmnist (Clanuwat and others 2018).
class Kmnist : public Mnist {
 public:
  explicit Kmnist(MnistOptions options = {});
  static const std::array<std::string_view, 10>& classes();
};

}  // namespace ramie::data
