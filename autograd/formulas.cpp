#include <ramie/autograd/formulas.h>

#include <algorithm>
#include <span>

namespace ramie {
namespace {

// Element i of the output depends on elements i of the inputs only.
constexpr Formula elementwise[] = {
    // Arithmetic.
    {"add", "y = a + b", "da = dy,  db = dy"},
    {"subtract", "y = a - b", "da = dy,  db = -dy"},
    {"multiply", "y = a b", "da = dy b,  db = dy a"},
    {"divide", "y = a / b", "da = dy / b,  db = -dy y / b"},
    {"power", "y = a^b", "da = dy b a^(b-1),  db = dy y log(a)"},
    {"maximum", "y = the larger of a and b", "dy goes to the larger one; at a tie each gets half"},
    {"minimum", "y = the smaller of a and b", "dy goes to the smaller one; at a tie each gets half"},
    {"remainder", "y = a - floor(a / b) b", "da = dy,  db = -dy floor(a / b)"},
    {"fmod", "y = a - trunc(a / b) b", "da = dy,  db = -dy trunc(a / b)"},
    {"floor_divide", "y = floor(a / b)", "0: y is constant between its steps"},
    {"hypot", "y = sqrt(a^2 + b^2)", "da = dy a / y,  db = dy b / y"},
    {"atan2", "y = the angle of the point (b, a)", "da = dy b / (a^2 + b^2),  db = -dy a / (a^2 + b^2)"},
    {"logaddexp", "y = log(e^a + e^b)", "da = dy e^(a-y),  db = dy e^(b-y)"},
    {"logaddexp2", "y = log2(2^a + 2^b)", "da = dy 2^(a-y),  db = dy 2^(b-y)"},
    {"negative", "y = -x", "dx = -dy"},
    {"abs", "y = |x|", "dx = dy sign(x), and dy at 0"},
    {"sign", "y = -1, 0 or 1", "0: y is constant between its steps"},
    {"reciprocal", "y = 1 / x", "dx = -dy y^2"},
    {"square", "y = x^2", "dx = dy 2 x"},
    {"sqrt", "y = sqrt(x)", "dx = dy / (2 y)"},
    {"rsqrt", "y = 1 / sqrt(x)", "dx = -dy y^3 / 2"},
    {"cbrt", "y = the cube root of x", "dx = dy y / (3 x)"},
    // Functions.
    {"exp", "y = e^x", "dx = dy y"},
    {"exp2", "y = 2^x", "dx = dy y log(2)"},
    {"expm1", "y = e^x - 1", "dx = dy (y + 1)"},
    {"log", "y = log(x)", "dx = dy / x"},
    {"log2", "y = log2(x)", "dx = dy / (x log(2))"},
    {"log10", "y = log10(x)", "dx = dy / (x log(10))"},
    {"log1p", "y = log(1 + x)", "dx = dy / (1 + x)"},
    {"sin", "y = sin(x)", "dx = dy cos(x)"},
    {"cos", "y = cos(x)", "dx = -dy sin(x)"},
    {"tan", "y = tan(x)", "dx = dy (1 + y^2)"},
    {"asin", "y = asin(x)", "dx = dy / sqrt(1 - x^2)"},
    {"acos", "y = acos(x)", "dx = -dy / sqrt(1 - x^2)"},
    {"atan", "y = atan(x)", "dx = dy / (1 + x^2)"},
    {"sinh", "y = sinh(x)", "dx = dy cosh(x)"},
    {"cosh", "y = cosh(x)", "dx = dy sinh(x)"},
    {"tanh", "y = tanh(x)", "dx = dy (1 - y^2)"},
    {"asinh", "y = asinh(x)", "dx = dy / sqrt(x^2 + 1)"},
    {"acosh", "y = acosh(x)", "dx = dy / sqrt(x^2 - 1)"},
    {"atanh", "y = atanh(x)", "dx = dy / (1 - x^2)"},
    {"erf", "y = erf(x)", "dx = dy 2 e^(-x^2) / sqrt(pi)"},
    {"erfc", "y = 1 - erf(x)", "dx = -dy 2 e^(-x^2) / sqrt(pi)"},
    {"erf_inv", "y = the x of erf(y)", "dx = dy e^(y^2) sqrt(pi) / 2"},
    {"lgamma", "y = log |gamma(x)|", "dx = dy digamma(x)"},
    {"digamma", "y = the derivative of lgamma", "dx = dy polygamma(1, x)"},
    {"polygamma", "y = a derivative of digamma", "dx = dy times the next polygamma"},
    {"copysign", "y = |a| with the sign of b", "da = dy where the sign stays, else -dy;  db = 0"},
    {"floor", "y = x rounded down", "0: y is constant between its steps"},
    {"ceil", "y = x rounded up", "0: y is constant between its steps"},
    {"round", "y = x rounded", "0: y is constant between its steps"},
    {"trunc", "y = x rounded towards 0", "0: y is constant between its steps"},
    {"clip", "y = x within bounds", "dx = dy between the bounds, 0 outside"},
    {"where", "y = a where the condition holds, else b", "da = dy where it holds,  db = dy elsewhere"},
    {"astype", "y = x in another dtype", "dx = dy in x's dtype"},
    {"to", "y = x on another device", "dx = dy on x's device"},
    {"contiguous", "y = x without gaps", "dx = dy"},
    // Activations, and their gradients, which may be differentiated again.
    {"relu", "y = x where x > 0, else 0", "dx = dy where y > 0, else 0"},
    {"relu6", "y = x between 0 and 6", "dx = dy where 0 < y < 6, else 0"},
    {"leaky_relu", "y = x where x > 0, else slope x", "dx = dy where x > 0, else slope dy"},
    {"elu", "y = x where x > 0, else alpha (e^x - 1)", "dx = dy where x > 0, else dy alpha e^x"},
    {"celu", "y = x where x > 0, else alpha (e^(x/alpha) - 1)", "dx = dy where x > 0, else dy e^(x/alpha)"},
    {"sigmoid", "y = 1 / (1 + e^-x)", "dx = dy y (1 - y)"},
    {"log_sigmoid", "y = log(sigmoid(x))", "dx = dy sigmoid(-x)"},
    {"softplus", "y = log(1 + e^x)", "dx = dy sigmoid(x)"},
    {"silu", "y = x sigmoid(x)", "dx = dy s (1 + x (1 - s)) with s = sigmoid(x)"},
    {"gelu", "y = x P(Z < x), Z normal", "dx = dy (P(Z < x) + x p(x)), p the normal density"},
    {"mish", "y = x tanh(softplus(x))", "dx = dy (t + x sigmoid(x) (1 - t^2)) with t = tanh(softplus(x))"},
    {"tanh_backward", "y = a (1 - b^2)", "da = dy (1 - b^2),  db = -dy 2 a b"},
    {"sigmoid_backward", "y = a b (1 - b)", "da = dy b (1 - b),  db = dy a (1 - 2 b)"},
    {"relu6_backward", "y = a where 0 < b < 6, else 0", "da = dy where 0 < b < 6, else 0"},
    {"leaky_relu_backward", "y = a f'(b) of leaky_relu", "da = dy f'(b),  db = dy a f''(b)"},
    {"elu_backward", "y = a f'(b) of elu", "da = dy f'(b),  db = dy a f''(b)"},
    {"silu_backward", "y = a f'(b) of silu", "da = dy f'(b),  db = dy a f''(b)"},
    {"gelu_backward", "y = a f'(b) of gelu", "da = dy f'(b),  db = dy a f''(b)"},
    {"relu_backward", "y = a where b > 0, else 0", "da = dy where b > 0, else 0"},
};

constexpr Formula others[] = {
    {"softmax", "y = e^x / sum(e^x)", "dx = y (dy - sum(dy y)): each output lowers all others"},
    {"log_softmax", "y = x - logsumexp(x)", "dx = dy - e^y sum(dy)"},
    {"log_softmax_backward", "y = a - e^b sum(a)", "the product rule"},
    {"softmax_backward", "y = b (a - sum(a b))", "da = b (dy - sum(dy b)),  db = the product rule"},
    // Reductions.
    {"sum", "y = the sum of x", "dx = dy to each element that was added"},
    {"mean", "y = the mean of x", "dx = dy / n to each of the n elements"},
    {"sum_to", "y = x summed to a smaller shape", "dx = dy to each element that was added"},
    {"prod", "y = the product of x", "dx = dy times the product of the others"},
    {"max", "y = the largest of x", "dy goes to the largest; ties share it"},
    {"min", "y = the smallest of x", "dy goes to the smallest; ties share it"},
    {"logsumexp", "y = log(sum(e^x))", "dx = dy softmax(x)"},
    {"cumsum", "y = running sums of x", "dx = running sums of dy from the end: x is in all later sums"},
    // Products.
    {"matmul", "y = a @ b", "da = dy @ b^T,  db = a^T @ dy"},
    {"conv2d", "y = x slid under the kernel", "dx = dy slid under the flipped kernel,  dk = x slid under dy"},
    {"conv2d_input_gradient", "y = a spread by the kernel b", "da = conv2d(dy, b),  db = dy slid under a"},
    {"conv2d_kernel_gradient", "y = a slid under b", "da = b spread by dy,  db = conv2d(a, dy)"},
    {"max_pool", "y = the largest of each window", "dy goes to where the largest was"},
    {"min_pool", "y = the smallest of each window", "dy goes to where the smallest was"},
    {"avg_pool", "y = the mean of each window",
     "dx = dy / n to each of a window's n; windows that overlap add"},
    {"avg_pool_gradient", "y = a spread over the windows", "da = the mean of dy in each window"},
    {"pool_gather", "y = the chosen element of each window", "dy goes to where the element was"},
    {"pool_scatter", "y = each a at its chosen place", "da = dy at that place"},
    // Linear algebra.
    {"inv", "y = a^-1", "da = -y^T @ dy @ y^T"},
    {"pinv", "y = the pseudo-inverse of a", "as that of the inverse, with what it projects away"},
    {"solve", "y = a^-1 @ b", "db = a^-T @ dy,  da = -db @ y^T"},
    {"triangular_solve", "y = a^-1 @ b, a triangular", "db = a^-T @ dy,  da = the triangle of -db @ y^T"},
    {"cholesky", "a = y @ y^T, y lower triangular",
     "da = y^-T @ (the lower half of y^T @ dy) @ y^-1, made symmetric"},
    {"det", "y = the determinant of a", "da = dy y a^-T"},
    {"qr", "a = q @ r", "the product rule, with q orthogonal and r triangular"},
    {"eigh", "a = v @ diag(w) @ v^T", "da = v @ (diag(dw) + (v^T @ dv) / (w_j - w_i)) @ v^T"},
    {"eigvalsh", "y = the eigenvalues of a", "da = v @ diag(dy) @ v^T, v the eigenvectors"},
    {"svd", "a = u @ diag(s) @ v^T", "da = u @ diag(ds) @ v^T, and more where u and v are used"},
    {"svdvals", "y = the singular values of a", "da = u @ diag(dy) @ v^T"},
    // Moving elements: the gradient moves back.
    {"reshape", "y = x in another shape", "dx = dy in x's shape"},
    {"flatten", "y = x with its axes joined", "dx = dy in x's shape"},
    {"expand_dims", "y = x with an axis of length 1 more", "dx = dy in x's shape"},
    {"squeeze", "y = x without its axes of length 1", "dx = dy in x's shape"},
    {"transpose", "y = x with its axes permuted", "dx = dy with the axes permuted back"},
    {"broadcast_to", "y = x repeated to a larger shape", "dx = the sum of dy over all repetitions"},
    {"slice", "y = a part of x", "dx = dy at that part, 0 elsewhere"},
    {"index", "y = a part of x", "dx = dy at that part, 0 elsewhere"},
    {"flip", "y = x backwards", "dx = dy backwards"},
    {"pad", "y = x with a border", "dx = dy without the border"},
    {"place", "y = x among zeros", "dx = the part of dy where x is"},
    {"concatenate", "y = the inputs one after the other", "each input gets its part of dy"},
    {"stack", "y = the inputs along a new axis", "each input gets its part of dy"},
    {"take", "y = the rows of a at given indices", "da = dy added at those rows; one taken twice gets both"},
    {"take_along_axis", "y = a at given indices along an axis", "da = dy added at those places"},
    {"scatter_add", "y = the rows of a added at given indices", "da = dy at those indices"},
    {"scatter_along_axis", "y = a added at given indices", "da = dy at those indices"},
    {"index_set", "y = a with a part set to b", "da = dy, 0 at the part,  db = dy at the part"},
    // Losses.
    {"softmax_cross_entropy", "y = -log(softmax(x)[label])", "dx = dy (softmax(x) - one_hot(label))"},
    {"softmax_cross_entropy_with_integer_labels", "y = -log(softmax(x)[label])",
     "dx = dy (softmax(x) - one_hot(label))"},
    {"softmax_cross_entropy_backward", "y = a (softmax(b) - one_hot(label))", "the product rule"},
    // Not ops.
    {"custom_vjp", "a function", "the rule that was given with it"},
    {"custom_jvp", "a function", "the rule that was given with it, transposed"},
    {"checkpoint", "a function that keeps its inputs only",
     "it runs again, and its own backward runs through it"},
    {"variable", "a variable", "its gradient is the sum of all that arrives"},
    {"argument", "an argument of a transform", "its gradient is the sum of all that arrives"},
};

const Formula* find(std::span<const Formula> table, std::string_view op) {
  const auto found = std::find_if(table.begin(), table.end(), [&](auto& f) { return f.op == op; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const Formula* formula_of(std::string_view op) {
  const Formula* f = find(elementwise, op);
  return f ? f : find(others, op);
}

bool detail::is_elementwise(std::string_view op) { return find(elementwise, op); }

}  // namespace ramie
