#include <ramie/nn/fields.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include <ramie/nn/linear.h>

namespace ramie::nn {
namespace {

struct Block : Module<Block> {
  Linear inner;
  bool flag = true;
  double rate = 0.5;
  explicit Block(Rngs& rngs) : inner(2, 3, rngs) {}
  using fields = Fields<&Block::inner, &Block::flag, &Block::rate>;
};

template <class T>
struct Wrapped : Module<Wrapped<T>> {
  T held;
  std::vector<T> more;
  using fields = Fields<&Wrapped::held, &Wrapped::more>;
};

// Lists that leave something out. (Walking such a module does not compile: tests/build/compile_errors.)
struct Forgets : Module<Forgets> {
  Param kernel, bias;
  using fields = Fields<&Forgets::kernel>;
};
struct ForgetsTheFirst : Module<ForgetsTheFirst> {
  Param kernel, bias;
  using fields = Fields<&ForgetsTheFirst::bias>;
};
struct Virtual : Module<Virtual> {
  Param kernel;
  virtual ~Virtual() = default;
  using fields = Fields<&Virtual::kernel>;
};
struct Empty : Module<Empty> {
  using fields = Fields<>;
};

std::string names(auto& module) {
  std::string out;
  std::remove_cvref_t<decltype(module)>::fields::visit(
      module, [&](std::string_view name, auto&) { out += std::string(name) + ' '; });
  return out;
}

TEST(Fields, NamesComeFromTheMembers) {
  Rngs rngs(0);
  Block block(rngs);
  EXPECT_EQ(names(block), "inner flag rate ");
  Wrapped<std::vector<Param>> wrapped;
  EXPECT_EQ(names(wrapped), "held more ");
}

TEST(Fields, VisitGivesTheMembersThemselves) {
  Rngs rngs(0);
  Block block(rngs);
  Block::fields::visit(block, [](std::string_view, auto& member) {
    if constexpr (std::is_same_v<decltype(member), double&>) member = 0.25;
  });
  EXPECT_EQ(block.rate, 0.25);
}

TEST(Fields, ACompleteListIsRecognised) {
  static_assert(Block::fields::lists_every_member<Block>());
  static_assert(Linear::fields::lists_every_member<Linear>());
  static_assert(Wrapped<Param>::fields::lists_every_member<Wrapped<Param>>());
  static_assert(Empty::fields::lists_every_member<Empty>());
  EXPECT_EQ(sizeof(Wrapped<Param>), sizeof(Param) + sizeof(std::vector<Param>));  // the base takes no room
}

TEST(Fields, AnIncompleteListIsRecognised) {
  static_assert(!Forgets::fields::lists_every_member<Forgets>());
  static_assert(!ForgetsTheFirst::fields::lists_every_member<ForgetsTheFirst>());
  static_assert(!Virtual::fields::lists_every_member<Virtual>());
}

TEST(Fields, TypesHaveShortNames) {
  struct Local {};
  EXPECT_EQ(detail::type_name<Block>(), "Block");
  EXPECT_EQ(detail::type_name<Linear>(), "Linear");
  EXPECT_EQ(detail::type_name<Local>(), "Local");
  EXPECT_EQ(detail::type_name<Wrapped<Linear>>().substr(0, 8), "Wrapped<");
}

}  // namespace
}  // namespace ramie::nn
