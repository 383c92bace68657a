// A network learns two moons with the scalar engine of value.h, and draws where it says which.
//
//   micrograd [--steps 60] [--points 100] [--seed 2] [--out out]       writes out/moons.png
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <ramie/train/figure.h>

#include "mlp.h"

namespace {

using namespace micrograd;

struct Settings {
  int steps = 60, points = 100, seed = 2;
  std::filesystem::path out = "out";
};

double score(const Mlp& model, double x, double y) { return model({x, y}).data(); }

// How far each point is on the wrong side of a margin of 1, and a little for large weights.
Value loss_of(const Mlp& model, const std::vector<Point>& points) {
  Value margins = 0.0, weights = 0.0;
  for (auto& p : points) margins = margins + relu(1 - p.label * model({p.x, p.y}));
  for (auto& w : model.parameters()) weights = weights + w * w;
  return margins / static_cast<double>(points.size()) + 1e-4 * weights;
}

double accuracy(const Mlp& model, const std::vector<Point>& points) {
  const auto right = std::count_if(points.begin(), points.end(),
                                   [&](auto& p) { return score(model, p.x, p.y) * p.label > 0; });
  return static_cast<double>(right) / static_cast<double>(points.size());
}

void train(const Mlp& model, const std::vector<Point>& points, int steps) {
  for (int step = 0; step < steps; ++step) {
    const Value loss = loss_of(model, points);
    for (auto& w : model.parameters()) w.zero_grad();
    backward(loss);
    const double rate = 1 - 0.9 * step / steps;
    for (auto& w : model.parameters()) w.set(w.data() - rate * w.grad());
    if (step % 10 == 0 || step + 1 == steps)
      std::printf("step %3d  loss %.4f  accuracy %.2f\n", step, loss.data(), accuracy(model, points));
  }
}

// The plane from (-1.5, -1) to (2.5, 1.5) as pixels: blue where the score is positive, with the points.
constexpr int width = 200, height = 125;
struct Pixels {
  std::vector<float> rgb = std::vector<float>(width * height * 3);
  void set(int column, int row, float r, float g, float b) {
    if (column < 0 || column >= width || row < 0 || row >= height) return;
    float* p = &rgb[3 * static_cast<std::size_t>(row * width + column)];
    p[0] = r, p[1] = g, p[2] = b;
  }
};
Pixels paint(const Mlp& model, const std::vector<Point>& points) {
  Pixels pixels;
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      const double s = std::tanh(score(model, -1.5 + column / 50.0, 1.5 - row / 50.0));
      const auto fade = static_cast<float>(1 - 0.45 * std::abs(s));
      s > 0 ? pixels.set(column, row, fade, fade, 1) : pixels.set(column, row, 1, fade, fade);
    }
  for (auto& p : points)
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy)
        pixels.set(static_cast<int>((p.x + 1.5) * 50) + dx, static_cast<int>((1.5 - p.y) * 50) + dy,
                   p.label > 0 ? 0 : 0.8F, 0, p.label > 0 ? 0.8F : 0);
  return pixels;
}

void print(const Mlp& model) {  // the same plane as letters
  for (double y = 1.5; y > -1.05; y -= 0.2) {
    for (double x = -1.5; x < 2.55; x += 0.1) std::putchar(score(model, x, y) > 0 ? 'o' : '.');
    std::putchar('\n');
  }
}

void run(const Settings& s) {
  Random random(static_cast<std::uint64_t>(s.seed));
  const std::vector<Point> points = moons(s.points, random);
  const Mlp model({2, 16, 16, 1}, random);
  std::printf("%zu parameters\n", model.parameters().size());
  train(model, points, s.steps);
  print(model);
  std::filesystem::create_directories(s.out);
  ramie::train::Figure figure({.width = 6.4, .height = 4.4});
  figure.axes().title("Two moons").image(paint(model, points).rgb, height, width, {.channels = 3}).axis_off();
  figure.save(s.out / "moons.png");
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("A scalar engine of autograd trains a network on two moons.");
  app.add_option("--steps", s.steps, "of gradient descent")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--points", s.points, "to learn from")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", s.seed, "of points and weights")->capture_default_str();
  app.add_option("--out", s.out, "folder for the picture")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    run(s);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
