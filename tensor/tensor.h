// Tensor: an immutable value, cheap to copy (a handle of 8 bytes). Ops make new ones; state changes only by
// assigning a new Tensor to a Variable or Cell.
//
//   Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}, float32);
//   Tensor y = x.slice(1, 0, 2) * 2 + 1;                  // a view, then two ops
//   std::cout << y;                                       // values, shape, dtype, device, op
//   y.shape(-1);  y[1].to_vector<float>();  mean(y).item();
#pragma once

#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <ramie/tensor/layout.h>
#include <ramie/tensor/storage.h>

namespace ramie {

class Tensor;

// What tensor/ knows of autograd: the node that made a value, if one was recorded, or what a transform has
// put in a value's place.
struct Graph : Counted {
  virtual ~Graph() = default;
  virtual const char* op() const = 0;
  virtual Tensor gradient() const = 0;  // what backward() left for this leaf; undefined if nothing
  // Of a traced value: what stands below, and the same without gradients.
  virtual Tensor inner() const = 0;
  virtual Tensor detached() const = 0;
  void destroy();
  Graph* next_dead = nullptr;
  std::uint16_t size_class = 0;
  bool is_node = false;  // of a backward; else a transform's
  bool traced = false;   // transforms must see what is done with the value, so each op asks them
  Device device;         // of the value that it made
};

// What a kernel sees.
struct View {
  std::byte* data;
  const Layout* layout;
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
  std::int64_t size() const { return layout->size; }
  std::int64_t shape(int axis) const { return layout->shape[axis]; }
};

// A range of indices with Python's meaning: negative ends count from the end, ends are clipped.
struct Range {
  std::optional<std::int64_t> start = {}, stop = {};
  std::int64_t step = 1;
};
constexpr Range range() { return {}; }  // a whole axis
constexpr Range range(std::int64_t stop) { return {{}, stop, 1}; }
constexpr Range range(std::int64_t start, std::int64_t stop, std::int64_t step = 1) {
  return {start, stop, step};
}

struct Index {  // an integer removes its axis, a range keeps it
  template <class T>
  requires std::is_integral_v<T>
  constexpr Index(T i) : range{static_cast<std::int64_t>(i), {}, 0} {}
  constexpr Index(Range r) : range(r) {}
  Range range;  // step 0: an integer, in start
};

class Tensor {
 public:
  Tensor() = default;  // undefined: holds no value, converts to false
  static Tensor empty(const Layout& layout, Device device = cpu());  // fresh bytes, not set
#if RAMIE_CUDA
  static Tensor empty_pinned(const Layout& layout);  // on the CPU, in page-locked memory
#endif
  // Another layout over the same bytes, `offset` elements further on. No gradient: for kernels and op rules.
  Tensor alias(const Layout& layout, std::int64_t offset = 0) const;
  // The same value to which no gradient leads.
  Tensor detach() const { return graph() ? without_graph() : *this; }
  // A value that only transforms know, without bytes of its own.
  static Tensor abstract(const Layout& layout, Device device);
  // A second name for the same bytes, for recorders.
  Tensor renamed() const;

  explicit operator bool() const { return static_cast<bool>(impl_); }
  const Layout& layout() const {
    if (!impl_) [[unlikely]]
      undefined();
    return impl_->layout;
  }
  const Shape& shape() const { return layout().shape; }
  std::int64_t shape(int axis) const;  // the length of an axis, which may count from the end
  int rank() const { return layout().rank(); }
  std::int64_t size() const { return layout().size; }  // the number of elements
  DType dtype() const { return layout().dtype; }
  Device device() const { return impl_ ? impl_->device : cpu(); }

  // The one value of a tensor of one element. Waits for it; an error while a program is recorded.
  template <class T = double>
  T item() const {
    const Tensor x = readable("item");
    return visit(dtype(), [&]<class From>(Type<From>) { return convert<T>(*x.view().as<From>()); });
  }
  // All values in row-major order, converted to T.
  template <class T>
  std::vector<T> to_vector() const;
  // Dense values on the CPU, to read only; T must be the dtype's type.
  template <class T>
  const T* data() const;
  // To fill a fresh tensor before anybody else holds it; an error afterwards.
  template <class T>
  T* mutable_data();

  // These are recorded ops; they are defined beside their gradient rules, in autograd/ops/.
  // The same values on another device. The copy is asynchronous, but to the CPU it waits.
  Tensor to(Device device) const;
  Tensor astype(DType dtype) const;
  Tensor reshape(const Shape& shape) const;        // one length may be -1
  Tensor transpose(const Shape& axes = {}) const;  // reversed by default
  Tensor T() const { return transpose(); }
  Tensor slice(std::int64_t axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1) const;
  Tensor operator[](const Index& i) const { return index({i}); }
  Tensor index(std::initializer_list<Index> indices) const;  // x.index({2, range(0, 4), all})

  // The gradient that backward() has summed for this variable; undefined before the first.
  Tensor grad() const { return graph() ? graph()->gradient() : Tensor(); }

  // For launch, autograd and recorders.
  View view() const {
    const Layout& l = layout();  // first: it knows an undefined Tensor
    if (!impl_->data) [[unlikely]]
      no_bytes("launch");
    return {impl_->data, &l};
  }
  Storage& storage() const { return *impl_->storage; }
  Graph* graph() const { return impl_ ? impl_->graph.get() : nullptr; }
  void attach(Ref<Graph> g) {  // only to a fresh tensor
    g->device = impl_->device;
    impl_->graph = std::move(g);
  }
  bool fresh() const { return impl_ && impl_->unique(); }  // nobody else holds this handle's value
  bool same(const Tensor& o) const { return impl_.get() == o.impl_.get(); }
  bool donatable() const {
    return fresh() && !graph() && storage().unique() && !storage().original && layout().dense;
  }

 private:
  struct Impl : Counted {
    Device device;
    Layout layout;
    std::byte* data = nullptr;
    Ref<Storage> storage;
    Ref<Graph> graph;
    explicit Impl(const Layout& l, std::byte* d, Ref<Storage> s, Device on)
        : device(on), layout(l), data(d), storage(std::move(s)) {}
    void destroy() { detail::pool_delete(this); }
  };
  Tensor(Ref<Storage> s, std::byte* data, const Layout& l, Device d)
      : impl_(detail::pool_new<Impl>(l, data, std::move(s), d)) {}
  [[noreturn]] static void undefined();
  [[noreturn]] void no_bytes(const char* what) const;
  Tensor without_graph() const;
  Tensor readable(const char* what) const;  // on the CPU; checks that it may be read
  void check_data(const char* what, DType dtype) const;
  Ref<Impl> impl_;
};

// "[[1, 2], [3, 4]] float32[2,2] cpu, made by add"; long axes are shortened to their ends.
std::string str(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);
void print(const Tensor& x);  // to standard output, with a line end

// x.to(device) without a gradient; x itself where it is there already.
Tensor transfer(const Tensor& x, Device device);

// A tensor of the values on the default device, whose dtype is exactly T's.
template <class T>
Tensor from_vector(const std::vector<T>& values, const Shape& shape);
template <class T>
Tensor from_vector(const std::vector<T>& values) {
  return from_vector(values, Shape{static_cast<std::int64_t>(values.size())});
}

// Calls f(element offset) for every element in row-major order.
template <class F>
void for_each_offset(const Layout& l, F f) {
  Shape index = l.shape;
  std::fill(index.begin(), index.end(), 0);
  for (std::int64_t n = 0, at = 0; n < l.size; ++n) {
    f(at);
    for (int i = l.rank(); i-- > 0;) {
      at += l.strides[i];
      if (++index[i] < l.shape[i]) break;
      at -= index[i] * l.strides[i], index[i] = 0;
    }
  }
}

// ---- definitions -----------------------------------------------------------------------------------------

template <class T>
std::vector<T> Tensor::to_vector() const {
  const Tensor x = readable("to_vector");
  std::vector<T> out;
  out.reserve(static_cast<std::size_t>(size()));
  visit(dtype(), [&]<class From>(Type<From>) {
    const From* p = x.view().as<From>();
    for_each_offset(x.layout(), [&](std::int64_t at) { out.push_back(convert<T>(p[at])); });
  });
  return out;
}

template <class T>
const T* Tensor::data() const {
  check_data("data", dtype_of<T>());
  return view().as<T>();
}

template <class T>
T* Tensor::mutable_data() {
  check_data("mutable_data", dtype_of<T>());
  return view().as<T>();
}

template <class T>
Tensor from_vector(const std::vector<T>& values, const Shape& shape) {
  void check_count(std::size_t values, const Shape& shape);
  check_count(values.size(), shape);
  Tensor x = Tensor::empty({dtype_of<T>(), shape});
  std::copy(values.begin(), values.end(), x.mutable_data<T>());
  return transfer(x, default_device());
}

}  // namespace ramie
