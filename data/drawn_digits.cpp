#include <ramie/data/drawn_digits.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include <ramie/data/digit_strokes.h>
#include <ramie/data/random.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

// Only + - * / and sqrt are used on floating-point numbers: IEEE 754 fixes their bits, libm's functions
// differ.

using Line = std::vector<Point>;

Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
Point operator*(double s, Point p) { return {s * p.x, s * p.y}; }

// ---- the pen's path

// Each writer misses the model's points a little.
Point jitter(Point p, CounterRandom& random) {
  return p + Point{.03 * random.normal(), .03 * random.normal()};
}

// The Catmull-Rom spline from b to c, where a and d are their neighbours; t in [0, 1].
Point catmull_rom(Point a, Point b, Point c, Point d, double t) {
  const Point linear = .5 * (c - a);
  const Point square = a - 2.5 * b + 2. * c - .5 * d;
  const Point cube = .5 * (d - a) + 1.5 * (b - c);
  return b + t * (linear + t * (square + t * cube));
}

Line flatten(const Line& points, Stroke::Kind kind) {
  if (kind == Stroke::Kind::straight) return points;
  constexpr int steps = 5;
  const auto last = points.size() - 1;
  Line line;
  for (std::size_t i = 0; i < last; ++i) {
    const Point before = points[i == 0 ? 0 : i - 1], after = points[std::min(i + 2, last)];
    for (int step = 0; step < steps; ++step)
      line.push_back(catmull_rom(before, points[i], points[i + 1], after, step / double{steps}));
  }
  line.push_back(points[last]);
  return line;
}

std::vector<Line> write(const Glyph& glyph, CounterRandom& random) {
  std::vector<Line> lines;
  for (const Stroke& stroke : glyph) {
    Line points;
    for (const Point p : stroke.points) points.push_back(jitter(p, random));
    lines.push_back(flatten(points, stroke.kind));
  }
  return lines;
}

template <class Map>
void transform(std::vector<Line>& lines, Map map) {
  for (Line& line : lines)
    for (Point& p : line) p = map(p);
}

// ---- distortions

// Width, slant and a rotation whose tangent is drawn.
void distort_affinely(std::vector<Line>& lines, CounterRandom& random) {
  const double width = random.uniform(.5, 1.0), slant = .12 + .2 * random.normal();
  const double tangent = std::clamp(.15 * random.normal(), -.4, .4);
  const double cosine = 1 / std::sqrt(1 + tangent * tangent), sine = tangent * cosine;
  transform(lines, [&](Point p) {
    const double y = p.y - .5, x = width * (p.x - .5) - slant * y;
    return Point{cosine * x - sine * y, sine * x + cosine * y};
  });
}

struct Box {
  Point low{1e9, 1e9}, high{-1e9, -1e9};
};

Box bounds(const std::vector<Line>& lines) {
  Box box;
  for (const Line& line : lines) {
    for (const Point p : line) {
      box.low = {std::min(box.low.x, p.x), std::min(box.low.y, p.y)};
      box.high = {std::max(box.high.x, p.x), std::max(box.high.y, p.y)};
    }
  }
  return box;
}

// Into a box of about 20 pixels near the middle of the image, as MNIST's digits are.
void fit_to_image(std::vector<Line>& lines, CounterRandom& random) {
  const Box box = bounds(lines);
  const double extent = std::max(box.high.x - box.low.x, box.high.y - box.low.y);
  const double scale = random.uniform(15, 20) / extent;
  const Point middle = .5 * (box.low + box.high);
  const Point to{13.5 + random.uniform(-2.2, 2.2), 13.5 + random.uniform(-2.2, 2.2)};
  transform(lines, [&](Point p) { return to + scale * (p - middle); });
}

// A smooth field of displacements: random vectors on a 4 x 4 grid over the image, smoothly interpolated.
class ElasticField {
 public:
  ElasticField(double pixels, CounterRandom& random) {
    for (Point& v : grid_) v = {pixels * random.normal(), pixels * random.normal()};
  }
  Point operator()(Point p) const {
    const auto [column, u] = cell(p.x);
    const auto [row, v] = cell(p.y);
    const Point* corner = &grid_[row * side + column];
    const Point top = corner[0] + u * (corner[1] - corner[0]);
    const Point bottom = corner[side] + u * (corner[side + 1] - corner[side]);
    return top + v * (bottom - top);
  }

 private:
  static constexpr int side = 4;
  struct Place {
    int cell;
    double weight;  // of the next grid line, by the smoothstep polynomial
  };
  static Place cell(double pixel) {
    const double at = std::clamp(pixel / digit_side, 0., .999999) * (side - 1);
    const int cell = static_cast<int>(at);
    const double t = at - cell;
    return {cell, t * t * (3 - 2 * t)};
  }
  std::array<Point, side * side> grid_;
};

void distort_elastically(std::vector<Line>& lines, CounterRandom& random) {
  const ElasticField field(random.uniform(.4, 1.5), random);
  transform(lines, [&](Point p) { return p + field(p); });
}

// ---- rendering

using Distances = std::array<float, digit_side * digit_side>;  // squared, to the pen's path

constexpr float far = 16;  // pixels further than four from the path stay black

int clamp_pixel(float at) { return static_cast<int>(std::clamp(at, 0.f, float{digit_side - 1})); }

// Lowers the distances around the segment from a to b. `press` > 1 brings pixels nearer: a thicker line.
void add_segment(Distances& distances, Point a, Point b, float press) {
  const float ax = static_cast<float>(a.x), ay = static_cast<float>(a.y);
  const float dx = static_cast<float>(b.x) - ax, dy = static_cast<float>(b.y) - ay;
  const float inverse = 1 / (dx * dx + dy * dy + 1e-12f), nearer = 1 / (press * press);
  const int left = clamp_pixel(std::min(ax, ax + dx) - 3), right = clamp_pixel(std::max(ax, ax + dx) + 4);
  const int top = clamp_pixel(std::min(ay, ay + dy) - 3), bottom = clamp_pixel(std::max(ay, ay + dy) + 4);
  for (int y = top; y <= bottom; ++y) {
    float* row = &distances[y * digit_side];
    for (int x = left; x <= right; ++x) {
      const float px = static_cast<float>(x) - ax, py = static_cast<float>(y) - ay;
      const float t = std::clamp((px * dx + py * dy) * inverse, 0.f, 1.f);
      const float ex = px - t * dx, ey = py - t * dy;
      row[x] = std::min(row[x], (ex * ex + ey * ey) * nearer);
    }
  }
}

Distances trace(const std::vector<Line>& lines, CounterRandom& random) {
  Distances distances;
  distances.fill(far);
  for (const Line& line : lines) {
    // The pressure of the pen changes along a stroke.
    const double from = random.uniform(.85, 1.15), to = random.uniform(.85, 1.15);
    const auto segments = static_cast<double>(line.size() - 1);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
      const double press = from + (to - from) * static_cast<double>(i) / segments;
      add_segment(distances, line[i], line[i + 1], static_cast<float>(press));
    }
  }
  return distances;
}

// Ink where the path is nearer than the pen's radius, with a soft edge and a little noise in the ink.
void ink(const Distances& distances, CounterRandom& random, std::span<std::uint8_t> image) {
  const double thin = random.uniform(.75, 1.25);
  const auto radius = static_cast<float>(thin + random.uniform(0, .5));
  const auto edge = static_cast<float>(random.uniform(.9, 1.6));
  const auto strength = static_cast<float>(random.uniform(215, 255));
  for (std::size_t i = 0; i < image.size(); ++i) {
    if (distances[i] >= far) {
      image[i] = 0;
      continue;
    }
    const float cover = std::clamp((radius - std::sqrt(distances[i])) / edge + .5f, 0.f, 1.f);
    const auto noise = cover > 0 ? static_cast<float>(random.uniform(.86, 1.04)) : 0.f;
    image[i] = static_cast<std::uint8_t>(std::min(255.f, cover * strength * noise + .5f));
  }
}

// Every ten records hold each digit once, in random order.
int label_of(std::uint64_t seed, std::int64_t index) {
  CounterRandom random(fold(fold(seed, 0), static_cast<std::uint64_t>(index / 10)));
  std::array<int, 10> order{};
  std::iota(order.begin(), order.end(), 0);
  for (std::uint64_t i = 9; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  return order[static_cast<std::size_t>(index % 10)];
}

}  // namespace

int draw_digit(std::uint64_t seed, std::int64_t index,
               std::span<std::uint8_t, digit_side * digit_side> image) {
  CounterRandom random(fold(fold(seed, 1), static_cast<std::uint64_t>(index)));
  const int label = label_of(seed, index);
  const auto& styles = digit_glyphs()[static_cast<std::size_t>(label)];
  auto lines = write(styles[random.below(styles.size())], random);
  distort_affinely(lines, random);
  fit_to_image(lines, random);
  distort_elastically(lines, random);
  ink(trace(lines, random), random, image);
  return label;
}

std::string name_of(const DrawnDigitsOptions& options) {
  const std::string from = options.first == 0 ? "" : fmt::format(", from {}", options.first);
  return fmt::format("seed {}{}", options.seed, from);
}

Split draw_digits(std::int64_t count, const DrawnDigitsOptions& options) {
  if (count < 0 || options.first < 0) {
    fail("draw_digits", fmt::format("count {} and first {} must not be negative.", count, options.first));
  }
  Tensor images = Tensor::empty({uint8, {count, digit_side, digit_side, 1}});
  Tensor labels = Tensor::empty({int32, {count}});
  constexpr std::int64_t size = digit_side * digit_side;
  auto* image = images.mutable_data<std::uint8_t>();
  auto* label = labels.mutable_data<std::int32_t>();
#pragma omp parallel for schedule(static) if (count > 256)
  for (std::int64_t i = 0; i < count; ++i) {
    const std::span<std::uint8_t, size> pixels(image + i * size, size);
    label[i] = draw_digit(options.seed, options.first + i, pixels);
  }
  return {images, labels, "drawn digits", fmt::format("drawn digits, seed {}", options.seed),
          name_of(options)};
}

}  // namespace ramie::data
