#include "framework/config/load_data.hpp"

#include <algorithm>

#include "framework/base/nearest.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

constexpr std::size_t kMostDataSets = 16;
constexpr std::size_t kMostCaptures = 16;
constexpr std::string_view kCaptured = "captured";

// The file of the same folder whose name is nearest: "; did you mean 'users.csv'?"
std::string nearest_file(const Path& file) {
  constexpr std::size_t kMostLookedAt = 1000;
  const Path folder = file.has_parent_path() ? file.parent_path() : Path(".");
  std::vector<std::string> names;
  std::error_code ended;
  for (std::filesystem::directory_iterator at(folder, ended), end;
       !ended && at != end && names.size() < kMostLookedAt; at.increment(ended))
    names.push_back(at->path().filename().string());
  const auto close = nearest(file.filename().string(), names);
  return close ? fmt::format("; did you mean '{}'?", *close) : "";
}

// "users.name" → {"users", "name"}
std::pair<std::string_view, std::string_view> parts(std::string_view name) {
  const auto dot = std::min(name.find('.'), name.size());
  return {name.substr(0, dot), name.substr(std::min(dot + 1, name.size()))};
}

}  // namespace

TemplateWords::TemplateWords(YamlReader& root, const Path& folder) : known_(kPlaceholders) {
  auto sets = root.mapping("data");
  const YamlNode* node = root.node("data");
  if (!sets.empty()) {
    if (node->entries.size() > kMostDataSets)
      root.complain(node->place, fmt::format("data: more than {} data sets", kMostDataSets));
    for (const auto& [name, value] : node->entries) {
      auto set = sets.mapping(name.text);
      read_set(set, name.place, name.text, folder);
      set.done();
    }
  }
  look_for_captures(root);
}

void TemplateWords::read_set(YamlReader& set, Place place, const std::string& name,
                             const Path& folder) {
  unreadable_.insert(name);
  if (!is_placeholder_word(name) || name == kCaptured)
    set.complain(place, fmt::format("data: '{}' is not a name for a data set: a letter, then "
                                    "letters, digits, '_' and '-', and not 'captured'",
                                    name));
  if (set.empty()) return;
  LoadData data;
  data.name = name;
  data.file = folder / set.text("file");
  data.pick = set.word("pick", kPicks, data.pick);
  if (!set.has("file") || set.node("file")->text.empty()) return;
  auto text = read_file(data.file, CsvLimits{}.bytes);
  if (!text) {
    const bool missing = text.error().code == ErrorCode::not_found;
    set.complain(set.place("file"), fmt::format("file: {}{}", text.error().message,
                                                missing ? nearest_file(data.file) : ""));
    return;
  }
  data.sha256 = sha256_hex(*text);
  auto table = CsvTable::parse(*std::move(text), data.file.string());
  if (!table) {
    set.complain(set.place("file"), "file: " + table.error().message);
    return;
  }
  for (const auto& column : table->columns())
    if (is_placeholder_column(column)) known_.push_back(name + "." + column);
  tables_.emplace(name, *std::move(table));
  unreadable_.erase(name);
  data_.push_back(std::move(data));
}

// All of them, so that one that is used too far up is told from one that there is not.
void TemplateWords::look_for_captures(YamlReader& root) {
  const YamlNode* operations = root.node("operations");
  if (operations == nullptr) return;
  for (const auto& operation : operations->items)
    for (const auto& [key, captures] : operation.entries) {
      if (key.text != "capture") continue;
      for (const auto& [name, source] : captures.entries)
        captured_.insert(fmt::format("{}.{}", kCaptured, name.text));
    }
}

std::vector<LoadCapture> TemplateWords::read_captures(YamlReader& operation) {
  std::vector<LoadCapture> out;
  auto captures = operation.mapping("capture");
  const YamlNode* node = operation.node("capture");
  if (captures.empty()) return out;
  if (node->entries.size() > kMostCaptures)
    operation.complain(node->place, fmt::format("capture: more than {} values", kMostCaptures));
  for (const auto& [name, value] : node->entries) {
    if (!is_placeholder_word(name.text))
      operation.complain(name.place, fmt::format("capture: '{}' is not a name: a letter, then "
                                                 "letters, digits, '_' and '-'",
                                                 name.text));
    auto one = captures.mapping(name.text);
    const auto json = one.text("json", ""), header = one.text("header", "");
    one.done();
    if (!one.empty() && json.empty() == header.empty()) {
      operation.complain(value.place,
                         fmt::format("capture: '{}' comes from one of {{json: FIELD}} and "
                                     "{{header: NAME}}",
                                     name.text));
      continue;
    }
    if (!header.empty() && !is_plain_name(header))
      operation.complain(one.place("header"),
                         fmt::format("header: '{}' is not the name of a header", header));
    out.push_back({name.text, json.empty() ? "header" : "json", json.empty() ? header : json});
    const auto word = fmt::format("{}.{}", kCaptured, name.text);
    if (std::find(known_.begin(), known_.end(), word) == known_.end()) known_.push_back(word);
  }
  return out;
}

void TemplateWords::check(YamlReader& reader, Place place, std::string_view key,
                          std::string_view text, Stands stands) const {
  for (const auto& name : placeholders(text)) {
    if (const auto range = number_range(name)) {
      if (range->first < 0 || range->first > range->second)
        reader.complain(place,
                        fmt::format("{}: '{{{}}}' is not a range such as {{1..9}}", key, name));
      continue;
    }
    if (unreadable_.contains(parts(name).first)) continue;
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
      check_word(reader, place, key, name);
    else if (stands == Stands::in_header)
      check_header_value(reader, place, key, name);
  }
}

// Of a placeholder that is not known.
void TemplateWords::check_word(YamlReader& reader, Place place, std::string_view key,
                               const std::string& name) const {
  if (captured_.contains(name)) {
    reader.complain(place, fmt::format("{}: '{{{}}}' is captured by an operation that does not "
                                       "stand above; put that one first",
                                       key, name));
    return;
  }
  const auto close = nearest(name, known_);
  reader.complain(place,
                  fmt::format("{}: unknown placeholder '{{{}}}'{}", key, name,
                              close ? fmt::format("; did you mean '{{{}}}'?", *close)
                                    : fmt::format("; known are {}", fmt::join(known_, ", "))));
}

void TemplateWords::check_header_value(YamlReader& reader, Place place, std::string_view key,
                                       const std::string& name) const {
  const auto [set, column] = parts(name);
  const auto table = tables_.find(set);
  if (table == tables_.end()) return;
  const auto index = table->second.column(column);
  const auto row = index ? table->second.row_with_control(*index) : std::nullopt;
  if (row)
    reader.complain(place, fmt::format("{}: '{{{}}}': {}: a control character, such as a line "
                                       "break, cannot stand in a header",
                                       key, name, table->second.place(*row, *index)));
}

}  // namespace bhsim::config
