#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/probes/tail.hpp"

namespace bhsim::probes {
namespace {

struct Lines {
  std::vector<std::string> taken;
  LineReader reader{[this](std::string_view line) { taken.emplace_back(line); }};
};

TEST(LineReader, TextSplitAnywhere_GivesTheSameLines) {
  const std::string text = "one\n\nthree is longer\nfour";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Lines lines;
    lines.reader.feed(std::string_view(text).substr(0, cut));
    lines.reader.feed(std::string_view(text).substr(cut));
    lines.reader.finish();
    EXPECT_EQ(lines.taken, (std::vector<std::string>{"one", "", "three is longer", "four"})) << cut;
  }
}

TEST(LineReader, HalfALine_IsPending) {
  Lines lines;
  lines.reader.feed("one\ntw");
  EXPECT_EQ(lines.taken.size(), 1U);
  EXPECT_EQ(lines.reader.pending(), 2U);
  lines.reader.drop();
  lines.reader.feed("three\n");
  EXPECT_EQ(lines.taken.back(), "three");
}

TEST(LineReader, EndlessLine_IsCutAndTheNextIsWhole) {
  Lines lines;
  const std::string piece(10'000, 'x');
  for (int i = 0; i < 100; ++i) lines.reader.feed(piece);
  lines.reader.feed("tail\nnext\n");
  ASSERT_EQ(lines.taken.size(), 2U);
  EXPECT_EQ(lines.taken[0].size(), 65'536U);
  EXPECT_EQ(lines.taken[1], "next");
}

}  // namespace
}  // namespace bhsim::probes
