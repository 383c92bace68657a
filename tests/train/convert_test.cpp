#include <ramie/train/convert.h>

#include <nlohmann/json.hpp>

#include <ramie/autograd/ops/activation.h>
#include <ramie/autograd/ops/pool2d.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/module.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/view.h>
#include <ramie/tensor/create.h>

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

struct GRUCell : nn::Module<GRUCell> {
  nn::Param kernel{zeros({2, 2})};
  using fields = nn::Fields<&GRUCell::kernel>;
};
struct Own : nn::Module<Own> {
  nn::Param scale{tensor({{1, 2}, {3, 4}}, float32)};
  using fields = nn::Fields<&Own::scale>;
};

TEST(Convert, OtherModules) {
  EXPECT_EQ(error_of([] { to_torch(GRUCell()); }),
            "[to_torch] '' is a GRUCell: PyTorch keeps its weights in another way; convert them by hand.");
  EXPECT_EQ(to_torch(Own()).at("scale").to_vector<int>(), (std::vector{1, 2, 3, 4}));
}

}  // namespace
}  // namespace ramie::train
