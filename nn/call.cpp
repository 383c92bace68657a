#include <ramie/nn/call.h>

#include <algorithm>
#include <atomic>

#include <ramie/autograd/jit.h>

namespace ramie::nn::detail {

struct Observing::Link {
  std::shared_ptr<Observer> observer;
  std::atomic<bool> active = true;
};

class Observers {
 public:
  ~Observers() { end(); }
  void add(std::shared_ptr<Observing::Link> link) {
    if (!observers) ramie::detail::run_eagerly(+1);
    links_.push_back(std::move(link));
    observers = this;
  }
  void drop_stopped() {
    std::erase_if(links_, [](const auto& link) { return !link->active; });
    if (links_.empty()) end();
  }
  // A copy, since whoever is called may start and stop others.
  template <class F>
  void each(const F& f) {
    const auto links = links_;
    for (auto& link : links)
      if (link->active) f(*link->observer);
    drop_stopped();
  }
  std::vector<ModuleId> running;

 private:
  void end() {
    if (std::exchange(observers, nullptr)) ramie::detail::run_eagerly(-1);
  }
  std::vector<std::shared_ptr<Observing::Link>> links_;
};

namespace {

Observers& of_thread() {
  thread_local Observers all;
  return all;
}

}  // namespace

Observing::Observing(std::shared_ptr<Observer> o) : link_(std::make_shared<Link>()) {
  link_->observer = std::move(o);
  of_thread().add(link_);
}
Observing& Observing::operator=(Observing&& o) noexcept {
  stop();
  link_ = std::move(o.link_);
  return *this;
}
void Observing::stop() {
  if (!link_) return;
  link_->active = false;
  link_.reset();
  if (observers) observers->drop_stopped();
}

const std::vector<ModuleId>& running_modules() { return of_thread().running; }

Running::Running(const ModuleId& id) : id_(id) { of_thread().running.push_back(id); }
Running::~Running() { of_thread().running.pop_back(); }
bool Running::is_innermost(const ModuleId& id) {
  const auto& running = of_thread().running;
  return !running.empty() && running.back() == id;
}
void Running::before(Tensor& input) const {
  of_thread().each([&](Observer& o) { o.before(id_, input); });
}
void Running::after(const Tensor& input, Tensor* output) const {
  of_thread().each([&](Observer& o) { o.after(id_, input, output); });
}
void sow(const ModuleId& id, std::string_view name, const Tensor& value) {
  of_thread().each([&](Observer& o) { o.sow(id, name, value); });
}

}  // namespace ramie::nn::detail
