// Runs the example as a user does, on drawn digits in MNIST's files, or on few pictures of its own.
#include "examples/mnist_example.h"

#include <algorithm>
#include <cmath>

#include <ramie/data/sources/image_codecs.h>
#include <ramie/tensor/create.h>
#include <ramie/train/safetensors.h>

namespace fs = std::filesystem;

namespace {

using ramie::testing::Outcome;

Outcome run(const std::string& arguments) {
  return ramie::testing::outcome_of(RAMIE_EXAMPLES_DIR "/pytorch_guide " + arguments);
}

// The text with every number after "Loss: " and "Accuracy: " as #.
std::string without_numbers(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!(out.ends_with("Loss: ") || out.ends_with("Accuracy: ")) || !std::isdigit(text[i])) {
      out += text[i];
      continue;
    }
    out += '#';
    while (i + 1 < text.size() && (std::isdigit(text[i + 1]) || text[i + 1] == '.')) ++i;
  }
  return out;
}

// Without the summary of the model.
std::string without_table(std::string text) {
  const auto begin = text.find("path "), end = text.find("Total parameters");
  return begin < end ? text.erase(begin, end - begin) : text;
}

const std::string small = "--limit-train 256 --limit-test 64 --epochs 1 ";

class PytorchGuide : public ramie::testing::MnistExample {
 protected:
  static Outcome good(const std::string& name, const std::string& arguments) {
    Outcome out = run(flags(name) + arguments);
    EXPECT_EQ(out.status, 0) << arguments << "\n" << out.output;
    return out;
  }
  static std::string file(const std::string& name) { return (folder() / name).string(); }
  // What a training is judged by, without its times.
  static nlohmann::json results(const std::string& arguments) {
    good("results", arguments);
    auto epochs = json("results")["epochs"];
    for (auto& epoch : epochs) epoch.erase("seconds");
    return epochs;
  }
  static void expect_text(const std::string& arguments, int status, const std::string& text) {
    const Outcome out = run(arguments);
    EXPECT_EQ(out.status, status) << arguments;
    EXPECT_NE(out.output.find(text), std::string::npos) << arguments << "\n" << out.output;
  }
};

TEST_F(PytorchGuide, PrintsTheLinesOfTheGuideAndDrawsItsPictures) {
  const Outcome out = good("guide", "--limit-train 1664 --limit-test 512 --epochs 2 --batch-size 16");
  EXPECT_EQ(without_table(without_numbers(out.output)),
            "Using device: cpu\nTraining samples: 1664\nTest samples: 512\nSaved: " +
                file("guide/pytorch_guide_samples.png") +
                "\nTotal parameters: 206922\n"
                "Loss: #\nLoss: #\nAccuracy: #%\nLoss: #\nLoss: #\nAccuracy: #%\nSaved: " +
                file("guide/pytorch_guide_predictions.png") + "\n");
  for (const char* layer : {"float32[16,28,28,16]         160", "float32[16,14,14,32]       4,640",
                            "float32[16,128]          200,832", "float32[16,10]             1,290"})
    EXPECT_NE(out.output.find(layer), std::string::npos) << layer << out.output;
  expect_png(folder() / "guide" / "pytorch_guide_samples.png");
  expect_png(folder() / "guide" / "pytorch_guide_predictions.png");
  const auto result = json("guide");
  EXPECT_EQ(result["parameters"], 206922);
  EXPECT_EQ(result["batches_per_epoch"], 104);
  const auto& epochs = result["epochs"];
  ASSERT_EQ(epochs.size(), 2u);
  EXPECT_EQ(epochs[0]["losses"].size(), 2u);
  EXPECT_NEAR(epochs[0]["losses"][0].get<double>(), std::log(10.0), 0.15);  // it knows nothing yet
  EXPECT_GT(epochs[1]["test_accuracy"].get<double>(), 0.8);
  EXPECT_LT(epochs[1]["test_loss"].get<double>(), epochs[0]["test_loss"].get<double>());
}

// Weights and biases are spread evenly over +-1/sqrt(fan in).
TEST_F(PytorchGuide, BeginsWithPyTorchsWeights) {
  good("start", "--limit-train 64 --limit-test 64 --epochs 1 --learning-rate 1e-30 --save " +
                    file("start.safetensors"));
  const auto start = ramie::train::load_safetensors(folder() / "start.safetensors").tensors;
  for (const auto& [layer, fan_in] : {std::pair{"conv1", 9}, {"conv2", 144}, {"fc1", 1568}, {"fc2", 128}}) {
    const double bound = 1 / std::sqrt(fan_in);
    for (const char* part : {".kernel", ".bias"}) {
      SCOPED_TRACE(std::string(layer) + part);
      double square = 0, largest = 0;
      const auto values = start.at(std::string(layer) + part).to_vector<double>();
      for (double x : values) square += x * x, largest = std::max(largest, std::abs(x));
      EXPECT_LE(largest, bound * 1.000001);
      EXPECT_GT(largest, bound * 0.7);
      EXPECT_NEAR(std::sqrt(square / static_cast<double>(values.size())), bound / std::sqrt(3),
                  bound / std::sqrt(static_cast<double>(values.size())));
    }
  }
}

// The last batch of a pass is smaller, and the test loss is the mean over images all the same.
TEST_F(PytorchGuide, TheTestLossIsTheMeanOverTheImages) {
  good("save", small + "--save " + file("a.safetensors"));
  const double in_parts = results("--limit-test 100 --batch-size 64 --load " +
                                  file("a.safetensors"))[0]["test_loss"],
               at_once = results("--limit-test 100 --batch-size 100 --load " +
                                 file("a.safetensors"))[0]["test_loss"];
  EXPECT_NEAR(in_parts, at_once, 1e-5 * at_once);
  EXPECT_GT(at_once, 0.5);  // a fourth of an epoch: 64 times too little would be less
}

TEST_F(PytorchGuide, SavedWeightsGiveTheSameResults) {
  const auto trained = results(small + "--save " + file("model.safetensors"));
  const auto loaded = results("--limit-test 64 --load " + file("model.safetensors"));
  EXPECT_EQ(loaded[0]["test_loss"], trained[0]["test_loss"]);
  EXPECT_EQ(loaded[0]["test_accuracy"], trained[0]["test_accuracy"]);
  EXPECT_TRUE(loaded[0]["losses"].empty());
}

TEST_F(PytorchGuide, JitAndThreadsLeaveTheBits) {
  const std::string one = small + "--dropout 0.3 ";
  const auto expected = results(one);
  EXPECT_EQ(results(one + "--no-jit"), expected);
  EXPECT_EQ(results(one + "--threads 1"), expected);
  EXPECT_NE(results(one + "--seed 1"), expected);
}

TEST_F(PytorchGuide, FurtherExploration) {
  const auto plain = results(small);
  for (const char* flags :
       {"--optimizer sgd --learning-rate 0.05", "--optimizer sgd --momentum 0.9", "--optimizer rmsprop",
        "--dropout 0.5", "--conv-layers 4", "--batch-size 32", "--learning-rate 0.01"})
    EXPECT_NE(results(small + flags), plain) << flags;
}

// The ten files' records: a label, then red, green and blue of 32 x 32.
void write_cifar(const fs::path& folder) {
  fs::create_directories(folder);
  for (const char* name :
       {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"}) {
    std::ofstream file(folder / (std::string(name) + ".bin"), std::ios::binary);
    for (char label = 0; label < 10; ++label)
      file << label << std::string(3072, static_cast<char>(20 * label));
  }
  std::ofstream(folder / "batches.meta.txt") << "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
}

TEST_F(PytorchGuide, OtherDatasets) {
  write_cifar(folder() / "cifar");
  const Outcome out = run("--device cpu --epochs 2 --batch-size 10 --dataset cifar10 --data-dir " +
                          file("cifar") + " --out " + file("colours"));
  EXPECT_EQ(out.status, 0) << out.output;
  EXPECT_NE(out.output.find("Training samples: 50\nTest samples: 10"), std::string::npos) << out.output;
  EXPECT_NE(out.output.find("Total parameters: 268650"), std::string::npos) << out.output;
  expect_png(folder() / "colours" / "pytorch_guide_predictions.png");
  EXPECT_EQ(results(small + "--dataset fashion_mnist").size(),
            1u);  // drawn digits, in files of the same names
}

TEST_F(PytorchGuide, TransferTrainsAllButTheConvolutions) {
  good("source", small + "--save " + file("source.safetensors"));
  good("target",
       small + "--seed 3 --transfer " + file("source.safetensors") + " --save " + file("target.safetensors"));
  const auto source = ramie::train::load_safetensors(folder() / "source.safetensors").tensors,
             target = ramie::train::load_safetensors(folder() / "target.safetensors").tensors;
  for (auto& [path, value] : source) {
    const bool same = value.to_vector<float>() == target.at(path).to_vector<float>();
    EXPECT_EQ(same, path.starts_with("conv")) << path;
  }
}

// ---- pictures of one's own
// ---------------------------------------------------------------------------------

// Two classes: dark and light.
void write_pictures(const fs::path& folder) {
  for (const char* part : {"train", "test"})
    for (int label : {0, 1}) {
      const fs::path of_class = folder / part / (label ? "light" : "dark");
      fs::create_directories(of_class);
      for (int i = 0; i < 6; ++i)
        std::ofstream(of_class / (std::to_string(i) + ".png"), std::ios::binary)
            << ramie::data::encode_png(ramie::full({8, 8, 3}, label * 150 + 10 * i, ramie::uint8));
    }
}

TEST_F(PytorchGuide, LearnsAFolderOfPicturesAndSaysWhatIsOnOthers) {
  write_pictures(folder() / "own");
  const std::string own = "--image-folder " + file("own") + " ";
  const Outcome trained = good("folder", own + "--epochs 8 --batch-size 4 --save " + file("own.safetensors"));
  EXPECT_NE(trained.output.find("Accuracy: 100.0%"), std::string::npos) << trained.output;
  const Outcome said = good("said", own + "--load " + file("own.safetensors") + " --predict " +
                                        file("own/test/dark/1.png") + " " + file("own/test/light/4.png"));
  EXPECT_NE(said.output.find("dark/1.png: dark ("), std::string::npos) << said.output;
  EXPECT_NE(said.output.find("light/4.png: light ("), std::string::npos) << said.output;
  fs::rename(folder() / "own" / "test" / "dark", folder() / "own" / "test" / "gray");
  expect_text(flags("folder") + own, 1, "have other classes: each class needs a subfolder in both.");
}

// ---- what goes wrong
// ---------------------------------------------------------------------------------------

TEST_F(PytorchGuide, ErrorsNameTheRemedy) {
  expect_text(flags("nan") + "--limit-train 2048 --batch-size 8 --learning-rate 1e30", 1,
              "the learning rate is too high. Try --learning-rate 0.0001.");
  expect_text(flags("slow") + small + "--learning-rate 1e-9", 0,
              "The loss stays high: try --learning-rate 0.01");
  expect_text(flags("bad") + "--dataset cifar10", 1, "https://www.cs.toronto.edu/~kriz/cifar.html");
  expect_text(flags("bad") + "--dataset imagenet", 2, "--dataset");
  expect_text(flags("bad") + "--load " + file("nowhere.safetensors"), 2, "nowhere.safetensors");
  expect_text(flags("bad") + "--predict " + file("data/t10k-labels-idx1-ubyte"), 2,
              "--predict requires --load");
  expect_text(flags("bad") + "--save /nowhere/model.safetensors", 1,
              "cannot write /nowhere/model.safetensors");
  expect_text(flags("bad") + "--optimizer adamw", 2, "--optimizer");
  fs::create_directories(folder() / "empty");
  expect_text("--out " + file("o") + " --data-dir " + file("empty"), 1, "Put the files there");
  good("bad", small + "--save " + file("two.safetensors"));
  expect_text(flags("bad") + "--conv-layers 3 --load " + file("two.safetensors"), 1, "more_convs.0.kernel");
}

}  // namespace
