// The scale of an image's colours, at its right: a strip with ticks.
#pragma once

#include <ramie/train/axes_content.h>
#include <ramie/train/canvas.h>

namespace ramie::train::detail {

// What it needs beside the image, in points.
double color_bar_room(Canvas& canvas, const Image& image);

// Beside `box`, the image's own place, and as high.
void draw_color_bar(Canvas& canvas, const Image& image, const Rect& box);

}  // namespace ramie::train::detail
