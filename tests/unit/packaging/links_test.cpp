// Every document links to what is there: files of the tree, and headings of documents.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

#include "framework/base/files.hpp"

namespace bhsim {
namespace {

namespace fs = std::filesystem;

std::vector<Path> documents() {
  const Path root = BHSIM_SOURCE_DIR;
  std::vector<Path> found;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    const auto name = it->path().filename().string();
    if (it.depth() == 0 && (name == "build" || name == "runs" || name == ".git"))
      it.disable_recursion_pending();
    else if (it->path().extension() == ".md")
      found.push_back(it->path());
  }
  return found;
}

// Without fenced blocks, which show commands and not links.
std::string prose(const Path& document) {
  std::istringstream in(read_file(document).value_or(""));
  std::string text;
  bool fenced = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) fenced = !fenced;
    if (!fenced) text += line + "\n";
  }
  return text;
}

// A heading's anchor as GitHub makes it.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80)
      anchor += static_cast<char>(std::tolower(byte));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

std::set<std::string> anchors(const Path& document) {
  std::set<std::string> found;
  const std::string text = prose(document);
  const std::regex heading("(?:^|\n)#+ +([^\n]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), heading), end; it != end; ++it)
    found.insert(anchor_of((*it)[1]));
  return found;
}

TEST(Documents, EveryRelativeLink_LeadsToSomething) {
  const std::regex link(R"(\]\(([^)\s]+)\))");
  int links = 0;
  for (const auto& document : documents()) {
    const std::string text = prose(document);
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find("://") != std::string::npos) continue;
      ++links;
      const auto hash = target.find('#');
      const Path file = hash == 0 ? document : document.parent_path() / target.substr(0, hash);
      EXPECT_TRUE(fs::exists(file)) << document << " links to " << target;
      if (hash != std::string::npos && file.extension() == ".md") {
        EXPECT_TRUE(anchors(file).contains(target.substr(hash + 1)))
            << document << " links to " << target << ", a heading that is not there";
      }
    }
  }
  EXPECT_GT(links, 5);
}

TEST(Documents, EveryFileOfTheTreeThatTheyName_IsThere) {
  const std::regex named(
      R"(`((?:docs|scripts|configs|simulations|docker|tests|bench|checks|framework)/[\w./-]+\.\w+)`)");
  int names = 0;
  for (const auto& document : documents()) {
    const std::string text = prose(document);
    for (std::sregex_iterator it(text.begin(), text.end(), named), end; it != end; ++it) {
      ++names;
      const std::string name = (*it)[1];
      if (name.find("NAME") != std::string::npos) continue;  // stands for any
      EXPECT_TRUE(fs::exists(Path(BHSIM_SOURCE_DIR) / name)) << document << " names " << name;
    }
  }
  EXPECT_GT(names, 5);
}

}  // namespace
}  // namespace bhsim
