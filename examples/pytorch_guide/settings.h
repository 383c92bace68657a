// Step 2: the hyperparameters, and the experiments of "Further exploration" as flags.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/options.h"

struct Settings {
  example::Options options = {.epochs = 5, .batch_size = 64, .learning_rate = 0.001};

  std::string dataset = "mnist";
  std::filesystem::path image_folder;            // pictures of one's own, in place of a dataset
  std::int64_t limit_train = 0, limit_test = 0;  // 0: all

  std::int64_t conv_layers = 2;
  double dropout = 0;
  std::string optimizer = "adam";
  double momentum = 0;

  std::filesystem::path save, load, transfer;
  std::vector<std::filesystem::path> predict;

  std::uint64_t seed() const { return static_cast<std::uint64_t>(options.seed); }
};

inline void add_flags(CLI::App& app, Settings& s) {
  const auto a_file = CLI::ExistingFile;
  app.add_option("--dataset", s.dataset, "mnist (28x28, gray), fashion_mnist, or cifar10 (32x32, colour)")
      ->check(CLI::IsMember({"mnist", "fashion_mnist", "cifar10"}))
      ->capture_default_str();
  app.add_option("--image-folder", s.image_folder,
                 "your own pictures instead: DIR/train/<class>/*.png and DIR/test/<class>/*.png (or .jpg)")
      ->check(CLI::ExistingDirectory)
      ->excludes("--dataset");
  app.add_option("--limit-train", s.limit_train, "train on the first N images of the dataset; 0: all")
      ->check(example::at_least(0));
  app.add_option("--limit-test", s.limit_test, "test on the first N images of the dataset; 0: all")
      ->check(example::at_least(0));
  app.add_option("--conv-layers", s.conv_layers,
                 "convolutions: the third and all others come after the pools")
      ->check(CLI::Range(2, 100))
      ->capture_default_str();
  app.add_option("--dropout", s.dropout, "share of the hidden features that are dropped in training")
      ->check(CLI::Range(0.0, 0.99))
      ->capture_default_str();
  app.add_option("--optimizer", s.optimizer, "adam, sgd or rmsprop, with PyTorch's conventions")
      ->check(CLI::IsMember({"adam", "sgd", "rmsprop"}))
      ->capture_default_str();
  app.add_option("--momentum", s.momentum, "of sgd and rmsprop")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--save", s.save, "write the trained weights to this file (model.safetensors)");
  auto* load = app.add_option("--load", s.load, "do not train: test the weights that --save has written")
                   ->check(a_file)
                   ->excludes("--save");
  app.add_option("--transfer", s.transfer,
                 "start from these weights, but for the last layer, and leave the convolutions as they are")
      ->check(a_file)
      ->excludes(load);
  app.add_option("--predict", s.predict, "with --load: say what is on these pictures, and nothing else")
      ->check(a_file)
      ->needs(load);
}
