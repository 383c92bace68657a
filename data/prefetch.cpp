#include <ramie/data/prefetch.h>

#include <utility>

namespace ramie::data {

std::optional<Element> PrefetchStage::next() {
  if (!thread_.joinable()) start();
  std::unique_lock lock(mutex_);
  not_empty_.wait(lock, [&] { return !queue_.empty() || ended_; });
  if (queue_.empty()) {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    return {};
  }
  Element element = std::move(queue_.front());
  queue_.pop_front();
  not_full_.notify_one();
  return element;
}

void PrefetchStage::reset() {
  stop();
  queue_.clear();
  error_ = nullptr;
  ended_ = stopping_ = false;
  input_->reset();
}

void PrefetchStage::start() {
  thread_ = std::thread([this] { work(); });
}

void PrefetchStage::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  not_full_.notify_one();
  thread_.join();
}

void PrefetchStage::work() {
  std::exception_ptr error;
  try {
    while (push_next()) continue;
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
  ended_ = true;
  not_empty_.notify_one();
}

bool PrefetchStage::push_next() {
  {
    std::unique_lock lock(mutex_);
    not_full_.wait(lock, [&] { return queue_.size() < size_ || stopping_; });
    if (stopping_) return false;
  }
  auto element = input_->next();
  if (!element) return false;
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(*element));
  not_empty_.notify_one();
  return true;
}

}  // namespace ramie::data
