#include <ramie/train/saved_state.h>

#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include <ramie/autograd/ops/activation.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/module.h>
#include <ramie/nn/norm.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/pool.h>

#include "data_module/files.h"
#include "fuzz/changed.h"
#include "fuzz/train_readers.h"

namespace ramie::train {
namespace {

using namespace ramie::testing;

const fs::path committed = fs::path(RAMIE_TEST_DATA) / "train";

// ---- the format ------------------------------------------------------------------------------------------

// As tests/oracles/safetensors_files.py makes them.
nn::State every_dtype() {
  const Tensor base = tensor({{0, 1, 2}, {3, 100, 1}}, int32);
  nn::State state;
  for (int i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    state.add(std::string(name(dtype)), base.astype(dtype));
  }
  state.add("scalar", tensor(-2.5f));
  state.add("empty", zeros({3, 0, 2}));
  state.add("gewicht.größe \"1\"", from_vector<std::int64_t>({-7}));
  return state;
}
const Metadata real_metadata = {{"made by", "the \"real\"\tpackage, größer"}};

void expect_equal(const nn::State& found, const nn::State& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [name, value] : expected) {
    ASSERT_EQ(found.at(name).dtype(), value.dtype()) << name;
    ASSERT_EQ(found.at(name).shape(), value.shape()) << name;
    EXPECT_EQ(found.at(name).to_vector<double>(), value.to_vector<double>()) << name;
  }
}

TEST(Safetensors, ReadsAFileOfTheRealPackage) {
  const auto [tensors, metadata] = load_safetensors(committed / "dtypes.safetensors");
  expect_equal(tensors, every_dtype());
  EXPECT_EQ(metadata, real_metadata);
}

TEST(Safetensors, WritesTheBytesOfTheRealPackage) {
  const TemporaryFolder folder;
  save_safetensors(folder / "a.safetensors", every_dtype(), real_metadata);
  EXPECT_EQ(read(folder / "a.safetensors"), read(committed / "dtypes.safetensors"));
}

TEST(Safetensors, HoldsViewsMapsAndNothing) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float32);
  save_safetensors(path, std::map<std::string, Tensor>{{"t", x.T()}, {"s", x.slice(1, 1, 3)}});
  const nn::State back = load_safetensors(path).tensors;
  EXPECT_EQ(back.at("t").to_vector<float>(), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(back.at("s").to_vector<float>(), (std::vector<float>{2, 3, 5, 6}));
  save_safetensors(path, nn::State());
  EXPECT_TRUE(load_safetensors(path).tensors.empty());
  EXPECT_TRUE(load_safetensors(path).metadata.empty());
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string with_header(const std::string& header, const std::string& values = "") {
  std::string length(8, '\0');
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> 8 * i & 255);
  return length + header + values;
}

bool accepts(const std::string& bytes) {
  return fuzz::read_safetensors({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

TEST(Safetensors, JudgesOddFilesAsTheRealPackageDoes) {
  const auto data = nlohmann::json::parse(read(committed / "safetensors_verdicts.json"));
  ASSERT_GT(data["verdicts"].size(), 120u);
  for (const auto& verdict : data["verdicts"]) {
    const auto name = verdict["name"].get<std::string>();
    const bool takes = verdict["takes"] && !name.starts_with("stricter");
    EXPECT_EQ(accepts(from_hex(verdict["file"])), takes) << name;
  }
}

// Each start of a file is too short, and no single bit of a header may be trusted.
TEST(Safetensors, ReturnsOrThrowsAnErrorWhateverTheBytes) {
  std::vector<std::string> files = {read(committed / "dtypes.safetensors")};
  for (std::size_t size = 0; size < files[0].size(); ++size) EXPECT_FALSE(accepts(files[0].substr(0, size)));
  for (std::size_t bit = 0; bit < 8 * files[0].size(); bit += 3) {
    std::string bytes = files[0];
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ 1 << bit % 8);
    accepts(bytes);
  }
  const auto verdicts = nlohmann::json::parse(read(committed / "safetensors_verdicts.json"));
  for (const auto& verdict : verdicts["verdicts"]) files.push_back(from_hex(verdict["file"]));
  data::CounterRandom random(7);
  for (int i = 0; i < 4000; ++i) {
    const std::string& file = files[i % 2 == 0 ? 0 : random.below(files.size())];
    accepts(fuzz::changed(file, files[random.below(files.size())], random));
  }
  EXPECT_LT(memory_stats().peak, std::size_t{64} << 20);  // whatever the headers promise
}

TEST(Safetensors, BracketsWithinEachOtherFillNoStack) {
  const std::string many(2'000'000, '[');
  EXPECT_FALSE(accepts(with_header("{\"a\":" + many)));
  EXPECT_FALSE(accepts(with_header("{\"a\":" + many + std::string(many.size(), ']') + "}")));
}

// ---- errors ----------------------------------------------------------------------------------------------

TEST(Safetensors, ErrorsNameTheFileAndSayWhatIsWrong) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  const auto load_error = [&](const std::string& bytes) {
    const std::string text = error_of([&] { load_safetensors(write(path, bytes)); });
    const std::string front = "[load_safetensors] " + path.string() + ": ";
    EXPECT_EQ(text.substr(0, front.size()), front);
    return text.substr(std::min(front.size(), text.size()));
  };
  EXPECT_EQ(error_of([&] { load_safetensors(path); }),
            "[load_safetensors] " + path.string() + ": no such file.");
  EXPECT_EQ(error_of([&] { load_safetensors(folder.path()); }),
            "[load_safetensors] " + folder.path().string() + ": is not a file that can be read.");
  EXPECT_EQ(error_of([&] { load_safetensors("/dev/zero"); }),
            "[load_safetensors] /dev/zero: is not a file that can be read.");
  EXPECT_EQ(load_error("abc"), "not a safetensors file: 3 bytes are too few.");
  EXPECT_EQ(load_error("PK\3\4 a zip"),
            "not a safetensors file: a header of 8800140462016121680 bytes; 100000000 are allowed.");
  EXPECT_EQ(load_error(with_header("{}").substr(0, 9)),
            "is cut short: the header has 2 bytes, but 1 follow.");
  EXPECT_EQ(load_error(with_header("[1]")), "not a safetensors file: the header does not begin with '{'.");
  EXPECT_EQ(load_error(with_header("{")), "the header is damaged: it is no JSON.");
  EXPECT_EQ(
      load_error(with_header(R"({"a":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}})", "xy")),
      "'a' has dtype U16, which ramie has not; convert it to one of BOOL, U8, I8, I16, I32, U32, I64, F16, "
      "BF16, F32, F64 before.");
  EXPECT_EQ(load_error(with_header(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234")),
            "the header is damaged: 'a' is float32[2], 8 bytes, but its data_offsets say 4.");
  EXPECT_EQ(load_error(with_header(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", "123")),
            "the header is damaged: 'a' begins at byte 1 of the values, but those before it end at 0.");
  EXPECT_EQ(load_error(with_header(R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})", "123")),
            "is cut short: the header promises 9 bytes of values, 3 follow.");
  EXPECT_EQ(load_error(with_header(R"({"a":{},"a":{}})")), "the header is damaged: 'a' comes twice.");
  EXPECT_EQ(load_error(with_header("{\"\x1b[2J\":3}")), "the header is damaged: it is no JSON.");
  EXPECT_EQ(load_error(with_header(R"({"\u001b[2J":3})")), "the header is damaged: '?[2J' is no object.");
}

TEST(Safetensors, RefusesWhatTheFormatCannotHold) {
  const TemporaryFolder folder;
  const auto save_error = [&](const nn::State& state) {
    return error_of([&] { save_safetensors(folder / "a.safetensors", state); });
  };
  const Tensor x = tensor(1.0f);
  EXPECT_EQ(save_error({{"a", x}, {"b", x}, {"a", x}}), "[save_safetensors] two tensors are named 'a'.");
  EXPECT_EQ(save_error({{"__metadata__", x}}),
            "[save_safetensors] the format keeps the name __metadata__ for itself.");
  EXPECT_EQ(save_error({{"\xff", x}}),
            "[save_safetensors] a name or the metadata holds bytes that are not UTF-8.");
  EXPECT_EQ(save_error({{"a", Tensor()}}), "[save_safetensors] 'a' is undefined.");
  EXPECT_TRUE(folder.empty());
}

// A limit on the size of files stands in for a full disk.
TEST(Safetensors, AFailedWriteLeavesTheFileThatWasThere) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  save_safetensors(path, {{"x", tensor(1.0f)}});
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 65536, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { save_safetensors(path, {{"x", zeros({100000})}}); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(error, "[save_safetensors] cannot write " + path.string() + ": File too large");
  EXPECT_EQ(load_safetensors(path).tensors.at("x").item(), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

// ---- a model's weights -----------------------------------------------------------------------------------

struct Net : nn::Module<Net> {
  nn::Linear body;
  nn::BatchNorm norm;
  nn::Dropout dropout;
  nn::Linear head;
  Net(std::int64_t classes, nn::Rngs& rngs)
      : body(3, 4, rngs), norm(4, rngs), dropout(0.5, rngs), head(4, classes, rngs) {}
  using fields = nn::Fields<&Net::body, &Net::norm, &Net::dropout, &Net::head>;
};
Net net(std::uint32_t seed, std::int64_t classes = 2) {
  nn::Rngs rngs(seed);
  return {classes, rngs};
}

class SavedState : public ::testing::Test {
 protected:
  std::string load_error(Net& model, const LoadOptions& options = {}) {
    const nn::State before = nn::state(model);
    const std::string text = error_of([&] { load_state(model, path, options); });
    expect_equal(nn::state(model), before);
    const std::string front = "[load_state] " + path.string() + " does not fit the model:";
    EXPECT_EQ(text.substr(0, front.size()), front);
    return text.substr(std::min(front.size(), text.size()));
  }
  TemporaryFolder folder;
  fs::path path = folder / "net.safetensors";
};

TEST_F(SavedState, WeightsComeBackAndStreamsStay) {
  Net first = net(0), second = net(1);
  save_state(first, path);
  const nn::State stored = load_safetensors(path).tensors;
  EXPECT_EQ(stored.size(), 8u);  // no random stream
  const nn::State streams = nn::state(second, nn::is<nn::RngState>);
  const Unmatched unmatched = load_state(second, path);
  EXPECT_TRUE(unmatched.missing.empty() && unmatched.unexpected.empty());
  expect_equal(nn::state(second, is_weight), nn::state(first, is_weight));
  expect_equal(nn::state(second, nn::is<nn::RngState>), streams);
}

TEST_F(SavedState, OneErrorListsAllThatDoesNotFit) {
  Net model = net(0);
  nn::State state = nn::state(net(1, 5), is_weight);
  for (auto& [name, value] : state) {
    if (name == "norm.mean") value = value.astype(float64);
    if (name == "body.bias") name = "body.extra";
  }
  save_safetensors(path, state);
  EXPECT_EQ(load_error(model),
            "\n  missing: 'body.bias' float32[4]"
            "\n  unexpected: 'body.extra' float32[4]"
            "\n  mismatched: 'norm.mean' is float64[4] in the file, float32[4] in the model"
            "\n  mismatched: 'head.kernel' is float32[4,5] in the file, float32[4,2] in the model"
            "\n  mismatched: 'head.bias' is float32[5] in the file, float32[2] in the model");
  EXPECT_EQ(load_error(model, {.filter = nn::path_contains("head"), .strict = false}),
            "\n  mismatched: 'head.kernel' is float32[4,5] in the file, float32[4,2] in the model"
            "\n  mismatched: 'head.bias' is float32[5] in the file, float32[2] in the model");
}

// The model of tests/fuzz stays as it was, or has the file's values, whatever the bytes: it aborts otherwise.
TEST_F(SavedState, NoDamagedFileIsLoadedInPart) {
  fuzz::LoadedModel others;
  nn::State values = nn::state(others, is_weight);
  for (auto& [name, value] : values) value = value + 1;
  nn::update(others, values);
  save_state(others, path);
  const std::string file = read(path), other = read(committed / "dtypes.safetensors");
  const auto loads = [](const std::string& bytes) {
    return fuzz::read_load_state({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  };
  EXPECT_TRUE(loads(file));
  EXPECT_FALSE(loads(other));
  EXPECT_FALSE(loads(file.substr(0, file.size() - 1)));
  data::CounterRandom random(8);
  int taken = 0;
  for (int i = 0; i < 3000; ++i) taken += loads(fuzz::changed(file, other, random));
  EXPECT_GT(taken, 10);  // those whose values were changed
}

TEST_F(SavedState, ALongListIsCut) {
  Net model = net(0);
  nn::State state = nn::state(model, is_weight);
  for (int i = 0; i < 25; ++i) state.add("more" + std::to_string(i), tensor(1.0f));
  save_safetensors(path, state);
  EXPECT_HAS(load_error(model), "unexpected: 'more4' float32[]\n  unexpected: 5 more");
}

TEST_F(SavedState, AFilterLoadsAPart) {
  const Net first = net(0, 5);
  Net second = net(1);
  save_state(first, path);
  const nn::State head = nn::state(second, nn::path_contains("head"));
  load_state(second, path,
             {.filter = nn::not_(nn::any_of({nn::path_contains("head"), nn::is<nn::RngState>}))});
  expect_equal(nn::state(second, nn::path_contains("body")), nn::state(first, nn::path_contains("body")));
  expect_equal(nn::state(second, nn::path_contains("head")), head);
}

TEST_F(SavedState, NotStrictTellsWhatItLeftOut) {
  Net model = net(0);
  save_safetensors(path, {{"body.bias", tensor({1, 2, 3, 4}, float32)}, {"tail.bias", tensor(1.0f)}});
  const Unmatched unmatched = load_state(model, path, {.filter = nn::path_contains("body"), .strict = false});
  EXPECT_EQ(unmatched.missing, std::vector<std::string>{"body.kernel"});
  EXPECT_EQ(unmatched.unexpected, std::vector<std::string>{"tail.bias"});
  EXPECT_EQ(model.body.bias->value().to_vector<int>(), (std::vector{1, 2, 3, 4}));
}

struct Tied : nn::Module<Tied> {
  nn::Param in, out;
  explicit Tied(float value) : in(full({2}, value)), out(in) {}
  using fields = nn::Fields<&Tied::in, &Tied::out>;
};

TEST_F(SavedState, TiedWeightsAreStoredOnceAndStayTied) {
  Tied first(1), second(2);
  save_state(first, path);
  EXPECT_EQ(load_safetensors(path).tensors.size(), 1u);
  load_state(second, path);
  EXPECT_EQ(second.out.value().to_vector<int>(), (std::vector{1, 1}));
  EXPECT_EQ(second.in.cell(), second.out.cell());
}

}  // namespace
}  // namespace ramie::train
