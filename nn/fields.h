// The one line by which a module lists its members:
//
//   using fields = nn::Fields<&MLP::linear1, &MLP::linear2>;
//
// Names come from the member pointers. A list that leaves out a member with state does not compile.
#pragma once

#include <cstddef>
#include <string_view>

namespace ramie::nn {
namespace detail {

template <auto Member>
consteval std::string_view member_name() {
  std::string_view s = __PRETTY_FUNCTION__;  // "... [with auto Member = &MLP::linear1; ...]"
  s = s.substr(s.find("Member = ") + 9);
  s = s.substr(0, s.find_first_of(";]"));
  return s.substr(s.rfind(':') + 1);
}
template <class T>
consteval std::string_view type_name() {
  std::string_view s = __PRETTY_FUNCTION__;
  s = s.substr(s.find("T = ") + 4);
  s = s.substr(0, s.find_first_of(";]"));
  const auto arguments = s.find('<');
  const auto colon = s.substr(0, arguments).rfind(':');
  return colon == s.npos ? s : s.substr(colon + 1);
}
template <class>
struct pointee;
template <class C, class T>
struct pointee<T C::*> {
  using type = T;
};
template <auto Member>
using field_t = typename pointee<decltype(Member)>::type;
constexpr std::size_t align_up(std::size_t n, std::size_t a) { return (n + a - 1) / a * a; }

}  // namespace detail

// The data members of a module, in declaration order.
template <auto... Members>
struct Fields {
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    (f(detail::member_name<Members>(), self.*Members), ...);
  }
  // Lays the members out as the compiler does. A Variable has 16 bytes, so state cannot hide in the padding.
  template <class Self>
  static consteval bool lists_every_member() {
    std::size_t end = 0;
    ((end = detail::align_up(end, alignof(detail::field_t<Members>)) + sizeof(detail::field_t<Members>)),
     ...);
    return detail::align_up(end ? end : 1, alignof(Self)) == sizeof(Self);
  }
};

}  // namespace ramie::nn
