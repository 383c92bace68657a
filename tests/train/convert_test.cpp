#include <ramie/train/convert.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/nn/attention.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/embed.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/module.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/recurrent.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/view.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/random.h>

#include "data_module/files.h"

namespace ramie::train {
namespace {

using namespace ramie::testing;

const fs::path committed = fs::path(RAMIE_TEST_DATA) / "train";

// The network of tests/oracles/convert.py. The picture is [8, 12, 1], flattened as [2, 3, 6].
struct Net : nn::Module<Net> {
  nn::Conv conv1;
  nn::BatchNorm batch_norm1;
  nn::Conv conv2;
  nn::Linear linear1, linear2;
  explicit Net(nn::Rngs& rngs)
      : conv1(1, 4, {.kernel_size = {3, 3}}, rngs),
        batch_norm1(4, {.use_running_average = true}, rngs),
        conv2(4, 6, {.kernel_size = {3, 3}, .feature_group_count = 2}, rngs),
        linear1(36, 10, rngs),
        linear2(10, 5, rngs) {}
  Tensor operator()(const Tensor& image) {
    Tensor x = max_pool(relu(batch_norm1(conv1(image))), {.window = {2, 2}, .strides = {2, 2}});
    x = max_pool(relu(conv2(x)), {.window = {2, 2}, .strides = {2, 2}});
    return linear2(relu(linear1(x.reshape({x.shape(0), -1}))));
  }
  using fields = nn::Fields<&Net::conv1, &Net::batch_norm1, &Net::conv2, &Net::linear1, &Net::linear2>;
};

Net net() {
  nn::Rngs rngs(9);
  return Net(rngs);
}

const ConvertOptions as_torch = {.names = {{"batch_norm1", "bn1"}, {"linear1", "fc1"}, {"linear2", "fc2"}},
                                 .flattened = {{"linear1", {2, 3, 6}}}};
const ConvertOptions as_linen = {.names = {{"conv1", "Conv_0"},
                                           {"batch_norm1", "BatchNorm_0"},
                                           {"conv2", "Conv_1"},
                                           {"linear1", "Dense_0"},
                                           {"linear2", "Dense_1"}}};
const std::vector<std::string> libraries = {"torch", "nnx", "linen"};

nn::State from(const std::string& library, const nn::State& file, const Net& model) {
  if (library == "torch") return from_torch(file, model, as_torch);
  return from_flax(file, model, library == "linen" ? as_linen : ConvertOptions());
}
nn::State to(const std::string& library, const Net& model) {
  if (library == "torch") return to_torch(model, as_torch);
  return library == "linen" ? to_linen(model, as_linen) : to_flax(model);
}
nn::State file_of(const std::string& name) {
  return load_safetensors(committed / ("convert_" + name + ".safetensors")).tensors;
}
Net loaded(const std::string& library) {
  Net model = net();
  nn::update(model, from(library, file_of(library), model));
  return model;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  double largest = 1e-30, error = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    error = std::max(error, std::abs(found[i] - expected[i]));
  }
  EXPECT_LT(error / largest, 1e-5);
}

TEST(Convert, RamieGivesTheirLogitsWithTheirWeights) {
  const nn::State truth = file_of("case");
  for (const auto& library : libraries) {
    SCOPED_TRACE(library);
    expect_near(loaded(library)(truth.at("image")).to_vector<double>(),
                truth.at(library).to_vector<double>());
  }
}

TEST(Convert, WhatGoesThereAndBackIsTheSame) {
  for (const auto& library : libraries) {
    const nn::State file = file_of(library), again = to(library, loaded(library));
    ASSERT_EQ(again.size(), file.size());
    for (const auto& [name, value] : file) {
      EXPECT_EQ(again.at(name).shape(), value.shape()) << name;
      EXPECT_EQ(again.at(name).to_vector<double>(), value.to_vector<double>()) << name;
    }
  }
}

// The real libraries have loaded these files and computed their logits (tests/oracles/convert.py read). To
// write them again, set RAMIE_ORACLE_FOLDER.
TEST(Convert, TheyGiveTheSameLogitsWithRamiesFiles) {
  const TemporaryFolder folder;
  const char* keep = std::getenv("RAMIE_ORACLE_FOLDER");
  const nn::State truth = file_of("case");
  const auto theirs = nlohmann::json::parse(read(committed / "convert_read.json"), nullptr, keep == nullptr);
  for (const auto& source : libraries)
    for (const auto& target : libraries) {
      if (source == target) continue;
      const std::string name = source + "_to_" + target, file = "convert_" + name + ".safetensors";
      SCOPED_TRACE(name);
      const fs::path path = keep ? fs::path(keep) / file : folder / file;
      save_safetensors(path, to(target, loaded(source)));
      EXPECT_EQ(read(path), read(committed / file));
      if (keep) continue;
      std::vector<double> logits;
      for (const auto& row : theirs["logits"][name]) logits.insert(logits.end(), row.begin(), row.end());
      expect_near(logits, truth.at(source).to_vector<double>());
    }
}

// ---- names, layouts, errors ------------------------------------------------------------------------------

TEST(Convert, DenseAfterAFlattenedPictureByHand) {
  nn::Rngs rngs(0);
  nn::Linear dense(4, 1, rngs);
  dense.kernel = tensor({{0}, {1}, {2}, {3}}, float32);  // of one row, two columns and two channels
  const nn::State torch = to_torch(dense, {.flattened = {{"", {1, 2, 2}}}});
  EXPECT_EQ(torch.at("weight").to_vector<int>(), (std::vector{0, 2, 1, 3}));
  EXPECT_EQ(to_torch(dense).at("weight").to_vector<int>(), (std::vector{0, 1, 2, 3}));
}

TEST(Convert, NamesOfListsMayBeLeftOut) {
  nn::Rngs rngs(0);
  const nn::Sequential model(nn::Linear(2, 3, rngs), relu, nn::Linear(3, 1, rngs));
  const nn::State torch = to_torch(model, {.names = {{"layers", ""}}});
  std::string names;
  for (const auto& [name, value] : torch) names += name + " ";
  EXPECT_EQ(names, "0.weight 0.bias 2.weight 2.bias ");
  EXPECT_EQ(from_torch(torch, model, {.names = {{"layers", ""}}}).at("layers.2.kernel").shape(),
            Shape({3, 1}));
}

TEST(Convert, OneErrorListsAllThatDoesNotFit) {
  const Net model = net();
  nn::State file;
  for (const auto& [name, value] : file_of("torch")) {
    if (name == "fc2.bias") continue;
    file.add(name, name == "conv1.weight" ? value.transpose({2, 3, 1, 0}) : value);
  }
  file.add("fc3.bias", zeros({2}));
  EXPECT_EQ(error_of([&] { from_torch(file, model, as_torch); }),
            "[from_torch] the state_dict does not fit the model:"
            "\n  missing: 'fc2.bias' float32[5]"
            "\n  unexpected: 'fc3.bias' float32[2]"
            "\n  mismatched: 'conv1.weight' is float32[3,3,1,4] in the file, float32[4,1,3,3] in the model");
  EXPECT_HAS(error_of([&] { from_flax(file_of("linen"), model); }),
             "\n  missing: 'conv1.kernel' float32[3,3,1,4]");
}

TEST(Convert, OptionsThatFitNothingAreErrors) {
  const Net model = net();
  EXPECT_EQ(
      error_of([&] {
        to_torch(model, {.flattened = {{"linear1", {3, 2, 7}}}});
      }),
      "[to_torch] 'linear1' takes 36 features, which are no flattened [height, width, channels] (3, 2, 7).");
  EXPECT_EQ(error_of([&] {
              to_torch(model, {.flattened = {{"conv1", {3, 3, 1}}}});
            }),
            "[to_torch] `flattened` names 'conv1', but the model has no Linear of that path.");
  EXPECT_EQ(error_of([&] {
              to_flax(model, {.names = {{"conv", "Conv_0"}}});
            }),
            "[to_flax] `names` renames 'conv', but the model has no such path.");
}

struct Own : nn::Module<Own> {
  nn::Param scale{tensor({{1, 2}, {3, 4}}, float32)};
  using fields = nn::Fields<&Own::scale>;
};

TEST(Convert, OtherModules) {
  nn::Rngs rngs(0);
  EXPECT_EQ(
      error_of([&] {
        to_torch(nn::LinearGeneral(2, {2, 2}, rngs));
      }),
      "[to_torch] '' is a LinearGeneral: PyTorch keeps its weights in another way; convert them by hand.");
  EXPECT_EQ(error_of([&] { to_torch(nn::MultiHeadAttention(2, 4, {.normalize_qk = true}, rngs)); }),
            "[to_torch] '' is a MultiHeadAttention with 'query_ln.scale', which PyTorch's has not.");
  EXPECT_EQ(
      error_of([&] { to_torch(nn::MultiHeadAttention(2, 4, {.num_kv_heads = 1}, rngs)); }),
      "[to_torch] PyTorch packs 'query.kernel' and 'key.kernel' into 'in_proj_weight', which shapes (4, 4) "
      "and (2, 4) do not allow; convert them by hand.");
  EXPECT_EQ(to_torch(Own()).at("scale").to_vector<int>(), (std::vector{1, 2, 3, 4}));
}

TEST(Convert, ABiasThatGruCellsHaveNot) {
  nn::Rngs rngs(0);
  const nn::GRUCell cell(2, 1, rngs);
  nn::State torch;
  for (const auto& [name, value] : to_torch(cell))
    torch.add(name, name == "bias_hh" ? tensor({1, 2, 0}, float32) : value);
  EXPECT_EQ(from_torch(torch, cell).at("dense_i.bias").to_vector<int>(), (std::vector{1, 2, 0}));
  for (auto& [name, value] : torch)
    if (name == "bias_hh") value = tensor({1, 2, 3}, float32);
  EXPECT_EQ(error_of([&] { from_torch(torch, cell); }),
            "[from_torch] 'bias_hh' is not 0 for the last gate, within which a GRUCell has no bias.");
}

// ---- the tutorials' networks, attention, recurrent cells -------------------------------------------------

struct Pictures : nn::Module<Pictures> {
  std::vector<nn::Conv> convs;
  std::vector<nn::BatchNorm> norms;
  std::optional<nn::Linear> fc1, fc2;
  Pictures(const std::vector<int>& channels, bool normalised, nn::Rngs& rngs) {
    int before = 1, size = 28;
    for (const int after : channels) {
      convs.emplace_back(before, after, nn::ConvOptions{.kernel_size = {3, 3}}, rngs);
      if (normalised) norms.emplace_back(after, nn::BatchNormOptions{.use_running_average = true}, rngs);
      before = after, size /= 2;
    }
    fc1.emplace(before * size * size, 128, rngs), fc2.emplace(128, 10, rngs);
  }
  Tensor operator()(Tensor x) {
    for (std::size_t i = 0; i < convs.size(); ++i) {
      x = convs[i](x);
      x = max_pool(relu(norms.empty() ? x : norms[i](x)), {.window = {2, 2}, .strides = {2, 2}});
    }
    return (*fc2)(relu((*fc1)(x.reshape({x.shape(0), -1}))));
  }
  using fields = nn::Fields<&Pictures::convs, &Pictures::norms, &Pictures::fc1, &Pictures::fc2>;
};

struct Transformer : nn::Module<Transformer> {
  nn::Embed embed;
  nn::LayerNorm norm1;
  nn::MultiHeadAttention attention;
  nn::LayerNorm norm2;
  nn::Linear up, down, head;
  explicit Transformer(nn::Rngs& rngs)  // PyTorch's epsilon
      : embed(11, 8, rngs),
        norm1(8, {.epsilon = 1e-5}, rngs),
        attention(2, 8, rngs),
        norm2(8, {.epsilon = 1e-5}, rngs),
        up(8, 32, rngs),
        down(32, 8, rngs),
        head(8, 11, rngs) {}
  Tensor operator()(const Tensor& tokens) {
    Tensor x = embed(tokens);
    x = x + attention(norm1(x), {.is_causal = true});
    return head(x + down(relu(up(norm2(x)))));
  }
  using fields = nn::Fields<&Transformer::embed, &Transformer::norm1, &Transformer::attention,
                            &Transformer::norm2, &Transformer::up, &Transformer::down, &Transformer::head>;
};

struct Recurrent : nn::Module<Recurrent> {
  using LSTM = nn::RNN<nn::LSTMCell>;
  LSTM lstm;
  nn::RNN<nn::GRUCell> gru;
  nn::RNN<nn::SimpleCell> rnn;
  nn::Bidirectional<LSTM, LSTM> both;
  explicit Recurrent(nn::Rngs& r)
      : lstm(nn::LSTMCell(6, 5, r)),
        gru(nn::GRUCell(5, 4, r)),
        rnn(nn::SimpleCell(4, 3, r)),
        both(LSTM(nn::LSTMCell(3, 2, r)), LSTM(nn::LSTMCell(3, 2, r))) {}
  Tensor operator()(const Tensor& x) { return both(rnn(gru(lstm(x)))); }
  using fields = nn::Fields<&Recurrent::lstm, &Recurrent::gru, &Recurrent::rnn, &Recurrent::both>;
};

Tensor drawn(int seed, const Shape& shape) { return random::uniform(random::key(seed), shape) * 2 - 1; }

// As tests/oracles/convert_models.py fills them.
Tensor filled(const std::string& name, const Shape& shape, int seed) {
  if (name.ends_with("num_batches_tracked")) return zeros({}, int64);
  const Tensor x = drawn(seed, shape);
  if (shape.rank() > 1) return x / std::sqrt(static_cast<double>(x.size() / shape[0]));
  if (name == "gru.bias_hh_l0") return x * (arange(12) < 8).astype(float32) / 4;
  return name.ends_with("running_var") || name.ends_with("weight") ? 1 + x / 2 : x / 4;
}
nn::State weights_of(const nlohmann::json& tensors) {
  nn::State state;
  for (const auto& t : tensors) {
    const auto name = t[0].get<std::string>();
    const auto shape = t[1].get<std::vector<std::int64_t>>();
    state.add(name, filled(name, Shape(shape), static_cast<int>(state.size())));
  }
  return state;
}

void expect_back(const nn::State& back, const nn::State& torch) {
  ASSERT_EQ(back.size(), torch.size());
  for (const auto& [name, value] : torch) {
    ASSERT_EQ(back.at(name).shape(), value.shape()) << name;
    if (name.find("bias_") != name.npos) continue;  // PyTorch's two are one
    EXPECT_EQ(back.at(name).to_vector<double>(), value.to_vector<double>()) << name;
  }
}

// What ramie gives with PyTorch's weights, and what goes back, against the real PyTorch's. With
// RAMIE_ORACLE_FOLDER the weights and logits of ramie's own are written for it and for Flax.
template <class M>
void check_model(const std::string& name, M model, const Tensor& input, const ConvertOptions& options) {
  SCOPED_TRACE(name);
  static const auto models = nlohmann::json::parse(read(committed / "convert_models.json"))["models"];
  if (const char* folder = std::getenv("RAMIE_ORACLE_FOLDER")) {
    save_safetensors(fs::path(folder) / (name + "_torch.safetensors"), to_torch(model, options));
    save_safetensors(fs::path(folder) / (name + "_flax.safetensors"), to_flax(model));
    save_safetensors(fs::path(folder) / (name + "_logits.safetensors"), {{"logits", model(input)}});
  }
  const auto& truth = models[name];
  const nn::State torch = weights_of(truth["tensors"]);
  nn::update(model, from_torch(torch, model, options));
  const Tensor logits = model(input);
  expect_near(logits.to_vector<double>(), truth["logits"]);
  expect_back(to_torch(model, options), torch);
}

void check_pictures(const std::string& name, const std::vector<int>& channels, bool normalised = false) {
  ConvertOptions options;
  std::int64_t size = 28;
  for (std::size_t i = 0; i < channels.size(); ++i, size /= 2) {
    options.names[fmt::format("convs.{}", i)] = fmt::format("conv{}", i + 1);
    if (normalised) options.names[fmt::format("norms.{}", i)] = fmt::format("bn{}", i + 1);
  }
  options.flattened["fc1"] = {size, size, channels.back()};
  nn::Rngs rngs(0);
  check_model(name, Pictures(channels, normalised, rngs), drawn(1000, {2, 28, 28, 1}), options);
}

TEST(ConvertModels, TheTutorialsNetworks) {
  check_pictures("pytorch_guide", {16, 32});
  check_pictures("treadmill_simple", {32, 64});
  check_pictures("treadmill_deeper", {16, 32, 64});
  check_pictures("treadmill_batch_norm", {32, 64}, true);
}

TEST(ConvertModels, Attention) {
  nn::Rngs rngs(0);
  const Tensor tokens = remainder(arange(18) * 7, 11).reshape({2, 9});
  check_model("transformer", Transformer(rngs), tokens, {});
}

TEST(ConvertModels, RecurrentCells) {
  nn::Rngs rngs(0);
  check_model("recurrent", Recurrent(rngs), drawn(1001, {2, 7, 6}), {});
}

// Its gates already lie as PyTorch's.
TEST(ConvertModels, AnOptimizedCellIsTheSame) {
  nn::Rngs rngs(0);
  const nn::LSTMCell cell(3, 2, rngs);
  nn::OptimizedLSTMCell other(3, 2, rngs);
  nn::update(other, from_torch(to_torch(cell), other));
  const nn::LSTMCell::Carry carry(drawn(1, {4, 2}), drawn(2, {4, 2}));
  expect_near(other(carry, drawn(0, {4, 3})).second.to_vector<double>(),
              cell(carry, drawn(0, {4, 3})).second.to_vector<double>());
}

}  // namespace
}  // namespace ramie::train
