// The stage behind Pipeline::prefetch: threads that work ahead of the consumer.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include <ramie/data/stage.h>
#include <ramie/data/times.h>
#include <ramie/tensor/device.h>
#include <ramie/tensor/precision.h>

namespace ramie::data {

// The threads take turns to pull what comes next from the input, which is quick, and make the values side by
// side. They are handed out in the input's order.
class PrefetchStage : public Stage {
 public:
  PrefetchStage(StagePtr input, std::size_t size, std::size_t workers, std::shared_ptr<Times> times);
  PrefetchStage(const PrefetchStage&) = delete;
  PrefetchStage& operator=(const PrefetchStage&) = delete;
  ~PrefetchStage() override { stop(); }

  // An exception arrives in the place of its element; the pass ends after it.
  std::optional<Element> next() override;
  std::int64_t skip(std::int64_t n) override;
  void reset(std::uint64_t pass) override;

 private:
  struct Slot {
    Element element = {};
    std::exception_ptr error = nullptr;
    bool ready = false;
  };
  void start();
  void stop();
  void work();
  std::shared_ptr<Slot> pull();
  bool wait_for_room();

  StagePtr input_;
  std::size_t size_, workers_;
  std::shared_ptr<Times> times_;
  Device device_;  // on which the consumer's new tensors are made, and so the workers'
  Precision precision_;

  std::mutex pulling_;  // held by the thread that uses the input
  std::mutex mutex_;    // guards what follows
  std::condition_variable ready_, room_;
  std::deque<std::shared_ptr<Slot>> queue_;
  std::int64_t made_ = 0;  // how many of these are ready
  bool ended_ = false, stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace ramie::data
