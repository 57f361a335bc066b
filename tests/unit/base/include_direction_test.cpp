// The build refuses an include against the direction of dependency; this test refuses the table
// itself when it drifts from the design: what a folder may include is written down here a second
// time, on purpose.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;
using Folders = std::set<std::string>;

const std::map<std::string, Folders>& allowed() {
  static const std::map<std::string, Folders> table{
      {"framework/base", {}},
      {"framework/stats", {"framework/base"}},
      {"framework/config", {"framework/base", "framework/faults"}},
      {"framework/history", {"framework/base"}},
      {"framework/engine", {"framework/base"}},
      {"framework/sidecar", {"framework/base", "framework/engine"}},
      {"framework/load", {"framework/base", "framework/stats"}},
      {"framework/hotswap",
       {"framework/base", "framework/history", "framework/engine", "framework/sidecar"}},
      {"framework/relay", {"framework/base", "framework/stats"}},
      {"framework/faults",
       {"framework/base", "framework/history", "framework/engine", "framework/sidecar",
        "framework/relay"}},
      {"framework/probes",
       {"framework/base", "framework/history", "framework/engine", "framework/sidecar"}},
      {"framework/runner",
       {"framework/base", "framework/config", "framework/history", "framework/engine",
        "framework/sidecar", "framework/load", "framework/hotswap", "framework/faults",
        "framework/probes", "framework/stats"}},
      {"checks", {"framework/base", "framework/config", "framework/history", "framework/stats"}},
      {"framework/report",
       {"framework/base", "framework/config", "framework/history", "framework/stats", "checks"}},
      {"framework/cli",
       {"framework/base", "framework/config", "framework/history", "framework/engine",
        "framework/load", "framework/faults", "framework/runner", "checks", "framework/report"}},
  };
  return table;
}

Folders included_by(const fs::path& file) {
  static const std::regex include(R"re(^\s*#include\s+"((?:framework/\w+|checks))/)re");
  Folders found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) found.insert(match[1]);
  }
  return found;
}

TEST(IncludeDirection, EveryFolder_IncludesOnlyWhatTheDesignAllows) {
  const fs::path root = BHSIM_SOURCE_DIR;
  int files = 0;
  for (const auto& [folder, may] : allowed()) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      ++files;
      for (const auto& other : included_by(entry.path()))
        EXPECT_TRUE(other == folder || may.contains(other))
            << entry.path() << " includes " << other;
    }
  }
  EXPECT_GT(files, 10);
}

TEST(IncludeDirection, EveryFolderOfTheFramework_IsInTheTable) {
  for (const auto& entry : fs::directory_iterator(fs::path(BHSIM_SOURCE_DIR) / "framework"))
    EXPECT_TRUE(allowed().contains("framework/" + entry.path().filename().string()))
        << entry.path();
}

}  // namespace
