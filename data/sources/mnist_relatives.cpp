#include <ramie/data/sources/mnist_relatives.h>

#include <utility>

namespace ramie::data {
namespace {

MnistOptions with_origin(MnistOptions options, MnistOrigin origin) {
  options.origin = std::move(origin);
  return options;
}

}  // namespace

// Checksums as in TensorFlow Datasets' lists.
MnistOrigin fashion_mnist_origin() {
  return {.name = "Fashion-MNIST",
          .size = "31 MB",
          .cache = "fashion-mnist",
          .folders = {"fashion-mnist", "FashionMNIST/raw"},
          .drawn_digits = false,
          .mirrors = {"https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
                      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"},
          .sha256 = {"3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                     "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                     "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}};
}

MnistOrigin kmnist_origin() {
  return {.name = "KMNIST",
          .size = "21 MB",
          .cache = "kmnist",
          .folders = {"kmnist", "KMNIST/raw"},
          .drawn_digits = false,
          .mirrors = {"https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
                      "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
          .sha256 = {"51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
                     "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
                     "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
                     "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"}};
}

FashionMnist::FashionMnist(MnistOptions options)
    : Mnist(with_origin(std::move(options), fashion_mnist_origin())) {}

const std::array<std::string_view, 10>& FashionMnist::classes() {
  static constexpr std::array<std::string_view, 10> names = {
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  return names;
}

Kmnist::Kmnist(MnistOptions options) : Mnist(with_origin(std::move(options), kmnist_origin())) {}

const std::array<std::string_view, 10>& Kmnist::classes() {
  static constexpr std::array<std::string_view, 10> names = {"o",  "ki", "su", "tsu", "na",
                                                             "ha", "ma", "ya", "re",  "wo"};
  return names;
}

}  // namespace ramie::data
