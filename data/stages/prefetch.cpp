#include <ramie/data/stages/prefetch.h>

#include <utility>

#include <ramie/autograd/engine.h>
#include <ramie/tensor/context.h>
#include <ramie/tensor/cpu/parallel.h>

namespace ramie::data {

PrefetchStage::PrefetchStage(StagePtr input, std::size_t size, std::size_t workers,
                             std::shared_ptr<Times> times)
    : input_(std::move(input)),
      size_(size),
      workers_(workers),
      times_(std::move(times)),
      device_(default_device()),
      precision_(precision()) {}

std::optional<Element> PrefetchStage::next() {
  if (threads_.empty()) start();
  std::unique_lock lock(mutex_);
  ++times_->asked;
  times_->ready += made_;
  {
    const Stopwatch watch(times_->waited_for_data);
    ready_.wait(lock, [&] { return queue_.empty() ? ended_ : queue_.front()->ready; });
  }
  if (queue_.empty()) return {};
  const std::shared_ptr<Slot> slot = std::move(queue_.front());
  queue_.pop_front();
  --made_;
  room_.notify_one();
  if (!slot->error) return std::move(slot->element);
  ended_ = stopping_ = true;  // the other workers' elements are not asked for
  queue_.clear();
  room_.notify_all();
  std::rethrow_exception(slot->error);
}

std::int64_t PrefetchStage::skip(std::int64_t n) {
  return threads_.empty() ? input_->skip(n) : Stage::skip(n);
}

void PrefetchStage::reset(std::uint64_t pass) {
  stop();
  queue_.clear();
  made_ = 0;
  ended_ = stopping_ = false;
  input_->reset(pass);
}

void PrefetchStage::start() {
  for (std::size_t i = 0; i < workers_; ++i) threads_.emplace_back([this] { work(); });
}

void PrefetchStage::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void PrefetchStage::work() {
  const NoGrad no_grad;
  const DeviceScope on(device_);
  const PrecisionScope with(precision_);
  set_threads(1);  // of kernels: the workers are the threads
  while (const auto slot = pull()) {
    try {
      if (!slot->error) slot->element = element_of(slot->element.make(), slot->element.records());
    } catch (...) {
      slot->error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    ++times_->elements;
    slot->ready = true;
    ++made_;
    ready_.notify_one();
  }
}

// The next element in the input's order, with its place in the queue; none when there is no more to do.
std::shared_ptr<PrefetchStage::Slot> PrefetchStage::pull() {
  const std::lock_guard turn(pulling_);
  if (!wait_for_room()) return nullptr;
  auto slot = std::make_shared<Slot>();
  try {
    if (auto element = input_->next())
      slot->element = std::move(*element);
    else
      slot = nullptr;
  } catch (...) {
    slot->error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return nullptr;  // the pass has ended meanwhile
  if (slot) queue_.push_back(slot);
  ended_ = !slot || slot->error;
  ready_.notify_one();
  return slot;
}

bool PrefetchStage::wait_for_room() {
  const Stopwatch watch(times_->waited_for_room);
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return queue_.size() < size_ || stopping_; });
  return !stopping_ && !ended_;
}

}  // namespace ramie::data
