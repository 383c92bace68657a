#include <cstdio>
#include <fstream>
#include <sstream>

#include <ramie/tensor/error.h>

#include "results.h"

namespace example {
namespace {

void save(const std::string& text, const std::filesystem::path& path) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) ramie::fail("datarax_mnist", "cannot write " + path.string() + ".");
  std::printf("Saved: %s\n", path.c_str());
}

constexpr const char* around = R"(  subgraph Model["CNN model"]
    Conv1["Conv 1→32<br/>3×3"] --> Pool1["MaxPool 2×2"] --> Conv2["Conv 32→64<br/>3×3"]
    Conv2 --> Pool2["MaxPool 2×2"] --> Dense1["Dense 3136→128"] --> Dense2["Dense 128→10"]
  end
  subgraph Train["Training loop"]
    Loss["Cross-entropy loss"] --> Opt["Adam optimizer"] --> Eval["Evaluation"]
  end
  Data --> Model --> Train
  style Data fill:#e1f5ff
  style Model fill:#fff4e1
  style Train fill:#f0ffe1
)";

// The pipeline's own chart as the first part of the tutorial's.
std::string architecture(const std::string& pipeline) {
  std::istringstream lines(pipeline);
  std::string line, text = "flowchart TB\n  subgraph Data[\"Data pipeline\"]\n";
  std::getline(lines, line);  // "flowchart TB"
  while (std::getline(lines, line)) text += "  " + line + "\n";
  return text + "  end\n" + around;
}

}  // namespace

void save_pipeline(const ramie::data::Pipeline& pipeline, const std::filesystem::path& folder) {
  save(pipeline.svg(), folder / "cv-mnist-pipeline.svg");
  save(pipeline.mermaid(), folder / "cv-mnist-pipeline.mmd");
  save(architecture(pipeline.mermaid()), folder / "cv-mnist-architecture.mmd");
}

}  // namespace example
