// The stage behind Pipeline::prefetch: a thread that works ahead of the consumer.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include <ramie/data/stage.h>

namespace ramie::data {

class PrefetchStage : public Stage {
 public:
  PrefetchStage(StagePtr input, std::size_t size) : input_(std::move(input)), size_(size) {}
  PrefetchStage(const PrefetchStage&) = delete;
  PrefetchStage& operator=(const PrefetchStage&) = delete;
  ~PrefetchStage() override { stop(); }

  // An exception of the input arrives in its place; the pass ends after it.
  std::optional<Element> next() override;
  void reset() override;

 private:
  void start();
  void stop();
  void work();
  bool push_next();  // false when there is no more to do

  StagePtr input_;
  std::size_t size_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable not_empty_, not_full_;
  std::deque<Element> queue_;
  std::exception_ptr error_;
  bool ended_ = false, stopping_ = false;

  std::thread thread_;
};

}  // namespace ramie::data
