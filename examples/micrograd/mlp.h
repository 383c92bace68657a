// A network of neurons, each of single numbers, and two moons for it to tell apart.
#pragma once

#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "value.h"

namespace micrograd {

// The same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : generator_(seed) {}
  double uniform(double low, double high) {  // high excluded
    return low + (high - low) * static_cast<double>(generator_() >> 11) * 0x1p-53;
  }

 private:
  std::mt19937_64 generator_;
};

struct Point {
  double x, y;
  int label;  // 1 or -1
};
inline std::vector<Point> moons(int count, Random& random, double noise = 0.15) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const bool upper = i % 2 == 0;
    const double t = random.uniform(0, std::numbers::pi);
    const double x = upper ? std::cos(t) : 1 - std::cos(t), y = upper ? std::sin(t) : 0.5 - std::sin(t);
    points.push_back({x + random.uniform(-noise, noise), y + random.uniform(-noise, noise), upper ? 1 : -1});
  }
  return points;
}

struct Neuron {
  std::vector<Value> weights;
  Value bias = 0.0;
  bool activated;
  Neuron(int inputs, bool activate, Random& random) : activated(activate) {
    for (int i = 0; i < inputs; ++i) weights.push_back(random.uniform(-1, 1));
  }
  Value operator()(const std::vector<Value>& x) const {
    Value sum = bias;
    for (std::size_t i = 0; i < x.size(); ++i) sum = sum + weights[i] * x[i];
    return activated ? relu(sum) : sum;
  }
};

class Mlp {
 public:
  Mlp(const std::vector<int>& sizes, Random& random) {  // {2, 16, 16, 1}
    for (std::size_t i = 1; i < sizes.size(); ++i) {
      layers_.emplace_back();
      for (int k = 0; k < sizes[i]; ++k)
        layers_.back().emplace_back(sizes[i - 1], i + 1 < sizes.size(), random);
    }
  }
  Value operator()(std::vector<Value> x) const {
    for (auto& layer : layers_) {
      std::vector<Value> y;
      for (auto& neuron : layer) y.push_back(neuron(x));
      x = std::move(y);
    }
    return x[0];
  }
  std::vector<Value> parameters() const {
    std::vector<Value> all;
    for (auto& layer : layers_)
      for (auto& neuron : layer) {
        all.insert(all.end(), neuron.weights.begin(), neuron.weights.end());
        all.push_back(neuron.bias);
      }
    return all;
  }

 private:
  std::vector<std::vector<Neuron>> layers_;
};

}  // namespace micrograd
