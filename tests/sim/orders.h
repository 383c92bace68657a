// Runs f in each order of the threads, and sets back what a test changes.
#pragma once

#include <gtest/gtest.h>

#include <ramie/tensor/context.h>
#include <ramie/tensor/cuda/sim/settings.h>

namespace ramie::sim {

template <class F>
void in_every_order(F f) {
  for (const Order order : {Order::forward, Order::reverse, Order::random}) {
    SCOPED_TRACE(order == Order::forward ? "forward" : order == Order::reverse ? "reverse" : "random");
    const Restore<Order> restore(settings().order, order);
    f();
  }
}

}  // namespace ramie::sim
