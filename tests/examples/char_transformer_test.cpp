// The transformer's parts, held to PyTorch and to one another, and the example as a user runs it.
#include "../../examples/char_transformer/checkpoint.h"
#include "../../examples/char_transformer/sample.h"
#include "examples/mnist_example.h"

#include <set>

#include "support/error.h"
#include "support/ops.h"
#include "support/oracle.h"

namespace fs = std::filesystem;
namespace nn = ramie::nn;

namespace {

using chars::Tokens;
using ramie::Tensor;
using ramie::testing::Outcome;

const chars::ModelOptions tiny = {.vocabulary = 7, .context = 8, .layers = 2, .heads = 2, .features = 8};

Tensor numbers(const std::vector<std::int32_t>& values, const ramie::Shape& shape) {
  return ramie::from_vector(values, shape);
}

template <class F>
void expect_error(F&& f, const std::string& words) {
  EXPECT_NE(ramie::error_text(f).find(words), std::string::npos) << ramie::error_text(f);
}

// ---- The text
TEST(CharText, ReadsAndWritesUtf8) {
  const std::string bytes = "a\n\xc3\xa9\xe2\x80\x93\xf0\x9f\xa7\xb5";
  EXPECT_EQ(chars::code_points(bytes, "it"), U"a\né–🧵");
  EXPECT_EQ(chars::utf8(U"a\né–🧵"), bytes);
}

TEST(CharText, WhatIsNotUtf8IsAnErrorThatNamesTheByte) {
  const std::string bad[] = {"\x80",         "\xe9t\xe9",        "\xc0\x80",         "\xe0\x80\x80",
                             "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80",
                             "\xff",         "\xe2\x82"};
  for (const std::string& bytes : bad)
    expect_error([&] { chars::code_points("ab" + bytes, "book.txt"); },
                 "[text] book.txt is not UTF-8: see byte 2. Convert it first");
}

TEST(CharText, NumbersTheCharactersInTheirOrder) {
  const chars::Vocabulary vocabulary(U"banané");
  EXPECT_EQ(vocabulary.characters(), U"abné");
  EXPECT_EQ(vocabulary.encode(U"néba"), (Tokens{2, 3, 1, 0}));
  EXPECT_EQ(vocabulary[3], U'é');
  expect_error([&] { vocabulary.encode(U"baß"); },
               "[vocabulary] the model has never seen the character 'ß': it knows abné alone.");
}

TEST(CharText, UnigramEntropy) {
  EXPECT_DOUBLE_EQ(chars::unigram_entropy({0, 1, 2, 3}, 4), std::log(4));
  EXPECT_DOUBLE_EQ(chars::unigram_entropy({0, 0, 0, 1}, 3), 0.75 * std::log(4 / 3.) + 0.25 * std::log(4));
  EXPECT_DOUBLE_EQ(chars::unigram_entropy({2, 2}, 3), 0);
}

TEST(CharText, WindowsBeginAnywhere) {
  const chars::Windows windows({5, 6, 7, 8, 9}, 3);
  ASSERT_EQ(windows.size(), 2);
  EXPECT_EQ(windows.record(1)["token"].to_vector<int>(), (Tokens{6, 7, 8}));
  EXPECT_EQ(windows.record(1)["next"].to_vector<int>(), (Tokens{7, 8, 9}));
  expect_error(
      [] {
        chars::Windows({1, 2, 3}, 3);
      },
      "[text] a part of the text has 3 characters, but a window of 3 and the next needs 4: give a "
      "longer text or a smaller --context.");
}

// ---- The model
chars::Transformer model_of(const chars::ModelOptions& options, std::int64_t seed = 0) {
  nn::Rngs rngs(seed);
  return chars::Transformer(options, rngs);
}

TEST(CharTransformer, GivesPyTorchsLogitsLossAndGradients) {
  const auto expected = ramie::oracle::read("examples/char_transformer.json");
  const auto& sizes = expected["sizes"];
  chars::Transformer model = model_of({.vocabulary = sizes["vocabulary"],
                                       .context = sizes["context"],
                                       .layers = sizes["layers"],
                                       .heads = sizes["heads"],
                                       .features = sizes["features"],
                                       .dropout = 0});
  const auto values = [&](const char* what, const std::string& path) {
    return expected[what].at(path).get<std::vector<double>>();
  };
  for (auto& found : nn::variables(model))
    if (nn::is<nn::Param>(found.path, *found.kind))
      found.variable->store(ramie::from_vector(values("weights", found.path), found.variable->shape()));

  std::vector<std::int32_t> text;
  for (auto& row : expected["text"]) text.insert(text.end(), row.begin(), row.end());
  const Tensor windows = numbers(text, {3, model.context() + 1});
  const ramie::data::Batch batch{{"token", windows.slice(1, 0, model.context())},
                                 {"next", windows.slice(1, 1, model.context() + 1)}};
  const Tensor logits = model(batch["token"]);
  ramie::expect_near(logits, expected["logits"].get<std::vector<double>>(), logits.shape(), 1e-12);
  const auto [loss, grads] = nn::value_and_grad(chars::loss_fn)(model, batch);
  EXPECT_NEAR(loss.item(), expected["loss"], 1e-13);
  ASSERT_EQ(grads.size(), expected["gradients"].size());
  for (auto& [path, grad] : grads) {
    SCOPED_TRACE(path);
    const Tensor other = ramie::from_vector(values("gradients", path), grad.shape());
    EXPECT_LT(max(abs(grad - other)).item(), 1e-13);  // those of the keys' biases are 0
  }
}

TEST(CharTransformer, HasOneMatrixForTheWayInAndOut) {
  const std::int64_t f = tiny.features, block = 12 * f * f + 13 * f;
  EXPECT_EQ(nn::parameter_count(model_of(tiny)), (7 + 8) * f + 2 * block + 2 * f);
}

TEST(CharTransformer, DecodingWithTheCacheEqualsTheFullForward) {
  chars::Transformer model = nn::eval_view(model_of(tiny));
  const Tensor tokens = numbers({3, 1, 4, 1, 5, 2, 6, 0, 2, 0, 1, 2, 6, 5, 4, 3}, {2, 8});
  const Tensor logits = model(tokens);
  for (int again = 0; again < 2; ++again) {  // a fresh cache has forgotten the first time
    model.init_cache(2);
    for (int t = 0; t < 8; ++t)
      ramie::expect_near(model.decode(tokens.slice(1, t, t + 1)), logits.slice(1, t, t + 1), 2e-6);
  }
}

// ---- Writing
// The likeliest next token after all of the text, by the full forward.
std::int32_t likeliest(chars::Transformer& model, const Tokens& text) {
  const auto length = static_cast<std::int64_t>(text.size());
  return argmax(model(numbers(text, {1, length})).slice(1, length - 1, length), -1).item<std::int32_t>();
}

Tokens written(const chars::Transformer& model, const Tokens& prompt, std::int64_t count,
               const chars::SampleOptions& options) {
  Tokens tokens;
  chars::sample(model, prompt, count, options, [&](std::int32_t token) { tokens.push_back(token); });
  return tokens;
}

// Weights that are large enough for a text that is not always the same character.
chars::Transformer opinionated() {
  chars::Transformer model = model_of(tiny);
  for (auto& found : nn::variables(model))
    if (found.path == "token.embedding" || found.path == "position")
      found.variable->store(*found.variable * (found.path == "position" ? 100 : 20));
  return model;
}

TEST(CharSample, TheLikeliestTextIsThatOfTheFullForward) {
  const chars::Transformer model = opinionated();
  chars::Transformer reference = nn::eval_view(model);
  for (const Tokens& prompt : {Tokens{2}, Tokens{2, 5, 1}, Tokens{1, 2, 3, 4, 5, 6, 0, 1, 2, 3}}) {
    Tokens text = prompt, seen = prompt.size() < 8 ? prompt : Tokens(prompt.end() - 4, prompt.end());
    for (int i = 0; i < 30; ++i) {
      if (seen.size() > 8) seen.erase(seen.begin(), seen.end() - 4);  // a full context goes on with its half
      text.push_back(likeliest(reference, seen));
      seen.push_back(text.back());
    }
    Tokens found = prompt;
    for (const std::int32_t t : written(model, prompt, 30, {.temperature = 0})) found.push_back(t);
    EXPECT_EQ(found, text);
    EXPECT_GT(std::set<std::int32_t>(found.end() - 30, found.end()).size(), 1u);
  }
}

TEST(CharSample, FollowsTheSeed) {
  const chars::Transformer model = model_of(tiny);
  const Tokens text = written(model, {1}, 40, {.seed = 5});
  EXPECT_EQ(written(model, {1}, 40, {.seed = 5}), text);
  EXPECT_NE(written(model, {1}, 40, {.seed = 6}), text);
  EXPECT_EQ(written(model, {1}, 40, {.top_k = 1, .seed = 5}), written(model, {1}, 40, {.temperature = 0}));
  EXPECT_TRUE(written(model, {1}, 0, {}).empty());
}

TEST(CharSample, DrawsFromTheSoftmax) {
  const std::vector<float> logits{1, 0, 2, -1};
  const std::int64_t n = 20000;
  const auto shares = [&](const chars::SampleOptions& options) {
    const Tensor many = broadcast_to(ramie::from_vector(logits), {n, 1, 4});
    const auto drawn = chars::next_token(many, options, ramie::random::key(3)).to_vector<int>();
    std::vector<double> counts(4);
    for (const int i : drawn) counts[static_cast<std::size_t>(i)] += 1 / static_cast<double>(n);
    return ramie::from_vector(counts);
  };
  const Tensor x = ramie::from_vector(std::vector<double>{1, 0, 2, -1});
  ramie::expect_near(shares({}), softmax(x), 0.02);
  ramie::expect_near(shares({.temperature = 2}), softmax(x / 2), 0.02);
  const double e = std::exp(1.);
  ramie::expect_near(shares({.top_k = 2}),
                     ramie::from_vector(std::vector<double>{1 / (1 + e), 0, e / (1 + e), 0}), 0.02);
}

// ---- The program
class CharTransformerProgram : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { fs::create_directories(folder()); }
  static void TearDownTestSuite() { fs::remove_all(folder()); }
  static fs::path folder() {
    return fs::temp_directory_path() / ("ramie_chars_" + std::to_string(::getpid()));
  }
  static fs::path file(const std::string& name, const std::string& bytes) {
    std::ofstream(folder() / name, std::ios::binary) << bytes;
    return folder() / name;
  }
  static Outcome run(const std::string& arguments) {
    const std::string threads = arguments.find("--threads") == std::string::npos ? " --threads 1 " : " ";
    return ramie::testing::outcome_of(RAMIE_EXAMPLES_DIR "/char_transformer --device cpu --out " +
                                      folder().string() + threads + arguments);
  }
  // A model that learns in a second, and what it printed and wrote, without times.
  static std::pair<std::string, nlohmann::json> trained(const std::string& arguments) {
    const Outcome out = run("--context 16 --layers 1 --heads 2 --features 32 --learning-rate 0.01 --json " +
                            (folder() / "out.json").string() + " " + arguments);
    EXPECT_EQ(out.status, 0) << out.output;
    auto json = nlohmann::json::parse(std::ifstream(folder() / "out.json"));
    for (auto& line : json["lines"]) line.erase("tokens_per_second");
    return {out.output, json};
  }
  // What was written by the model.
  static std::string text(const std::string& output) {
    const auto begin = output.find("\n\n");
    return output.substr(begin, output.rfind("\n\n") - begin);
  }
};

TEST_F(CharTransformerProgram, LearnsMoreThanHowFrequentCharactersAre) {
  const auto [output, json] = trained("--steps 200 --report 50 --sample 40 --prompt 'The weaver'");
  EXPECT_EQ(json["parameters"], (54 + 16 + 2) * 32 + 12 * 32 * 32 + 13 * 32);
  ASSERT_EQ(json["lines"].size(), 4u);
  EXPECT_GT(json["unigram_bits"], 4);
  EXPECT_LT(json["lines"][3]["bits_per_character"], json["unigram_bits"].get<double>() - 0.8);
  EXPECT_LT(json["lines"][3]["train_loss"], json["lines"][0]["train_loss"]);
  for (const char* words : {"text.txt, 13360 characters to learn from, 1484 for validation",
                            "  step  training loss", "\nThe weaver", "40 characters, ", "bits for each"})
    EXPECT_NE(output.find(words), std::string::npos) << words << "\n" << output;
  std::ifstream png(folder() / "char_transformer_loss.png", std::ios::binary);
  EXPECT_EQ(png.get(), 0x89);
}

TEST_F(CharTransformerProgram, RepeatsItselfAndItsFileWritesTheSame) {
  const std::string sampling = " --sample 60 --prompt weaver --temperature 0.9 --top-k 20";
  const auto [output, json] = trained("--steps 30 --report 10 --batch-size 8 --seed 4" + sampling);
  for (const char* same : {"", " --threads 2", " --no-jit"}) {
    const auto [again, json_again] =
        trained("--steps 30 --report 10 --batch-size 8 --seed 4" + sampling + same);
    EXPECT_EQ(json_again["lines"], json["lines"]) << same;
    EXPECT_EQ(text(again), text(output)) << same;
  }
  const std::string model = (folder() / "char_transformer.safetensors").string();
  EXPECT_EQ(text(run("--seed 4 --load " + model + sampling).output), text(output));
  EXPECT_NE(text(run("--seed 5 --load " + model + sampling).output), text(output));
  EXPECT_NE(run("--load " + model + " --prompt 'a ß'").output.find("never seen the character 'ß'"),
            std::string::npos);
}

TEST_F(CharTransformerProgram, AccumulatesTheGradientsOfSmallerBatches) {
  const auto whole = trained("--dropout 0 --steps 5 --report 1 --batch-size 8 --sample 0").second;
  const auto parts =
      trained("--dropout 0 --steps 5 --report 1 --batch-size 2 --accumulate 4 --sample 0").second;
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(parts["lines"][i]["train_loss"], whole["lines"][i]["train_loss"], 1e-4);
}

TEST_F(CharTransformerProgram, AnyLanguage) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes += "织布 ткань ";
  const auto out =
      trained("--text " + file("many.txt", bytes).string() + " --steps 60 --report 60 --prompt 织").second;
  EXPECT_LT(out["lines"][0]["validation_loss"], 0.5);
}

TEST_F(CharTransformerProgram, SaysWhatIsWrong) {
  const std::string plain = file("plain.txt", std::string(100, 'a')).string();
  ramie::train::save_safetensors(folder() / "other.safetensors", {{"kernel", ramie::ones({2})}});
  nn::Rngs rngs(0);
  const chars::Transformer model({.vocabulary = 3, .context = 4, .layers = 1, .heads = 1, .features = 2},
                                 rngs);
  ramie::train::save_state(model, folder() / "mute.safetensors");
  const auto at = [](const std::string& name) { return (folder() / name).string(); };
  const std::tuple<std::string, int, std::string> wrong[] = {
      {"--text " + file("empty.txt", "").string(), 1, "empty.txt is empty."},
      {"--text " + at("none.txt"), 1, "[text] cannot read " + at("none.txt")},
      {"--text " + folder().string(), 1, "[text] cannot read " + folder().string()},
      {"--text " + file("latin.txt", "caf\xe9 ole").string(), 1, "latin.txt is not UTF-8: see byte 3."},
      {"--text " + plain, 1, "[text] a part of the text has 10 characters, but a window of 64"},
      {"--text " + plain + " --prompt b --context 8 --steps 1", 1,
       "has never seen the character 'b': it knows a "},
      {"--text " + plain + " --prompt '\xff' --context 8 --steps 1", 1, "--prompt is not UTF-8"},
      {"--features 30", 1, "[options] --features 30 is no multiple of --heads 4."},
      {"--load " + at("none.safetensors"), 1, "none.safetensors"},
      {"--load " + plain, 1, "plain.txt"},
      {"--load " + at("other.safetensors"), 1,
       "[load] " + at("other.safetensors") + " is no model of char_tr"},
      {"--load " + at("mute.safetensors"), 1, "has weights for 3 characters, but a vocabulary of 0."},
      {"--context 1", 2, "--context: must be at least 2, not 1"},
      {"--top-k -1", 2, "--top-k: must be at least 0"},
      {"--epochs 3", 2, "--epochs"},
  };
  for (const auto& [arguments, status, words] : wrong) {
    const Outcome out = run(arguments);
    EXPECT_EQ(out.status, status) << arguments << "\n" << out.output;
    EXPECT_NE(out.output.find(words), std::string::npos) << arguments << "\n" << out.output;
  }
}

}  // namespace
