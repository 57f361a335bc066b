#pragma once
// What the templates of a load profile may name between braces: the fixed words, the columns of its
// data sets, and what operations further up capture.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/csv.hpp"
#include "framework/config/plan.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {

class TemplateWords {
 public:
  // Reads the data sets of a profile, and their files: a relative path counts from `folder`.
  TemplateWords(YamlReader& root, const Path& folder);

  [[nodiscard]] const std::vector<LoadData>& data() const { return data_; }
  // Reads what an operation captures. The operations below may use it.
  std::vector<LoadCapture> read_captures(YamlReader& operation);

  enum class Stands { in_header, elsewhere };
  // Complains of every placeholder of `text` that stands for nothing here.
  void check(YamlReader& reader, Place place, std::string_view key, std::string_view text,
             Stands stands = Stands::elsewhere) const;

 private:
  void read_set(YamlReader& set, Place place, const std::string& name, const Path& folder);
  void look_for_captures(YamlReader& root);
  void check_word(YamlReader& reader, Place place, std::string_view key,
                  const std::string& name) const;
  void check_header_value(YamlReader& reader, Place place, std::string_view key,
                          const std::string& name) const;

  std::vector<LoadData> data_;
  std::map<std::string, CsvTable, std::less<>> tables_;
  std::set<std::string, std::less<>> unreadable_;  // data sets already complained of
  std::vector<std::string> known_;                 // placeholders, without braces
  std::set<std::string, std::less<>> captured_;    // placeholders that any operation captures
};

}  // namespace bhsim::config
