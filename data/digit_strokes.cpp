#include <ramie/data/digit_strokes.h>

#include <locale>
#include <sstream>

namespace ramie::data {
namespace {

using Glyphs = std::vector<Glyph>;

// From "x,y x,y ..." in hundredths.
std::vector<Point> points(const char* text) {
  std::istringstream in(text);
  in.imbue(std::locale::classic());  // elsewhere a comma may belong to the number
  std::vector<Point> points;
  char comma = 0;
  for (double x = 0, y = 0; in >> x >> comma >> y;) points.push_back({x / 100, y / 100});
  return points;
}

Stroke smooth(const char* text) { return {Stroke::Kind::smooth, points(text)}; }
Stroke straight(const char* text) { return {Stroke::Kind::straight, points(text)}; }

Glyphs zero() {
  return {
      // an oval that meets itself
      {smooth("50,0 22,10 6,48 20,90 48,100 78,88 92,50 80,12 50,0")},
      // one that overshoots at the top
      {smooth("62,6 36,2 12,30 10,70 40,100 74,86 86,45 70,10 44,4")},
      // one left open at the top
      {smooth("42,2 16,22 8,60 26,95 56,98 84,72 86,35 66,6")},
  };
}

Glyphs one() {
  return {
      // the plain bar, twice as often as the others
      {straight("50,0 50,100")},
      {straight("50,0 50,100")},
      // with a flag
      {straight("28,24 54,0 54,100")},
      // with a flag and a foot
      {straight("26,24 52,0 52,100"), straight("22,100 82,100")},
  };
}

Glyphs two() {
  return {
      // with a sharp corner at the base
      {smooth("10,24 28,4 58,0 82,16 78,40 46,70 8,100"), straight("8,100 92,97")},
      // with a loop at the base
      {smooth("12,20 36,0 68,6 76,30 58,62 26,92 6,94 12,78 36,82 62,98 94,90")},
      // flat and angular
      {smooth("8,14 40,0 76,12 74,38 40,72 6,96"), smooth("6,96 40,92 90,100")},
  };
}

Glyphs three() {
  return {
      {smooth("12,14 40,0 74,10 74,34 40,47"), smooth("40,47 78,56 86,80 58,100 22,97 6,82")},
      // with a flat top
      {straight("10,2 84,0 40,40"), smooth("40,40 78,50 88,76 60,100 22,97 6,85")},
      // in one curve, with a small loop in the middle
      {smooth("14,12 48,0 78,16 62,40 36,46 44,52 78,60 80,86 44,100 8,88")},
  };
}

Glyphs four() {
  return {
      // open
      {straight("20,2 8,56 92,53"), straight("74,10 68,100")},
      // open and round
      {smooth("14,2 7,34 18,53 52,52 80,40"), straight("84,0 72,100")},
      // closed, in one go
      {straight("68,100 72,0 5,64 95,64")},
  };
}

Glyphs five() {
  return {
      {straight("84,0 26,2 20,44"), smooth("20,44 50,36 84,50 86,78 58,100 20,97 5,86")},
      // like an S
      {smooth("84,2 44,4 22,32 56,46 82,68 60,96 10,95")},
      // with the bar on its own
      {smooth("24,6 18,42 48,38 80,54 80,82 48,100 8,90"), straight("26,4 88,0")},
  };
}

Glyphs six() {
  return {
      {smooth("70,0 34,22 10,60 14,88 44,100 78,88 82,64 52,52 14,70")},
      // with a straight back
      {smooth("46,0 22,36 8,76 32,100 66,96 78,72 54,56 26,66 14,82")},
      // with a small loop
      {smooth("76,4 40,12 14,48 12,84 42,100 68,90 66,68 40,64 18,78")},
  };
}

Glyphs seven() {
  return {
      {straight("5,5 90,0 40,100")},
      // with a curved back
      {smooth("6,10 44,4 88,2"), smooth("88,2 58,44 46,100")},
      // with a bar
      {straight("5,3 88,0 38,100"), straight("28,52 84,48")},
      // with a serif
      {straight("7,22 9,2 88,2"), smooth("88,2 56,50 42,100")},
  };
}

Glyphs eight() {
  return {
      // in one go
      {smooth("76,14 50,0 20,12 24,34 52,48 82,70 76,92 48,100 18,90 18,68 50,48 76,32 76,14")},
      // two circles
      {smooth("50,0 24,10 22,36 50,47 76,36 76,10 50,0"),
       smooth("50,47 16,60 14,88 50,100 84,88 84,60 50,47")},
      // left open at the top
      {smooth("82,4 48,2 22,16 38,40 70,62 76,86 46,100 20,86 32,58 66,32 86,8")},
  };
}

Glyphs nine() {
  return {
      // with a straight stem
      {smooth("80,16 50,0 18,12 14,38 42,52 74,38 82,14"), straight("82,12 74,100")},
      // with a curved tail
      {smooth("80,18 48,0 16,16 18,44 50,50 78,30 84,20 82,60 60,94 22,100")},
      // with a slanted stem
      {smooth("76,10 42,2 18,22 26,46 56,44 80,12"), smooth("80,12 66,56 48,100")},
  };
}

}  // namespace

const std::array<std::vector<Glyph>, 10>& digit_glyphs() {
  static const std::array<std::vector<Glyph>, 10> glyphs = {zero(), one(), two(),   three(), four(),
                                                            five(), six(), seven(), eight(), nine()};
  return glyphs;
}

}  // namespace ramie::data
