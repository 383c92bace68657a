// Drawings of a graph and of its backward. A record for each value: label | data | grad; the ops between.
//
//   KeepValues keep;                                              // so that every number is there
//   Tensor a = variable(2.0), b = variable(-3.0), loss = a * b + a;
//   draw(loss, "graph.svg", {{"a", a}, {"b", b}, {"loss", loss}});   // also .dot
//   draw(loss, "graph.html", {{"a", a}, {"b", b}});               // a page that plays the backward
//
// The SVG and DOT show the gradients once backward(loss, {.retain_graph = true}) has filled them, and say so
// while it has not. The HTML page needs no network: step, play, reset and jump through the backward as the
// engine ran it, with each rule, the gradient that comes in and the running sums. Large tensors are summed
// up.
#pragma once

#include <ramie/autograd/backward_trace.h>

namespace ramie {

std::string to_dot(const BackwardTrace& trace);
std::string to_svg(const BackwardTrace& trace);
std::string to_html(const BackwardTrace& trace);
void draw(const Tensor& y, const std::string& path, const Names& names = {});

}  // namespace ramie
