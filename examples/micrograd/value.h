// A scalar engine of autograd on one page: the whole idea, with the names that ramie's ops have.
//
//   Value a = -4.0, b = 2.0;
//   Value c = relu(a * b + power(b, 3));
//   backward(c);
//   a.grad();                     // dc/da
//
// A Value is a handle to a node. A node knows what it was made of and, for each input, the local derivative:
// how much the node grows when the input grows by one. Backward goes from the youngest node to the oldest and
// hands on gradient * local derivative. What reaches an input on several ways adds up. Each backward wants a
// graph of its own: build the expression anew.
#pragma once

#include <cmath>
#include <initializer_list>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

namespace micrograd {

class Value {
 public:
  Value(double data) : Value("variable", data, {}) {}
  double data() const { return node_->data; }
  double grad() const { return node_->grad; }
  const char* op() const { return node_->op; }
  void set(double data) { node_->data = data; }  // of a parameter, between two backwards
  void zero_grad() { node_->grad = 0; }

  // What an op made: its value, and each input with the local derivative.
  struct Input {
    const Value& value;
    double derivative;
  };
  Value(const char* op, double data, std::initializer_list<Input> inputs) : node_(std::make_shared<Node>()) {
    node_->op = op;
    node_->data = data;
    node_->time = ++clock();
    for (auto& x : inputs) node_->edges.push_back({x.value.node_, x.derivative});
  }
  friend void backward(const Value& y);

 private:
  struct Node {
    const char* op;
    double data, grad = 0;
    bool waits = false;  // in a backward
    long time;           // inputs are older than what is made of them
    std::vector<std::pair<std::shared_ptr<Node>, double>> edges;
  };
  static long& clock() {
    static long now = 0;
    return now;
  }
  std::shared_ptr<Node> node_;
};

// ---- ops: a value, and a local derivative for each input -------------------------------------------------

inline Value add(const Value& a, const Value& b) { return {"add", a.data() + b.data(), {{a, 1}, {b, 1}}}; }
inline Value multiply(const Value& a, const Value& b) {
  return {"multiply", a.data() * b.data(), {{a, b.data()}, {b, a.data()}}};
}
inline Value power(const Value& a, double b) {
  return {"power", std::pow(a.data(), b), {{a, b * std::pow(a.data(), b - 1)}}};
}
inline Value exp(const Value& x) {
  const double y = std::exp(x.data());
  return {"exp", y, {{x, y}}};
}
inline Value log(const Value& x) { return {"log", std::log(x.data()), {{x, 1 / x.data()}}}; }
inline Value tanh(const Value& x) {
  const double y = std::tanh(x.data());
  return {"tanh", y, {{x, 1 - y * y}}};
}
inline Value relu(const Value& x) {
  const bool on = x.data() > 0;
  return {"relu", on ? x.data() : 0, {{x, on ? 1.0 : 0.0}}};
}

// The rest is made of these.
inline Value negative(const Value& x) { return multiply(x, -1); }
inline Value subtract(const Value& a, const Value& b) { return add(a, negative(b)); }
inline Value divide(const Value& a, const Value& b) { return multiply(a, power(b, -1)); }
inline Value operator+(const Value& a, const Value& b) { return add(a, b); }
inline Value operator-(const Value& a, const Value& b) { return subtract(a, b); }
inline Value operator*(const Value& a, const Value& b) { return multiply(a, b); }
inline Value operator/(const Value& a, const Value& b) { return divide(a, b); }
inline Value operator-(const Value& x) { return negative(x); }

// ---- the engine ------------------------------------------------------------------------------------------

// Adds dy/dx to x.grad() of every value x below y.
inline void backward(const Value& y) {
  using Node = Value::Node;
  const auto older = [](Node* a, Node* b) { return a->time < b->time; };
  std::priority_queue<Node*, std::vector<Node*>, decltype(older)> waiting(older);
  waiting.push(y.node_.get());
  y.node_->grad += 1;
  while (!waiting.empty()) {
    Node* n = waiting.top();  // all that uses it is younger, so its gradient is complete
    waiting.pop();
    n->waits = false;
    for (auto& [input, derivative] : n->edges) {
      input->grad += n->grad * derivative;
      if (!std::exchange(input->waits, true)) waiting.push(input.get());
    }
  }
}

}  // namespace micrograd
