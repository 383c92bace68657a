#include <ramie/tensor/cuda/order.h>

#include <algorithm>

#include <ramie/tensor/cuda/stream.h>

namespace ramie::gpu {

Order::Order(int device) : device_(device), current_(current_stream(device)) {}
Order::~Order() {
  try {
    end();
  } catch (...) {  // the device is lost: nothing will run on it again
  }
}

void Order::join(CUstream_st* other) {
  if (std::find(others_.begin(), others_.end(), other) != others_.end()) return;
  wait_for(device_, current_, other);
  others_.push_back(other);
}

void Order::end() {
  while (!others_.empty()) {
    CUstream_st* other = others_.back();
    others_.pop_back();
    wait_for(device_, other, current_);
  }
}

}  // namespace ramie::gpu
