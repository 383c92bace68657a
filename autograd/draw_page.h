// The page that plays a backward: HTML, style and script, with marks where draw_html.cpp puts the graph.
#pragma once

#include <string>

namespace ramie::detail {

std::string page();

}  // namespace ramie::detail
