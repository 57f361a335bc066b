// docs/command-line.md has every command, option and exit code, in the program's own words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "framework/base/files.hpp"
#include "framework/cli/command.hpp"

namespace bhsim::cli {
namespace {

constexpr std::string_view kMarker =
    "<!-- Below: made from the program's own words by BHSIM_WRITE_DOCS=1 ./scripts/test -R "
    "CommandLineDocs -->\n";

const Path& document() {
  static const Path path = Path(BHSIM_SOURCE_DIR) / "docs" / "command-line.md";
  return path;
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\\');
  return text;
}

std::string options_of(const CLI::App& command) {
  std::string rows;
  for (const auto* option : command.get_options()) {
    if (option->check_name("--help")) continue;
    std::string name = option->get_positional() ? option->get_name(true) : option->get_name();
    if (option->get_required()) name += " (required)";
    rows += "| `" + name + "` | " + escaped(option->get_description()) + " |\n";
  }
  if (rows.empty()) return {};
  return "\n| word | meaning |\n|---|---|\n" + rows;
}

void describe(const CLI::App& command, const std::string& name, std::string& text) {
  text += "\n## " + name + "\n\n" + command.get_description() + ".\n" + options_of(command);
  for (const auto* inner : command.get_subcommands([](const CLI::App*) { return true; }))
    describe(*inner, name + " " + inner->get_name(), text);
}

std::string described() {
  CLI::App app;
  int result = 0;
  add_everything(app, result);
  std::string text;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) describe(*command, "bhsim " + command->get_name(), text);
  return text;
}

TEST(CommandLineDocs, EveryCommandAndOption_IsThereInTheProgramsWords) {
  auto text = read_file(document());
  ASSERT_TRUE(text) << text.error().message;
  const auto at = text->find(kMarker);
  ASSERT_NE(at, std::string::npos) << document() << " lacks the line " << kMarker;
  const std::string before = text->substr(0, at + kMarker.size());
  if (std::getenv("BHSIM_WRITE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file(document(), before + described()));
    return;
  }
  EXPECT_EQ(text->substr(at + kMarker.size()), described())
      << "BHSIM_WRITE_DOCS=1 ./scripts/test -R CommandLineDocs writes it anew";
}

TEST(CommandLineDocs, EveryExitCode_IsThere) {
  const auto text = read_file(document());
  ASSERT_TRUE(text) << text.error().message;
  for (const int code : {kPass, kFail, kInconclusive, kUsage, kEngine, kInternal, kInterrupted})
    EXPECT_THAT(*text, testing::HasSubstr("\n| " + std::to_string(code) + " | "));
}

}  // namespace
}  // namespace bhsim::cli
