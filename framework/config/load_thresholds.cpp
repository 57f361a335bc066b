// configs/thresholds/*.yml → Thresholds.

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/base/nearest.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

constexpr std::string_view kShape =
    "a relation, a value and a unit such as \"< 2 s\" or \">= 99 %\"";

// Units that stand for the same thing at another scale; the part after a slash ("MB/h") has to be
// the same.
bool same_kind(std::string_view a, std::string_view b) {
  const auto slash = [](std::string_view unit) { return std::min(unit.find('/'), unit.size()); };
  if (a.substr(slash(a)) != b.substr(slash(b))) return false;
  a = a.substr(0, slash(a));
  b = b.substr(0, slash(b));
  static constexpr std::array<std::string_view, 5> kTimes{"us", "ms", "s", "m", "h"};
  static constexpr std::array<std::string_view, 4> kBytes{"B", "KB", "MB", "GB"};
  const auto both_in = [&](const auto& units) {
    return std::find(units.begin(), units.end(), a) != units.end() &&
           std::find(units.begin(), units.end(), b) != units.end();
  };
  return a == b || both_in(kTimes) || both_in(kBytes);
}

// A file may be stricter or laxer in its number, and say "<" for "<="; it may not turn the limit
// round.
bool same_direction(const std::string& a, const std::string& b) {
  return a == "=" || b == "=" || a[0] == b[0];
}

void check_known(YamlReader& limits, const YamlNode& key, const YamlNode& value, const Limit& limit,
                 std::span<const KnownLimit> known) {
  const auto match = std::find_if(known.begin(), known.end(),
                                  [&](const KnownLimit& one) { return one.id == key.text; });
  if (match == known.end()) {
    std::vector<std::string> ids;
    for (const auto& one : known) ids.push_back(one.id);
    const auto close = nearest(key.text, ids);
    limits.complain(key.place,
                    fmt::format("no check has a limit called '{}'{}", key.text,
                                close ? fmt::format("; did you mean '{}'?", *close) : ""));
    return;
  }
  if (!same_kind(limit.unit, match->unit))
    limits.complain(value.place, fmt::format("{}: found the unit '{}', expected '{}'", key.text,
                                             limit.unit, match->unit));
  if (!same_direction(limit.relation, match->relation))
    limits.complain(value.place,
                    fmt::format("{}: found '{}', expected '{}': the check cannot be turned round",
                                key.text, limit.relation, match->relation));
}

Thresholds read_thresholds(YamlReader root, std::span<const KnownLimit> known) {
  Thresholds thresholds;
  thresholds.name = root.text("thresholds");
  auto limits = root.mapping("limits");
  const YamlNode* tree = root.node("limits");
  if (limits.empty() && tree == nullptr && !root.empty())
    root.complain(root.place(), "thresholds lack 'limits': a mapping of check to limit");
  if (!limits.empty()) {
    for (const auto& [key, value] : tree->entries) {
      if (!is_check_id(key.text)) {
        limits.complain(
            key.place,
            fmt::format("'{}' is not a check such as PERF-04, or LOAD-04.pause", key.text));
        continue;
      }
      const auto limit = value.kind == YamlKind::scalar ? parse_limit(value.text) : parse_limit("");
      if (!limit) {
        limits.complain(value.place,
                        fmt::format("{}: found '{}', expected {}", key.text, value.text, kShape));
        continue;
      }
      if (!known.empty()) check_known(limits, key, value, *limit, known);
      thresholds.limits[key.text] = *limit;
    }
  }
  root.done();
  return thresholds;
}

}  // namespace

Result<Limit> parse_limit(std::string_view text) {
  const auto refuse = [text] {
    return fail(ErrorCode::config, "found '{}', expected {}", text, kShape);
  };
  Limit limit;
  const auto skip_blanks = [](std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  };
  std::string_view rest = text;
  skip_blanks(rest);
  for (const std::string_view relation : {"<=", ">=", "<", ">", "="})
    if (rest.starts_with(relation)) {
      limit.relation = relation;
      rest.remove_prefix(relation.size());
      break;
    }
  if (limit.relation.empty()) return refuse();
  skip_blanks(rest);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), limit.value);
  if (error != std::errc{} || !(limit.value >= 0 && limit.value < 1e15)) return refuse();
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  skip_blanks(rest);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  const bool plain = std::all_of(rest.begin(), rest.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '%' || c == ' ';
  });
  if (!plain) return refuse();
  limit.unit = rest;
  return limit;
}

Result<Thresholds> parse_thresholds(std::string_view text, const std::string& name,
                                    std::span<const KnownLimit> known) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  Thresholds thresholds = read_thresholds(file.root("thresholds"), known);
  thresholds.file = name;
  BHSIM_TRY(file.finish());
  return thresholds;
}

Result<Thresholds> load_thresholds(const Path& file, std::span<const KnownLimit> known) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_thresholds(text, file.string(), known);
}

}  // namespace bhsim::config
