// Whole training steps of the MNIST models that frameworks are compared on, one JSON object a line.
//
//   train_step --model M --batch B --steps S --threads T --mode train|eval [--device cuda] [--precision tf32]
//              [--jit | --repeat N | --explain] [--data-dir DIR] [--label TEXT]
//
// Models: flax_nnx, datarax, pytorch_guide, treadmill, treadmill_deeper, treadmill_bn, flax_linen, mlp, tiny.
// A step is forward, loss, backward and optimizer on a batch that is already gathered as float on the device;
// eval is the forward pass without a graph. --jit records the step once and replays it, --repeat N of
// them in one call, on a data set that lives on the device; --explain prints a line after each pass. The
// first steps are not counted. ms_per_step is the median of steps that are each waited for, ms_pipelined the
// mean of as many that are given to the device without waiting.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include <ramie/ramie.h>
#include <ramie/tensor/cpu/parallel.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/precision.h>

namespace nn = ramie::nn;
namespace optim = ramie::optim;
namespace data = ramie::data;
using ramie::Tensor;

namespace {

struct Spec {
  std::string name;
  std::vector<std::int64_t> convs, dense;  // output features; dense ends with the 10 classes
  bool max_pool = true, batch_norm = false, log_softmax = false, standardise = false;
  double dropout = 0;
  std::string optimizer = "adam";
  double rate = 1e-3;
};

const std::vector<Spec> specs = {
    {.name = "flax_nnx",
     .convs = {32, 64},
     .dense = {256, 10},
     .max_pool = false,
     .optimizer = "adamw",
     .rate = 0.005},
    {.name = "datarax", .convs = {32, 64}, .dense = {128, 10}},
    {.name = "pytorch_guide", .convs = {16, 32}, .dense = {128, 10}, .standardise = true},
    {.name = "treadmill", .convs = {32, 64}, .dense = {128, 10}, .dropout = 0.5},
    {.name = "treadmill_deeper", .convs = {16, 32, 64}, .dense = {128, 10}, .dropout = 0.5},
    {.name = "treadmill_bn", .convs = {32, 64}, .dense = {128, 10}, .batch_norm = true},
    {.name = "flax_linen",
     .convs = {32, 64},
     .dense = {256, 10},
     .max_pool = false,
     .log_softmax = true,
     .optimizer = "sgd",
     .rate = 0.1},
    {.name = "mlp", .convs = {}, .dense = {512, 512, 10}},
    {.name = "tiny", .convs = {}, .dense = {16, 10}},
};

const Spec& spec_of(const std::string& name) {
  auto at = std::find_if(specs.begin(), specs.end(), [&](const Spec& s) { return s.name == name; });
  if (at == specs.end()) ramie::fail("train_step", "unknown model '" + name + "'.");
  return *at;
}

struct Net : nn::Module<Net> {
  std::vector<nn::Conv> convs;
  std::vector<nn::BatchNorm> norms;
  std::vector<nn::Linear> dense;
  nn::Dropout dropout;
  bool max_pool, log_softmax;

  Net(const Spec& s, nn::Rngs& rngs)
      : dropout(s.dropout, rngs), max_pool(s.max_pool), log_softmax(s.log_softmax) {
    std::int64_t channels = 1, side = 28;
    for (auto out : s.convs) {
      convs.emplace_back(channels, out, nn::ConvOptions{.kernel_size = {3, 3}}, rngs);
      if (s.batch_norm) norms.emplace_back(out, rngs);
      channels = out, side /= 2;
    }
    std::int64_t in = s.convs.empty() ? 784 : channels * side * side;
    for (auto out : s.dense) dense.emplace_back(std::exchange(in, out), out, rngs);
  }
  Tensor operator()(Tensor x) {
    for (std::size_t i = 0; i < convs.size(); ++i) {
      x = convs[i](x);
      if (!norms.empty()) x = norms[i](x);
      x = relu(x);
      const ramie::PoolOptions window{.window = {2, 2}, .strides = {2, 2}};
      x = max_pool ? ramie::max_pool(x, window) : avg_pool(x, window);
    }
    if (!convs.empty()) x = reshape(x, {x.shape(0), -1});
    for (std::size_t i = 0; i + 1 < dense.size(); ++i) x = dropout(relu(dense[i](x)));
    x = dense.back()(x);
    return log_softmax ? ramie::log_softmax(x) : x;
  }
  using fields =
      nn::Fields<&Net::convs, &Net::norms, &Net::dense, &Net::dropout, &Net::max_pool, &Net::log_softmax>;
};

optim::GradientTransformation optimizer_of(const Spec& s) {
  if (s.optimizer == "adamw") return optim::adamw({.learning_rate = s.rate});
  if (s.optimizer == "sgd") return optim::sgd({.learning_rate = s.rate, .momentum = 0.9});
  return optim::adam({.learning_rate = s.rate});
}

struct Flags {
  std::string model = "flax_nnx", mode = "train", label = "stock", device = "cpu", precision = "strict";
  std::filesystem::path data_dir;
  std::int64_t batch = 32, steps = 100, seed = 0, repeat = 0;
  int threads = 0;
  bool jit = false, explain = false;
};

data::Split load(const Flags& f) {
  const ramie::DeviceScope on(ramie::cpu());
  return data::Mnist({.data_dir = f.data_dir, .download = false, .drawn_train = 8192}).train();
}
Tensor prepared(const Tensor& images, const Spec& s) {
  Tensor x = images.astype(ramie::float32) / 255;
  if (s.standardise) x = (x - 0.1307) / 0.3081;
  return s.convs.empty() ? reshape(x, {x.shape(0), -1}) : x;
}
// Batches gathered before the clock starts.
std::vector<data::Batch> gather(const Flags& f, const Spec& s) {
  const ramie::Device device = ramie::default_device();
  const ramie::DeviceScope on(ramie::cpu());
  const data::Split train = load(f);
  std::vector<data::Batch> pool;
  const std::int64_t count = std::clamp<std::int64_t>(8192 / f.batch, 4, 64);
  for (auto& batch : train.pipeline().repeat().shuffle(8192).batch(f.batch).take(count)) {
    pool.push_back({{"image", prepared(batch["image"], s).to(device)}, {"label", batch["label"].to(device)}});
  }
  return pool;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double quantile(std::vector<double> v, double q) {
  std::sort(v.begin(), v.end());
  return v[static_cast<std::size_t>(q * static_cast<double>(v.size() - 1))];
}
double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

using Step = std::function<Tensor()>;

struct Timing {
  std::vector<double> seconds;  // of steps that are each waited for
  double pipelined;             // of one of as many that are not
};

class Bench {
 public:
  Bench(const Flags& f, const Spec& s, nn::Rngs rngs)
      : flags_(f), pool_(gather(f, s)), net_(s, rngs), optimizer_(net_, optimizer_of(s)) {}

  void run() {
    if (flags_.explain) return explain();
    if (flags_.repeat) return print(time(several(), flags_.repeat));
    print(time(flags_.jit ? jitted(ramie::default_passes())
                          : Step([this] { return step()(net_, optimizer_, next()); })));
  }

 private:
  static Tensor loss_of(Net& net, const data::Batch& batch) {
    const Tensor out = net(batch["image"]);
    if (!net.log_softmax) return mean(softmax_cross_entropy_with_integer_labels(out, batch["label"]));
    return -mean(take_along_axis(out, reshape(batch["label"], {-1, 1}), 1));
  }
  static Tensor train(Net& net, optim::Optimizer& optimizer, const data::Batch& batch) {
    auto [loss, grads] = nn::value_and_grad(loss_of)(net, batch);
    optimizer.update(net, grads);
    return loss;
  }
  static Tensor evaluate(Net& net, optim::Optimizer&, const data::Batch& batch) {
    Net eval = nn::eval_view(net);
    return sum(eval(batch["image"]));
  }
  auto step() const -> decltype(&train) { return flags_.mode == "train" ? train : evaluate; }
  const data::Batch& next() { return pool_[next_++ % pool_.size()]; }
  Step jitted(std::vector<ramie::Pass> passes) {
    return [this, f = nn::jit(step(), {.passes = std::move(passes)})] { return f(net_, optimizer_, next()); };
  }
  // Many steps in one program, which fetches its batches from a data set on the device.
  Step several() {
    auto one = nn::jit([this, f = step(), train = data::Resident(load(flags_), {.batch_size = flags_.batch})](
                           Net& net, optim::Optimizer& optimizer) mutable {
      data::Batch batch = train.next();
      batch["image"] = prepared(batch["image"], spec_of(flags_.model));
      return f(net, optimizer, batch);
    });
    return [this, f = one.repeat(static_cast<int>(flags_.repeat))] { return f(net_, optimizer_); };
  }

  Timing time(const Step& call, std::int64_t steps = 1) {
    const auto wait = [] { ramie::synchronize(ramie::default_device()); };
    const std::int64_t calls = std::max<std::int64_t>(flags_.steps / steps, 3);
    for (std::int64_t i = 0; i < (steps > 1 ? 2 : std::max<std::int64_t>(10, calls / 10)); ++i)
      loss_ = call();
    wait();
    Timing t;
    for (std::int64_t i = 0; i < calls; ++i) {
      const double start = seconds_now();
      loss_ = call();
      wait();
      t.seconds.push_back((seconds_now() - start) / static_cast<double>(steps));
    }
    const double start = seconds_now();
    for (std::int64_t i = 0; i < calls; ++i) loss_ = call();
    wait();
    t.pipelined = (seconds_now() - start) / static_cast<double>(calls * steps);
    return t;
  }
  // A line after each pass.
  void explain() {
    auto f = nn::jit(step());
    f(net_, optimizer_, next());
    std::vector<ramie::Pass> passes;
    for (std::size_t i = 0;; ++i) {
      ramie::Program p = f.recorded();
      ramie::run_passes(p, passes);
      const auto memory = p.memory ? *p.memory : ramie::plan_memory(p);
      const auto cost = ramie::cost(p);
      const nlohmann::ordered_json line{{"after", passes.empty() ? "recording" : passes.back().name},
                                        {"model", flags_.model},
                                        {"launches", cost.launches},
                                        {"flops", cost.flops},
                                        {"bytes", cost.bytes},
                                        {"peak_bytes", memory.alive},
                                        {"arena_bytes", memory.arena},
                                        {"ms_per_step", quantile(time(jitted(passes)).seconds, 0.5) * 1e3}};
      std::puts(line.dump().c_str());
      if (i == ramie::all_passes().size()) return;
      passes.push_back(ramie::all_passes()[i]);
    }
  }
  void print(const Timing& t) const {
    const double ms = quantile(t.seconds, 0.5) * 1e3;
    const std::string kind = flags_.repeat ? " jit, " + std::to_string(flags_.repeat) + " steps a call"
                             : flags_.jit  ? " jit"
                                           : "";
    const nlohmann::ordered_json line{
        {"peer", "ramie" + kind},
        {"label", flags_.label},
        {"what", flags_.mode},
        {"model", flags_.model},
        {"batch", flags_.batch},
        {"threads", ramie::threads()},
        {"steps", flags_.steps},
        {"ms_per_step", ms},
        {"ms_p10", quantile(t.seconds, 0.1) * 1e3},
        {"ms_p90", quantile(t.seconds, 0.9) * 1e3},
        {"ms_pipelined", t.pipelined * 1e3},
        {"images_per_s", std::round(static_cast<double>(flags_.batch) / ms * 1e3)},
        {"loss", loss_.item()},
        {"device", str(ramie::default_device())},
        {"precision", str(ramie::precision())},
        {"peak_rss_mb", peak_megabytes()}};
    std::puts(line.dump().c_str());
  }
  Flags flags_;
  std::vector<data::Batch> pool_;
  Net net_;
  optim::Optimizer optimizer_;
  Tensor loss_;
  std::size_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Flags f;
  CLI::App app("Times whole training steps; prints one JSON object.");
  app.add_option("--model", f.model);
  app.add_option("--batch", f.batch)->check(CLI::PositiveNumber);
  app.add_option("--steps", f.steps)->check(CLI::PositiveNumber);
  app.add_option("--threads", f.threads)->check(CLI::NonNegativeNumber);
  app.add_option("--mode", f.mode)->check(CLI::IsMember({"train", "eval"}));
  app.add_option("--data-dir", f.data_dir);
  app.add_option("--seed", f.seed);
  app.add_flag("--jit", f.jit);
  app.add_option("--repeat", f.repeat, "steps in one call of a jitted program")->check(CLI::PositiveNumber);
  app.add_flag("--explain", f.explain);
  app.add_option("--label", f.label);
  app.add_option("--device", f.device, "cpu, cuda, cuda:1 or auto");
  app.add_option("--precision", f.precision, "of float32 products on CUDA: strict, tf32 or bf16");
  CLI11_PARSE(app, argc, argv);
  try {
    if (f.threads > 0) ramie::set_threads(f.threads);
    ramie::set_default_device(ramie::parse_device(f.device));
    ramie::set_precision(ramie::parse_precision(f.precision));
    Bench(f, spec_of(f.model), nn::Rngs(f.seed)).run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
