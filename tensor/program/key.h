// What a recorded program depends on, as words that can be compared: two calls with equal keys run the same
// program. Values of types that cannot be written as words are kept and compared with ==.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <variant>
#include <vector>

#include <ramie/tensor/tensor.h>

namespace ramie {

class Key;

namespace detail {

template <class T>
struct is_variant : std::false_type {};
template <class... T>
struct is_variant<std::variant<T...>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
concept RangeOfValues = requires(const T& t) {
  t.begin();
  t.end();
  t.size();
};
template <class T>
concept TupleOfValues = requires {
  std::tuple_size<T>::value;
}
&&!RangeOfValues<T>;

// Whether a T can be part of a key.
template <class T>
constexpr bool is_keyed();
template <class T>
struct keyed : std::bool_constant<std::equality_comparable<T> && std::copy_constructible<T>> {};
template <class T>
requires std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_empty_v<T>
struct keyed<T> : std::true_type {
};
template <RangeOfValues T>
struct keyed<T> : std::bool_constant<is_keyed<std::remove_cvref_t<decltype(*std::declval<T&>().begin())>>()> {
};
template <class T>
struct keyed<std::optional<T>> : keyed<T> {};
template <class... T>
struct keyed<std::variant<T...>> : std::conjunction<keyed<T>...> {};
template <class... T>
struct keyed<std::tuple<T...>> : std::conjunction<keyed<std::remove_cv_t<T>>...> {};
template <class A, class B>
struct keyed<std::pair<A, B>> : std::conjunction<keyed<std::remove_cv_t<A>>, keyed<B>> {};
template <>
struct keyed<Tensor> : std::false_type {};
template <class T>
constexpr bool is_keyed() {
  return keyed<T>::value;
}

}  // namespace detail

class Key {
 public:
  void clear() {
    words_.clear();
    others_.clear();
  }
  void word(std::uint64_t w) { words_.push_back(w); }
  void text(std::string_view s) {
    word(s.size());
    const std::size_t at = words_.size();
    words_.resize(at + (s.size() + 7) / 8);
    if (!s.empty()) std::memcpy(words_.data() + at, s.data(), s.size());
  }
  void layout(const Layout& l) {
    word(static_cast<std::uint64_t>(l.dtype) << 32 | static_cast<std::uint32_t>(l.rank()));
    for (int i = 0; i < l.rank(); ++i) {
      word(static_cast<std::uint64_t>(l.shape[i]));
      word(static_cast<std::uint64_t>(l.strides[i]));
    }
  }
  void device(Device d) {
    word(static_cast<std::uint64_t>(d.kind) << 32 | static_cast<std::uint32_t>(d.index));
  }
  template <class T>
  void add(const T& x);
  void type(const std::type_info& t) { word(reinterpret_cast<std::uintptr_t>(t.name())); }

  bool operator==(const Key& o) const {
    if (words_ != o.words_ || others_.size() != o.others_.size()) return false;
    for (std::size_t i = 0; i < others_.size(); ++i)
      if (!others_[i]->equals(*o.others_[i])) return false;
    return true;
  }

 private:
  struct Other {
    virtual ~Other() = default;
    virtual bool equals(const Other& o) const = 0;
  };
  template <class T>
  struct Held final : Other {
    explicit Held(const T& x) : value(x) {}
    bool equals(const Other& o) const override {
      auto* same = dynamic_cast<const Held*>(&o);
      return same && same->value == value;
    }
    T value;
  };
  std::vector<std::uint64_t> words_;
  std::vector<std::shared_ptr<const Other>> others_;
};

template <class T>
void Key::add(const T& x) {
  if constexpr (std::is_floating_point_v<T>) {
    word(std::bit_cast<std::uint64_t>(static_cast<double>(x)));
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    word(static_cast<std::uint64_t>(x));
  } else if constexpr (std::is_convertible_v<T, std::string_view>) {
    text(x);
  } else if constexpr (std::is_pointer_v<T>) {
    word(reinterpret_cast<std::uintptr_t>(x));
  } else if constexpr (std::is_empty_v<T>) {
    return;
  } else if constexpr (detail::is_optional<T>::value) {
    word(x.has_value());
    if (x) add(*x);
  } else if constexpr (detail::is_variant<T>::value) {
    word(x.index());
    std::visit([this](const auto& v) { this->add(v); }, x);
  } else if constexpr (detail::RangeOfValues<T>) {
    word(x.size());
    for (const auto& v : x) add(v);
  } else if constexpr (detail::TupleOfValues<T>) {
    std::apply([this](const auto&... v) { (this->add(v), ...); }, x);
  } else {
    others_.push_back(std::make_shared<const Held<T>>(x));
  }
}

}  // namespace ramie
