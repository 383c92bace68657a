#include "dataset.h"

#include <algorithm>

namespace data = ramie::data;

namespace {

template <class Names>
std::vector<std::string> strings(const Names& names) {
  return {names.begin(), names.end()};
}

data::ImageFolder folder(const Settings& s, const char* part, data::ImageOptions options = {}) {
  return data::ImageFolder(s.image_folder / part, options);
}

Dataset describe_folder(const Settings& s) {
  const auto classes = folder(s, "train").classes();
  if (folder(s, "test").classes() != classes)
    ramie::fail("image folder", "train/ and test/ of " + s.image_folder.string() +
                                    " have other classes: each class needs a subfolder in both.");
  return {32, 32, 3, {0.5}, {0.5}, classes};
}

// "train[:1000]", or "train" for all.
std::string part(const char* split, std::int64_t limit) {
  return split + (limit > 0 ? "[:" + std::to_string(limit) + "]" : std::string());
}

template <class Set>
Images images_of(const Set& set, const Settings& s) {
  return {set.source(part("train", s.limit_train)), set.source(part("test", s.limit_test))};
}

data::MnistOptions mnist_options(const Settings& s) {
  return {.data_dir = s.options.data_dir, .seed = s.seed()};
}

}  // namespace

Dataset describe(const Settings& s) {
  if (!s.image_folder.empty()) return describe_folder(s);
  if (s.dataset == "fashion_mnist")
    return {28, 28, 1, {0.2860}, {0.3530}, strings(data::FashionMnist::classes())};
  if (s.dataset == "cifar10")
    return {32,
            32,
            3,
            {0.4914, 0.4822, 0.4465},
            {0.2470, 0.2435, 0.2616},
            {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  return {28, 28, 1, {0.1307}, {0.3081}, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
}

Images load(const Settings& s, const Dataset& d) {
  if (!s.image_folder.empty()) {
    const data::ImageOptions options{.channels = 3, .size = {{d.height, d.width}}};
    return {std::make_shared<data::ImageFolder>(folder(s, "train", options)),
            std::make_shared<data::ImageFolder>(folder(s, "test", options))};
  }
  if (s.dataset == "fashion_mnist") return images_of(data::FashionMnist(mnist_options(s)), s);
  if (s.dataset == "cifar10") return images_of(data::Cifar10({.data_dir = s.options.data_dir}), s);
  return images_of(data::Mnist(mnist_options(s)), s);
}
