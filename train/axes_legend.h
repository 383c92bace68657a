// The box that names the lines and bars, in the corner (or at the edge) where it hides least of them.
#pragma once

#include <ramie/train/axes_view.h>
#include <ramie/train/canvas.h>

namespace ramie::train::detail {

// Draws nothing when nothing has a label.
void draw_legend(Canvas& canvas, const AxesContent& content, const View& view);

}  // namespace ramie::train::detail
