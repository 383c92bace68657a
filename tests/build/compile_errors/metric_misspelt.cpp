#include <ramie/nn/metrics.h>

int main() { ramie::nn::metrics::Accuracy().update({.logit = ramie::Tensor(), .labels = ramie::Tensor()}); }
