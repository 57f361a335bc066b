#pragma once
// A strict, typed view of one YAML file. Every complaint carries file:line:column (both from 1),
// what was found and what was expected, and for an unknown word the nearest valid one. All
// complaints of a file are collected and told together.
//
// Bounds: 1 MiB a file, 20,000 nodes after aliases are written out, 32 levels. A key that stands
// twice in a mapping is refused. The library behind it (yaml-cpp) and its exceptions stay inside
// yaml.cpp.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::config {

inline constexpr std::size_t kYamlBytesMax = 1U << 20U;
inline constexpr std::size_t kYamlNodesMax = 20'000;
inline constexpr std::size_t kYamlDepthMax = 32;
inline constexpr std::size_t kComplaintsMax = 20;  // the rest is counted

struct Place {
  int line = 1;
  int column = 1;
};

enum class YamlKind { null, scalar, sequence, mapping };

struct YamlEntry;

// A node by value; passive data.
struct YamlNode {
  YamlKind kind = YamlKind::null;
  Place place;
  std::string text;     // of a scalar
  bool quoted = false;  // then it is a text, never a number or a boolean
  std::vector<YamlNode> items;
  std::vector<YamlEntry> entries;  // in the order written; no two keys equal
};

struct YamlEntry {
  YamlNode key, value;
};

// Parses without any opinion on the content. `name` is what complaints call the file.
Result<YamlNode> parse_yaml(std::string_view text, const std::string& name);

// The text of a file for parse_yaml: at most kYamlBytesMax; a folder, a missing file or a larger
// one is an Error.
Result<std::string> read_yaml_text(const Path& path);

class YamlReader;

// One file being read: its name and the complaints so far. Movable until a reader points at it; it
// must outlive its readers.
class YamlFile {
 public:
  static Result<YamlFile> from_text(std::string_view text, std::string name);
  // The whole file, called `what` in complaints ("a load profile"). Empty, with a complaint, when
  // it is not a mapping.
  [[nodiscard]] YamlReader root(std::string what);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const YamlNode& tree() const { return *tree_; }
  void complain(Place place, std::string what);
  // Success, or all complaints in order of place, one a line.
  [[nodiscard]] Result<void> finish() const;

 private:
  std::string name_;
  std::string text_;
  std::shared_ptr<const YamlNode> tree_;
  std::vector<std::pair<Place, std::string>> complaints_;
  std::size_t more_complaints_ = 0;
};

// Reads the entries of one mapping. Each getter marks its key as known; `done()` complains about
// every key that none asked for. A getter with a fallback returns it when the key is absent; one
// without complains about the missing key (those that return a container take absence for "empty").
// After a complaint a getter returns something harmless, so that reading goes on and finds the
// rest. A reader of an absent mapping is empty: it returns fallbacks and complains of nothing.
class YamlReader {
 public:
  YamlReader(YamlFile* file, const YamlNode* node, std::string what);

  [[nodiscard]] bool empty() const { return node_ == nullptr; }
  bool has(std::string_view key);  // also marks it as known
  [[nodiscard]] Place place() const;
  [[nodiscard]] Place place(
      std::string_view key) const;  // of its value; of the mapping when absent

  std::string text(std::string_view key);
  std::string text(std::string_view key, std::string fallback);
  std::string word(std::string_view key, const std::vector<std::string>& words);
  std::string word(std::string_view key, const std::vector<std::string>& words,
                   std::string fallback);
  std::vector<std::string> words(std::string_view key, const std::vector<std::string>& words);
  std::int64_t integer(std::string_view key, std::int64_t from, std::int64_t to);
  std::int64_t integer(std::string_view key, std::int64_t from, std::int64_t to,
                       std::int64_t fallback);
  double number(std::string_view key, double from, double to);
  double number(std::string_view key, double from, double to, double fallback);
  bool boolean(std::string_view key);
  bool boolean(std::string_view key, bool fallback);
  Nanos duration(std::string_view key);
  Nanos duration(std::string_view key, Nanos fallback);
  double rate(std::string_view key);  // events a second
  double share(std::string_view key);
  double share(std::string_view key, double fallback);
  std::vector<std::string> texts(std::string_view key);
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view key);
  YamlReader mapping(std::string_view key);
  std::vector<YamlReader> mappings(std::string_view key);
  const YamlNode* node(std::string_view key);  // as it stands, or null
  // The scalars of a list, each with its place; `expected` says what they should be.
  std::vector<const YamlNode*> scalars(std::string_view key, std::string_view expected);

  void complain(Place place, std::string what) const { file_->complain(place, std::move(what)); }
  void done();

 private:
  enum class Need { required, optional };

  const YamlNode* find(std::string_view key);
  const YamlNode* scalar(std::string_view key, std::string_view expected, Need need);
  void missing(std::string_view key, std::string_view expected);
  bool check_word(std::string_view key, const YamlNode& node,
                  const std::vector<std::string>& words);
  std::string text_as(std::string_view key, Need need, std::string fallback);
  std::string word_as(std::string_view key, const std::vector<std::string>& words, Need need,
                      std::string fallback);
  template <typename T, typename Convert>
  T get(std::string_view key, std::string_view expected, Need need, T fallback,
        const Convert& convert);

  YamlFile* file_;
  const YamlNode* node_;
  std::string what_;
  std::vector<std::string> known_;
};

}  // namespace bhsim::config
