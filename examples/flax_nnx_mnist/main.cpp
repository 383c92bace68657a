// The MNIST tutorial of Flax NNX, in C++.
//
//   flax_nnx_mnist                       the first edition (2024): two convolutions, two dense layers
//   flax_nnx_mnist --edition current     today's: batch normalisation, dropout, two views of the model
#include "tutorial.h"

int main(int argc, char** argv) {
  std::string edition = "2024";
  return example::run(
      argc, argv, "The Flax NNX tutorial: a convolutional network learns MNIST.", {},
      [&](CLI::App& app, example::Options& o) {
        app.add_option("--edition", edition, "which edition of the tutorial")
            ->check(CLI::IsMember({"2024", "current"}))
            ->capture_default_str();
        app.add_option("--limit-train", o.limit_train, "train on the first N records only; 0: all")
            ->check(example::at_least(0));
        app.add_flag("!--no-progress", o.progress, "no progress bar");
      },
      [&](const example::Options& options) {
        if (edition == "current")
          train_current_edition(options);
        else
          train_2024_edition(options);
      });
}
