// A transformer that learns to write, character by character, from one text file.
//
//   char_transformer --text book.txt --steps 2000
//   char_transformer --load out/char_transformer.safetensors --sample 1000 --prompt "The king" --top-k 10
//
// Its parts: the text and its windows (text.h), the model (model.h), training (here), writing (sample.h), the
// file of the trained model (checkpoint.h).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "common/mnist.h"

#include "checkpoint.h"
#include "settings.h"

namespace optim = ramie::optim;

namespace chars {
namespace {

// ---- Data: nine tenths of the text are learned from, the last tenth is for validation
struct Corpus {
  Vocabulary vocabulary;
  Tokens train, validation;
};

Corpus split(const std::u32string& text) {
  Vocabulary vocabulary(text);
  const std::u32string_view all = text;
  const std::size_t end = all.size() - all.size() / 10;
  return {vocabulary, vocabulary.encode(all.substr(0, end)), vocabulary.encode(all.substr(end))};
}

// Batches of windows that begin anywhere, for ever.
data::Pipeline training_batches(const Corpus& corpus, const Settings& s) {
  const auto windows = std::make_shared<const Windows>(corpus.train, s.model.context);
  return data::Pipeline::from_source(windows, {.sampler = data::shuffled(windows->size(), s.seed())})
      .repeat()
      .batch(s.options.batch_size)
      .prefetch(4)
      .map(data::to(ramie::default_device()));
}

// One window behind the other, once.
data::Pipeline validation_batches(const Corpus& corpus, const Settings& s) {
  const Windows windows(corpus.validation, s.model.context);
  return data::from_source(windows, s.options.batch_size,
                           {.sampler = data::range(0, windows.size(), s.model.context)})
      .cache()
      .map(data::to(ramie::default_device()));
}

// ---- The optimizer: AdamW, whose rate rises for a while and then falls along a cosine
optim::GradientTransformation optimizer_of(const Settings& s) {
  const int steps = static_cast<int>(s.steps), warm_up = std::max(1, std::min(100, steps / 10));
  const double peak = s.options.learning_rate;
  const optim::Mask matrices = [](std::string_view, const Tensor& p) { return p.rank() > 1; };
  const auto adamw = optim::adamw({.learning_rate = optim::warmup_cosine_decay_schedule(
                                       0, peak, warm_up, std::max(steps, warm_up + 1), peak / 10),
                                   .b2 = 0.99,
                                   .weight_decay = 0.1,
                                   .mask = matrices});
  const auto tx = optim::chain(optim::clip_by_global_norm(1), adamw);
  return s.accumulate > 1 ? optim::multi_steps(tx, static_cast<int>(s.accumulate)) : tx;
}

// ---- The steps
using Average = nn::metrics::Average;

void train_step(Transformer& model, optim::Optimizer& optimizer, Average& losses, const data::Batch& batch) {
  auto [loss, grads] = nn::value_and_grad(loss_fn)(model, batch);
  optimizer.update(model, grads);
  losses.update(loss);
}

// Each character counts once, also those of a batch that is not full.
void eval_step(Transformer& model, Average& losses, const data::Batch& batch) {
  losses.update(softmax_cross_entropy_with_integer_labels(model(batch["token"]), batch["next"]));
}

double mean_since_last(Average& losses) {
  const double mean = losses.compute();
  losses.reset();
  return mean;
}

// ---- Training, and its lines
struct Line {
  std::int64_t step;
  double train_loss, validation_loss, tokens_per_second;
};

double bits(double nats) { return nats / std::numbers::ln2; }

void print(const Line& l) {
  std::printf("%6d  %13.4f  %15.4f  %9.3f  %8.0f\n", int(l.step), l.train_loss, l.validation_loss,
              bits(l.validation_loss), l.tokens_per_second);
}

// Each time that the validation loss is the least so far, the weights go into the file.
std::vector<Line> train(Transformer& model, const Corpus& corpus, const Settings& s,
                        const std::filesystem::path& file) {
  const data::Pipeline validation = validation_batches(corpus, s);
  data::Iterator batches = training_batches(corpus, s).iterator();
  optim::Optimizer optimizer(model, optimizer_of(s));
  Transformer eval_model = nn::eval_view(model);  // the same weights, without dropout
  Average train_loss, validation_loss;
  const auto jit_train_step = nn::jit(train_step);  // recorded by their first call, replayed by all others
  const auto jit_eval_step = nn::jit(eval_step);

  std::printf("  step  training loss  validation loss  bits/char  tokens/s\n");
  std::vector<Line> lines;
  ramie::train::ProgressBar bar(static_cast<std::size_t>(s.steps), s.progress());
  double start = example::seconds_now(), best = std::numeric_limits<double>::infinity(), tokens = 0;
  for (std::int64_t step = 1; step <= s.steps; ++step) {
    for (std::int64_t i = 0; i < s.accumulate; ++i) {
      const data::Batch batch = *batches.next();
      jit_train_step(model, optimizer, train_loss, batch);
      tokens += static_cast<double>(batch["token"].size());
    }
    bar.update(static_cast<std::size_t>(step));
    if (step % s.report != 0 && step != s.steps) continue;

    Line line{step, mean_since_last(train_loss), 0, tokens / (example::seconds_now() - start)};
    for (const data::Batch& batch : validation) jit_eval_step(eval_model, validation_loss, batch);
    line.validation_loss = mean_since_last(validation_loss);
    bar.clear();
    print(line);
    example::check_loss(line.train_loss + line.validation_loss, step);
    if (line.validation_loss < best) save(model, corpus.vocabulary, file);
    best = std::min(best, line.validation_loss);
    lines.push_back(line);
    start = example::seconds_now(), tokens = 0;
  }
  return lines;
}

// ---- What is left behind
void save_curve(const std::vector<Line>& lines, double letters_alone, const std::filesystem::path& path) {
  std::vector<double> steps, training, validation;
  for (const Line& l : lines) {
    steps.push_back(static_cast<double>(l.step));
    training.push_back(bits(l.train_loss)), validation.push_back(bits(l.validation_loss));
  }
  ramie::train::Figure figure({.width = 8, .height = 5});
  figure.axes()
      .line(steps, training, {.label = "training"})
      .line(steps, validation, {.label = "validation"})
      .horizontal_line(letters_alone,
                       {.label = "how frequent characters are", .color = "gray", .dashed = true})
      .x_label("Step")
      .y_label("Bits per character")
      .grid(0.3)
      .legend();
  figure.save(path);
  std::printf("Saved: %s\n", path.c_str());
}

void write_json(const std::vector<Line>& lines, std::int64_t parameters, double letters_alone,
                const example::Options& o) {
  nlohmann::ordered_json out = example::json_head(o, parameters);
  out["unigram_bits"] = letters_alone;
  for (const Line& l : lines)
    out["lines"].push_back({{"step", l.step},
                            {"train_loss", l.train_loss},
                            {"validation_loss", l.validation_loss},
                            {"bits_per_character", bits(l.validation_loss)},
                            {"tokens_per_second", l.tokens_per_second}});
  example::write_json(o, out);
}

void print_model(const Transformer& model, const Settings& s) {
  std::printf("Model: %d parameters; %d blocks of %d heads, %d features, %d characters, a context of %d\n",
              int(nn::parameter_count(model)), int(model.blocks.size()),
              int(model.blocks[0].attention.num_heads), int(model.token.features),
              int(model.token.num_embeddings), int(model.context()));
  if (s.summary)
    std::cout << nn::summary(nn::eval_view(model), ramie::zeros({1, model.context()}, ramie::int32)) << "\n";
}

// Without a prompt, the model goes on from the first of its characters: in most texts the end of a line.
Tokens prompt_of(const Settings& s, const Vocabulary& vocabulary) {
  return s.prompt.empty() ? Tokens{0} : vocabulary.encode(code_points(s.prompt, "--prompt"));
}

std::pair<Transformer, Vocabulary> trained(Settings s) {
  const Corpus corpus = split(read_text(s.text));
  const double letters_alone = bits(unigram_entropy(corpus.train, corpus.vocabulary.size()));
  std::printf("Text: %s, %d characters to learn from, %d for validation\n", s.text.c_str(),
              int(corpus.train.size()), int(corpus.validation.size()));
  std::printf("Who knows how frequent its characters are, and nothing else, needs %.3f bits for each\n",
              letters_alone);
  prompt_of(s, corpus.vocabulary);  // what is wrong with it is told before the training
  s.model.vocabulary = corpus.vocabulary.size();
  nn::Rngs rngs(s.options.seed);
  Transformer model(s.model, rngs);
  print_model(model, s);

  const std::filesystem::path file = s.options.out / "char_transformer.safetensors";
  const std::vector<Line> lines = train(model, corpus, s, file);
  std::printf("Saved: %s, the weights of the least validation loss\n", file.c_str());
  save_curve(lines, letters_alone, s.options.picture("char_transformer_loss"));
  write_json(lines, nn::parameter_count(model), letters_alone, s.options);
  return load(file);
}

std::pair<Transformer, Vocabulary> loaded(const Settings& s) {
  auto [model, vocabulary] = load(s.load);
  print_model(model, s);
  return {std::move(model), vocabulary};
}

void write_text(const Transformer& model, const Vocabulary& vocabulary, const Settings& s) {
  std::printf("\n%s", s.prompt.c_str());
  SampleOptions options = s.sampling;
  options.seed = s.options.seed;
  const double start = example::seconds_now();
  sample(model, prompt_of(s, vocabulary), s.sample, options, [&](std::int32_t token) {
    std::printf("%s", utf8(vocabulary[token]).c_str());
    std::fflush(stdout);
  });
  std::printf("\n\n%d characters, %.0f per second\n", int(s.sample),
              static_cast<double>(s.sample) / (example::seconds_now() - start));
}

void run(const Settings& s) {
  if (s.model.features % s.model.heads != 0)
    ramie::fail("options", "--features " + std::to_string(s.model.features) + " is no multiple of --heads " +
                               std::to_string(s.model.heads) + ".");
  const auto [model, vocabulary] = s.load.empty() ? trained(s) : loaded(s);
  write_text(model, vocabulary, s);
}

}  // namespace
}  // namespace chars

int main(int argc, char** argv) {
  chars::Settings s;
  return example::run(
      argc, argv, "A transformer that learns to write, character by character, from one text file.",
      s.options, [&](CLI::App& app, example::Options& o) { chars::add_flags(app, s, o); },
      [&](const example::Options& options) {
        s.options = options;
        chars::run(s);
      });
}
