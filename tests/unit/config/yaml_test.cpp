#include "framework/config/yaml.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bhsim::config {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_yaml(text, "f.yml");
  return parsed ? "no error" : parsed.error().message;
}

struct Broken {
  const char* name;
  std::string text;
  std::string error;
  friend void PrintTo(const Broken& one, std::ostream* out) { *out << one.name; }
};

// Every digit doubles nine times over: 10^8 values from 600 bytes, if nobody counted.
std::string alias_bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    text += fmt::format("a{}: &a{} [", i, i);
    for (int k = 0; k < 10; ++k) text += fmt::format("{}*a{}", k == 0 ? "" : ", ", i - 1);
    text += "]\n";
  }
  return text;
}

class BrokenYaml : public testing::TestWithParam<Broken> {};

TEST_P(BrokenYaml, IsRefusedWithItsPlace) {
  EXPECT_EQ(error_of(GetParam().text), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BrokenYaml,
    testing::Values(
        Broken{"Empty", "", "f.yml:1:1: the file is empty"},
        Broken{"OnlyAComment", "# nothing\n", "f.yml:1:1: the file is empty"},
        Broken{"DuplicateKey", "a: 1\nb: 2\na: 3\n",
               "f.yml:3:1: the key 'a' stands here twice; first in line 1"},
        Broken{"DuplicateKeyInFlow", "a: {b: 1, b: 2}\n",
               "f.yml:1:11: the key 'b' stands here twice; first in line 1"},
        Broken{"Syntax", "a: x\n  b: [1\n", "f.yml:2:4: not YAML: illegal map value"},
        Broken{"Unclosed", "a: [1, 2\n", "f.yml:2:1: not YAML: end of sequence flow not found"},
        Broken{"Tab", "a:\n\t- b\n", "f.yml:2:2: not YAML: illegal block entry"},
        Broken{"UnknownAlias", "a: *b\n",
               "f.yml:1:4: not YAML: the referenced anchor is not defined"},
        Broken{"AliasInItself", "a: &x [*x]\n",
               "f.yml:1:8: an alias inside what it stands for; write it out"},
        Broken{"AliasBomb", alias_bomb(),
               "f.yml:5:10: more than 20000 values, aliases written out"},
        Broken{"TooDeep", std::string(100, '[') + std::string(100, ']'),
               "f.yml:1:33: more than 32 levels of nesting"},
        Broken{"FarTooDeep", std::string(100'000, '['),
               "f.yml:1:17: more than 32 levels of nesting"},
        Broken{"SecondDocument", "a: 1\n---\nb: 2\n",
               "f.yml:3:1: a second document; one file holds one"},
        Broken{"Tag", "a: !!binary x\n",
               "f.yml:1:4: the tag 'tag:yaml.org,2002:binary' means nothing here; leave it out"},
        Broken{"KeyIsAList", "? [a]\n: b\n", "f.yml:1:3: a key must be a plain word"},
        Broken{"NulByte", std::string("a: b\nc: \0d", 10),
               "f.yml:2:1: a NUL byte; is this a YAML file?"},
        Broken{"TooLarge", std::string(kYamlBytesMax + 1, '#'), "f.yml: larger than 1 MB"}),
    [](const auto& one) { return one.param.name; });

TEST(Yaml, Alias_IsWrittenOut) {
  const auto tree = parse_yaml("a: &x {k: v}\nb: *x\n", "f.yml");
  ASSERT_TRUE(tree);
  const YamlNode& b = tree->entries.at(1).value;
  ASSERT_EQ(b.kind, YamlKind::mapping);
  EXPECT_EQ(b.entries.at(0).value.text, "v");
  EXPECT_EQ(b.place.line, 2);
}

TEST(Yaml, QuotedNumber_IsAText) {
  auto file = YamlFile::from_text("a: \"5\"\nb: 'true'\n", "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a test");
  root.integer("a", 0, 10);
  root.boolean("b");
  root.done();
  EXPECT_EQ(file->finish().error().message,
            "f.yml:1:4: a: found '5', expected a whole number from 0 to 10\n"
            "f.yml:2:4: b: found 'true', expected true or false");
}

TEST(Yaml, WindowsLineEndsAndByteOrderMark_DoNotMovePlaces) {
  auto file = YamlFile::from_text(
      "\xef\xbb\xbf"
      "a: 1\r\nb: x\r\n",
      "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a test");
  EXPECT_EQ(root.integer("a", 0, 9), 1);
  root.integer("b", 0, 9);
  EXPECT_EQ(file->finish().error().message,
            "f.yml:2:4: b: found 'x', expected a whole number from 0 to 9");
}

TEST(Yaml, RootThatIsNoMapping_IsComplainedAboutOnce) {
  auto file = YamlFile::from_text("- a\n- b\n", "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a load profile");
  EXPECT_EQ(root.text("load"), "");
  root.done();
  EXPECT_EQ(file->finish().error().message,
            "f.yml:1:1: found a list, expected a load profile: a mapping of keys to values");
}

TEST(Yaml, MissingKey_IsToldAtItsMapping) {
  auto file = YamlFile::from_text("a:\n  b: 1\n", "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a test");
  auto a = root.mapping("a");
  EXPECT_EQ(a.integer("b", 0, 9), 1);
  a.duration("within");
  a.done();
  EXPECT_EQ(file->finish().error().message,
            "f.yml:2:3: 'a' lacks 'within': a duration such as 500ms, 5s, 10m, 4h or 1h30m");
}

TEST(Yaml, UnknownKeyWithoutANearOne_ListsAll) {
  auto file = YamlFile::from_text("zebra: 1\n", "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a test");
  root.integer("port", 0, 9, 0);
  root.text("app", "");
  root.done();
  EXPECT_EQ(file->finish().error().message,
            "f.yml:1:1: unknown key 'zebra' in a test; known are port, app");
}

TEST(Yaml, ManyComplaints_AreBoundedAndCounted) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += fmt::format("key{}: 1\n", i);
  auto file = YamlFile::from_text(text, "f.yml");
  ASSERT_TRUE(file);
  file->root("a test").done();
  const auto message = file->finish().error().message;
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 20);
  EXPECT_TRUE(message.ends_with("\nf.yml: and 80 more")) << message;
}

TEST(Yaml, ControlCharactersOfTheFile_DoNotReachTheTerminal) {
  auto file = YamlFile::from_text("a: \"\\e[31mred\"\n", "f.yml");
  ASSERT_TRUE(file);
  auto root = file->root("a test");
  root.integer("a", 0, 9);
  EXPECT_EQ(file->finish().error().message,
            "f.yml:1:4: a: found '?[31mred', expected a whole number from 0 to 9");
}

TEST(Yaml, Folder_IsRefusedAsOne) {
  EXPECT_EQ(read_yaml_text("/").error().message, "read /: it is a folder, not a file");
}

TEST(Yaml, MissingFile_IsNotFound) {
  const auto text = read_yaml_text("/nowhere/at/all.yml");
  EXPECT_EQ(text.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace bhsim::config
