// What the tutorial's notebook shows after its own ten epochs, to stand beside what was measured here.
#pragma once

#include <cstdio>

#include "common/mnist.h"

// By epoch, as the notebook in Flax's repository prints them (accuracies as shares).
inline const example::History published{
    {"published_test_accuracy", {.9848, .9873, .9883, .9872, .9902, .9883, .9859, .9858, .9833, .9890}},
    {"published_test_loss", {.048, .046, .038, .047, .039, .049, .077, .077, .091, .074}}};

// A table of both, and the published numbers in the history, for --json. They overfit alike: from about the
// fifth epoch on, the test loss rises while the training loss still falls.
inline void compare_with_published(example::History& history) {
  history.insert(published.begin(), published.end());
  std::printf(
      "\n         test accuracy           test loss\nepoch    here    published       here      published\n");
  const auto& accuracy = history["test_accuracy"];
  for (std::size_t i = 0; i < accuracy.size() && i < 10; ++i)
    std::printf("%5d   %6.2f     %6.2f      %8.4f     %6.3f\n", int(i + 1), 100 * accuracy[i],
                100 * history["published_test_accuracy"][i], history["test_loss"][i],
                history["published_test_loss"][i]);
}
