#include <ramie/train/canvas.h>

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>
#include <vector>

namespace ramie::train::detail {
namespace {

cairo_status_t append(void* bytes, const unsigned char* data, unsigned length) noexcept {
  try {
    static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  } catch (...) {
    return CAIRO_STATUS_NO_MEMORY;  // no exception may cross Cairo
  }
}

void check_cairo(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS) throw DrawingError(cairo_status_to_string(status));
}

cairo_surface_t* make_surface(Format format, const PaperSize& paper, std::string& bytes) {
  const double width = paper.width * kPointsPerInch, height = paper.height * kPointsPerInch;
  if (format == Format::svg) return cairo_svg_surface_create_for_stream(append, &bytes, width, height);
  if (format == Format::pdf) return cairo_pdf_surface_create_for_stream(append, &bytes, width, height);
  return cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                    static_cast<int>(std::lround(paper.width * paper.dpi)),
                                    static_cast<int>(std::lround(paper.height * paper.dpi)));
}

void set_font(cairo_t* cairo) {
  cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);  // the same layout in all formats
  cairo_set_font_options(cairo, options);
  cairo_font_options_destroy(options);
}

void set_color(cairo_t* cairo, const Rgb& color, double alpha = 1) {
  cairo_set_source_rgba(cairo, color.red, color.green, color.blue, alpha);
}

// As text of XML, which has no control characters.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') result += "&amp;";
    if (c == '<') result += "&lt;";
    if (c == '>') result += "&gt;";
    if (static_cast<unsigned char>(c) >= ' ' && c != '&' && c != '<' && c != '>') result += c;
  }
  return result;
}

// Cairo draws an SVG's text as outlines; this keeps it readable to searches and screen readers.
void insert_svg_words(std::string& svg, const std::string& title, const std::string& description) {
  const auto end = svg.find('>', svg.find("<svg"));
  if (end == std::string::npos) return;
  svg.insert(end + 1,
             fmt::format("\n<title>{}</title>\n<desc>{}</desc>", escaped(title), escaped(description)));
}

void set_pdf_words(cairo_surface_t* surface, const std::string& title, const std::string& description) {
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title.c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, description.c_str());
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

double advance(cairo_t* cairo, const std::string& line) {
  cairo_text_extents_t extents;
  cairo_text_extents(cairo, line.c_str(), &extents);
  return extents.x_advance;
}

double first_baseline(Vertical vertical, double size, std::size_t lines) {
  if (vertical == Vertical::top) return kAscent * size;
  const double rest = static_cast<double>(lines - 1) * kLineSpacing * size;
  return vertical == Vertical::middle ? (kDigitHeight * size - rest) / 2 : -rest;
}

double shift(Align align) { return align == Align::left ? 0 : align == Align::center ? 0.5 : 1; }

std::uint32_t packed(const std::uint8_t* rgb) {
  return static_cast<std::uint32_t>(rgb[0]) << 16 | static_cast<std::uint32_t>(rgb[1]) << 8 | rgb[2];
}

cairo_surface_t* image_surface(const Image& image, int scale) {
  cairo_surface_t* surface =
      cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width * scale, image.height * scale);
  check_cairo(cairo_surface_status(surface));
  unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  for (int row = 0; row < image.height * scale; ++row) {
    const std::uint8_t* from = image.rgb.data() + static_cast<std::ptrdiff_t>(row / scale) * image.width * 3;
    for (int column = 0; column < image.width * scale; ++column) {
      const std::uint32_t pixel = packed(from + column / scale * 3);
      std::memcpy(data + static_cast<std::ptrdiff_t>(row) * stride + column * 4, &pixel, sizeof pixel);
    }
  }
  cairo_surface_mark_dirty(surface);
  return surface;
}

}  // namespace

struct Canvas::Surface {
  Format format;
  double scale;  // pixels per point; only PNG has pixels
  std::string bytes;
  cairo_surface_t* surface;
  cairo_t* cairo;

  Surface(Format f, const PaperSize& paper)
      : format(f),
        scale(f == Format::png ? paper.dpi / kPointsPerInch : 1),
        surface(make_surface(f, paper, bytes)),
        cairo(cairo_create(surface)) {}
  ~Surface() {
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);  // a vector surface writes its end here, into bytes
  }
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  bool has_pixels() const { return format == Format::png; }
  double thickness(double width) const {
    return has_pixels() ? std::max(1.0, std::round(width * scale)) / scale : width;
  }
  double on_pixel(double position) const {
    return has_pixels() ? std::round(position * scale) / scale : position;
  }
  // The middle of a line of `width` whose edges lie on pixels.
  double on_pixel(double position, double width) const {
    return on_pixel(position - thickness(width) / 2) + (has_pixels() ? thickness(width) / 2 : width / 2);
  }
  // Pixels get outlines, since Cairo would move each letter to a whole pixel and make the gaps uneven.
  void show(const std::string& line) const {
    if (!has_pixels()) return cairo_show_text(cairo, line.c_str());
    cairo_text_path(cairo, line.c_str());
    cairo_fill(cairo);
  }
  void set_pen(const Pen& pen) const {
    set_color(cairo, pen.color, pen.alpha);
    cairo_set_line_width(cairo, pen.width);
    const double dashes[] = {3.7 * pen.width, 1.6 * pen.width};
    cairo_set_dash(cairo, dashes, pen.dashed ? 2 : 0, 0);
    cairo_set_line_cap(cairo, pen.dashed ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_SQUARE);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  }
};

Canvas::Canvas(Format format, const PaperSize& paper) : surface_(std::make_unique<Surface>(format, paper)) {
  check_cairo(cairo_status(surface_->cairo));
  cairo_scale(surface_->cairo, surface_->scale, surface_->scale);
  set_font(surface_->cairo);
  set_color(surface_->cairo, {1, 1, 1});
  cairo_paint(surface_->cairo);
}

Canvas::~Canvas() = default;

void Canvas::stroke(std::span<const Point> points, const Pen& pen) {
  if (points.empty()) return;
  cairo_t* cairo = surface_->cairo;
  cairo_new_path(cairo);  // text leaves a current point behind
  surface_->set_pen(pen);
  if (points.size() == 1) {
    cairo_arc(cairo, points[0].x, points[0].y, std::max(pen.width, 2.0), 0, 2 * std::numbers::pi);
    return cairo_fill(cairo);
  }
  for (const auto& [x, y] : points) cairo_line_to(cairo, x, y);
  cairo_stroke(cairo);
}

void Canvas::rule(Point from, Point to, const Pen& pen) {
  cairo_t* cairo = surface_->cairo;
  surface_->set_pen(pen);
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_BUTT);
  cairo_set_line_width(cairo, surface_->thickness(pen.width));
  if (from.x == to.x) from.x = to.x = surface_->on_pixel(from.x, pen.width);
  if (from.y == to.y) from.y = to.y = surface_->on_pixel(from.y, pen.width);
  cairo_move_to(cairo, from.x, from.y);
  cairo_line_to(cairo, to.x, to.y);
  cairo_stroke(cairo);
}

void Canvas::frame(const Rect& rect, const Pen& pen) {
  cairo_t* cairo = surface_->cairo;
  surface_->set_pen(pen);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_MITER);
  cairo_set_line_width(cairo, surface_->thickness(pen.width));
  const double left = surface_->on_pixel(rect.left, pen.width), top = surface_->on_pixel(rect.top, pen.width);
  cairo_rectangle(cairo, left, top, surface_->on_pixel(rect.right(), pen.width) - left,
                  surface_->on_pixel(rect.bottom(), pen.width) - top);
  cairo_stroke(cairo);
}

void Canvas::fill(const Rect& rect, const Rgb& color) {
  cairo_t* cairo = surface_->cairo;
  cairo_new_path(cairo);
  cairo_rectangle(cairo, rect.left, rect.top, rect.width, rect.height);
  set_color(cairo, color);
  cairo_fill(cairo);
}

void Canvas::round_box(const Rect& rect, double radius, const Pen& fill, const Pen& border) {
  cairo_t* cairo = surface_->cairo;
  const double quarter = std::numbers::pi / 2;
  cairo_new_path(cairo);
  cairo_arc(cairo, rect.right() - radius, rect.top + radius, radius, -quarter, 0);
  cairo_arc(cairo, rect.right() - radius, rect.bottom() - radius, radius, 0, quarter);
  cairo_arc(cairo, rect.left + radius, rect.bottom() - radius, radius, quarter, 2 * quarter);
  cairo_arc(cairo, rect.left + radius, rect.top + radius, radius, 2 * quarter, 3 * quarter);
  cairo_close_path(cairo);
  set_color(cairo, fill.color, fill.alpha);
  cairo_fill_preserve(cairo);
  surface_->set_pen(border);
  cairo_stroke(cairo);
}

void Canvas::text(Point anchor, std::string_view text, const TextStyle& style) {
  cairo_t* cairo = surface_->cairo;
  const auto lines = split_lines(text);
  cairo_save(cairo);
  cairo_translate(cairo, anchor.x, surface_->on_pixel(anchor.y));
  if (style.upwards) cairo_rotate(cairo, -std::numbers::pi / 2);
  cairo_set_font_size(cairo, style.size);
  set_color(cairo, style.color);
  double baseline = first_baseline(style.vertical, style.size, lines.size());
  for (const auto& line : lines) {
    cairo_move_to(cairo, -shift(style.align) * advance(cairo, line), surface_->on_pixel(baseline));
    surface_->show(line);
    baseline += kLineSpacing * style.size;
  }
  cairo_restore(cairo);
}

// Vector formats get enlarged pixels, since not every viewer keeps small images sharp.
void Canvas::image(const Rect& rect, const Image& image) {
  cairo_t* cairo = surface_->cairo;
  const int scale = surface_->has_pixels() ? 1 : std::clamp(512 / std::max(image.width, image.height), 1, 32);
  cairo_surface_t* pixels = image_surface(image, scale);
  cairo_save(cairo);
  cairo_translate(cairo, rect.left, rect.top);
  cairo_scale(cairo, rect.width / (image.width * scale), rect.height / (image.height * scale));
  cairo_set_source_surface(cairo, pixels, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
  cairo_paint(cairo);
  cairo_restore(cairo);
  cairo_surface_destroy(pixels);
}

Rect Canvas::snapped(const Rect& rect) const {
  const double left = surface_->on_pixel(rect.left), top = surface_->on_pixel(rect.top);
  return {left, top, surface_->on_pixel(rect.right()) - left, surface_->on_pixel(rect.bottom()) - top};
}

double Canvas::text_width(std::string_view text, double size) {
  cairo_set_font_size(surface_->cairo, size);
  double widest = 0;
  for (const auto& line : split_lines(text)) widest = std::max(widest, advance(surface_->cairo, line));
  return widest;
}

void Canvas::clip(const Rect& rect) {
  cairo_save(surface_->cairo);
  cairo_rectangle(surface_->cairo, rect.left, rect.top, rect.width, rect.height);
  cairo_clip(surface_->cairo);
}

void Canvas::unclip() { cairo_restore(surface_->cairo); }

std::string Canvas::finish(const std::string& title, const std::string& description) {
  check_cairo(cairo_status(surface_->cairo));
  auto& [format, scale, bytes, surface, cairo] = *surface_;
  if (format == Format::png) check_cairo(cairo_surface_write_to_png_stream(surface, append, &bytes));
  if (format == Format::pdf) set_pdf_words(surface, title, description);
  cairo_surface_finish(surface);
  check_cairo(cairo_surface_status(surface));
  if (format == Format::svg) insert_svg_words(bytes, title, description);
  return std::move(bytes);
}

}  // namespace ramie::train::detail
