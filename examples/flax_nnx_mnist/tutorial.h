// The two editions of the Flax NNX tutorial on MNIST.
#pragma once

#include "common/mnist.h"

void train_2024_edition(const example::Options& options);
void train_current_edition(const example::Options& options);
