// einsum. Each operand is a tensor and a label for each axis; the axes of "..." have digits, from the right.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

using Labels = std::string;

struct Operand {
  Tensor x;
  Labels labels;
};

bool has(const Labels& labels, char c) { return labels.find(c) != Labels::npos; }
Labels those(const Labels& labels, auto&& condition) {
  Labels out;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(out), condition);
  return out;
}

class Einsum {
 public:
  Einsum(std::string_view formula, const std::vector<Tensor>& operands) {
    for (char c : formula)
      if (!std::isspace(static_cast<unsigned char>(c))) formula_ += c;
    const auto arrow = formula_.find("->");
    parse_operands(formula_.substr(0, arrow), operands);
    measure();
    if (arrow == Labels::npos)
      imply_result();
    else
      result_ = parse(formula_.substr(arrow + 2), widest_);
    check_result();
  }

  Tensor run() {
    for (auto& o : operands_) simplify(o);
    while (operands_.size() > 1) contract_cheapest();
    Operand& last = operands_[0];
    last = summed(last, [&](char c) { return has(result_, c); });
    return ordered(last, result_);
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    fail("einsum", fmt::format("\"{}\": {}", formula_, what));
  }

  // The labels of a term; "..." becomes the digits of so many axes.
  Labels parse(const Labels& term, int ellipsis) const {
    Labels out;
    for (std::size_t i = 0; i < term.size(); ++i) {
      if (term.compare(i, 3, "...") == 0) {
        for (int k = ellipsis; k-- > 0;) out += static_cast<char>('0' + k);
        i += 2;
      } else if (std::isalpha(static_cast<unsigned char>(term[i]))) {
        out += term[i];
      } else {
        wrong(fmt::format("'{}' is no letter.", term[i]));
      }
    }
    return out;
  }

  void parse_operands(const Labels& terms, const std::vector<Tensor>& operands) {
    const auto count = static_cast<std::size_t>(std::count(terms.begin(), terms.end(), ',')) + 1;
    if (operands.size() != count)
      wrong(fmt::format("there are {} terms for {} operands.", count, operands.size()));
    DType dtype = operands[0].dtype();
    for (auto& x : operands) dtype = promote(dtype, x.dtype());
    std::size_t at = 0;
    for (auto& x : operands) {
      const std::size_t end = std::min(terms.find(',', at), terms.size());
      add_operand(terms.substr(at, end - at), x.astype(dtype));
      at = end + 1;
    }
  }
  void add_operand(const Labels& term, const Tensor& x) {
    const bool ellipsis = has(term, '.');
    const int named = static_cast<int>(parse(term, 0).size()), rest = x.rank() - named;
    if (rest < 0 || (rest > 0 && !ellipsis))
      wrong(fmt::format("\"{}\" does not name the {} axes of {}.", term, x.rank(), str(x.layout())));
    widest_ = std::max(widest_, rest);
    operands_.push_back({x, parse(term, rest)});
  }

  // The length of each index. Those of "..." may be 1 somewhere.
  void measure() {
    for (auto& o : operands_)
      for (int i = 0; i < o.x.rank(); ++i) {
        const char c = o.labels[static_cast<std::size_t>(i)];
        std::int64_t& n = lengths_[static_cast<std::size_t>(c)];
        const std::int64_t found = o.x.shape(i);
        if (n >= 0 && n != found && !(std::isdigit(c) && (n == 1 || found == 1)))
          wrong(fmt::format("{} has lengths {} and {}.",
                            std::isdigit(c) ? "an axis of \"...\"" : fmt::format("index {}", c), n, found));
        n = n < 0 || n == 1 ? found : n;
      }
  }
  void imply_result() {
    for (int k = widest_; k-- > 0;) result_ += static_cast<char>('0' + k);
    Labels all;
    for (auto& o : operands_) all += o.labels;
    for (int c = 'A'; c <= 'z'; ++c)
      if (std::count(all.begin(), all.end(), static_cast<char>(c)) == 1) result_ += static_cast<char>(c);
  }
  void check_result() const {
    for (char c : result_) {
      if (lengths_[static_cast<std::size_t>(c)] < 0) wrong(fmt::format("no operand has index {}.", c));
      if (std::count(result_.begin(), result_.end(), c) > 1)
        wrong(fmt::format("the result has index {} twice.", c));
    }
  }

  // Drops axes that broadcast, takes diagonals, and sums over what stands nowhere else.
  void simplify(Operand& o) const {
    for (std::size_t i = o.labels.size(); i-- > 0;)
      if (o.x.shape(static_cast<int>(i)) != lengths_[static_cast<std::size_t>(o.labels[i])])
        o = {squeeze(o.x, {static_cast<std::int64_t>(i)}), Labels(o.labels).erase(i, 1)};
    for (std::size_t i = 0; i < o.labels.size(); ++i)
      for (std::size_t j; (j = o.labels.find(o.labels[i], i + 1)) != Labels::npos; i = 0) {
        const char c = o.labels[i];
        const Tensor x = diagonal(o.x, 0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
        o = {x, Labels(o.labels).erase(j, 1).erase(i, 1) + c};
      }
    o = summed(o, [&](char c) { return kept(c, &o, &o); });
  }
  // Whether an index is of the result or of an operand besides these two.
  bool kept(char c, const Operand* a, const Operand* b) const {
    return has(result_, c) || std::any_of(operands_.begin(), operands_.end(),
                                          [&](auto& o) { return &o != a && &o != b && has(o.labels, c); });
  }
  static Operand summed(const Operand& o, auto&& keep) {
    Shape axes;
    for (std::size_t i = 0; i < o.labels.size(); ++i)
      if (!keep(o.labels[i])) axes.push_back(static_cast<std::int64_t>(i));
    if (axes.empty()) return o;
    return {sum(o.x, axes).astype(o.x.dtype()), those(o.labels, keep)};
  }
  // The axes in the order of the labels, all of which the operand has.
  static Tensor ordered(const Operand& o, const Labels& labels) {
    Shape axes;
    for (char c : labels) axes.push_back(static_cast<std::int64_t>(o.labels.find(c)));
    return axes.empty() || labels == o.labels ? o.x : transpose(o.x, axes);
  }

  Shape shape_of(const Labels& labels) const {
    Shape shape;
    for (char c : labels) shape.push_back(lengths_[static_cast<std::size_t>(c)]);
    return shape;
  }
  double size_of(const Labels& labels) const {
    double n = 1;
    for (char c : labels) n *= static_cast<double>(lengths_[static_cast<std::size_t>(c)]);
    return n;
  }

  // How two operands meet.
  struct Pair {
    Labels batch, sum, left, right;
    Labels result() const { return batch + left + right; }
  };
  Pair pair(const Operand& a, const Operand& b) const {
    const auto shared = [&](char c) { return has(a.labels, c) && has(b.labels, c); };
    const auto stays = [&](char c) { return kept(c, &a, &b); };
    return {those(a.labels, [&](char c) { return shared(c) && stays(c); }),
            those(a.labels, [&](char c) { return shared(c) && !stays(c); }),
            those(a.labels, [&](char c) { return !shared(c); }),
            those(b.labels, [&](char c) { return !shared(c); })};
  }

  // The pair whose result is larger than its operands by the least.
  void contract_cheapest() {
    std::size_t first = 0, second = 1;
    double least = INFINITY;
    for (std::size_t i = 0; i < operands_.size(); ++i)
      for (std::size_t j = i + 1; j < operands_.size(); ++j) {
        const Operand &a = operands_[i], &b = operands_[j];
        const double cost = size_of(pair(a, b).result()) - size_of(a.labels) - size_of(b.labels);
        if (cost < least) least = cost, first = i, second = j;
      }
    Operand both = contract(operands_[first], operands_[second]);
    operands_[first] = std::move(both);
    operands_.erase(operands_.begin() + static_cast<std::ptrdiff_t>(second));
  }
  Operand contract(const Operand& a, const Operand& b) const {
    const Pair p = pair(a, b);
    const std::int64_t m = shape_of(p.left).size(), n = shape_of(p.right).size(), k = shape_of(p.sum).size();
    Shape left = shape_of(p.batch), right = left;
    left.push_back(m), left.push_back(k);
    right.push_back(k), right.push_back(n);
    const Tensor x = reshape(ordered(a, p.batch + p.left + p.sum), left),
                 y = reshape(ordered(b, p.batch + p.sum + p.right), right);
    const Tensor product = p.sum.empty() ? x * y : matmul(x, y);  // without a sum, a column times a row
    return {reshape(product, shape_of(p.result())), p.result()};
  }

  std::string formula_;
  std::vector<Operand> operands_;
  Labels result_;
  int widest_ = 0;  // the most axes that "..." stands for
  std::array<std::int64_t, 128> lengths_ = [] {
    std::array<std::int64_t, 128> none;
    none.fill(-1);
    return none;
  }();
};

}  // namespace

Tensor einsum(std::string_view formula, const std::vector<Tensor>& operands) {
  if (operands.empty()) fail("einsum", "no operands were given.");
  return Einsum(formula, operands).run();
}

}  // namespace ramie
