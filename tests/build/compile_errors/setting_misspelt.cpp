#include <ramie/nn/view.h>

namespace nn = ramie::nn;

int main() { nn::eval_view(nn::view(nn::Dropout(0.5), nn::set<&nn::Dropout::determined>(true))); }
