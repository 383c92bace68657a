// Step 3: what there is to learn from.
#pragma once

#include <string>
#include <vector>

#include <ramie/ramie.h>

#include "settings.h"

// What must be known of a set of images to make a model for it, and to show it a picture.
struct Dataset {
  std::int64_t height, width, channels;
  std::vector<double> mean, std;  // of each channel, over the training images in [0, 1]
  std::vector<std::string> classes;
};
// Errors: an image folder without train/ or test/, or with other classes in one than in the other.
Dataset describe(const Settings& settings);

// Records of "image" (uint8, height x width x channels) and "label".
struct Images {
  ramie::data::SourcePtr train, test;
};
// Errors say where the files belong. MNIST's are downloaded where they are nowhere, and without a network
// drawn digits stand in, which is said; Fashion-MNIST's are downloaded, CIFAR-10's must be there.
Images load(const Settings& settings, const Dataset& dataset);
