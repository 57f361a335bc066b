#include "table.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace bhsim::agents {
namespace {

Line line_of(const YAML::Node& node) {
  Line line{node["check"].as<std::string>(), {}, node["because"].as<std::string>()};
  const auto is = node["is"];
  if (is.IsScalar()) line.verdicts.insert(is.as<std::string>());
  for (const auto& verdict : is) line.verdicts.insert(verdict.as<std::string>());
  return line;
}

}  // namespace

Result<std::vector<Line>> table_of(const Path& file, const std::string& simulation) {
  std::vector<Line> table;
  try {
    const auto document = YAML::LoadFile(file.string());
    for (const auto& section : {std::string("all"), simulation})
      for (const auto& node : document[section]) table.push_back(line_of(node));
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::config, "{}: {}", file.string(), e.what());
  }
  if (table.empty())
    return fail(ErrorCode::config, "{} says nothing of '{}'", file.string(), simulation);
  return table;
}

std::vector<std::string> differences(const checks::RunVerdict& verdict,
                                     const std::vector<Line>& table) {
  std::vector<std::string> found;
  for (const auto& [check, judged, required] : verdict.checks) {
    const auto line = std::ranges::find(table, check->id, &Line::check);
    const std::string is(to_string(judged.status));
    if (line == table.end()) {
      if (required)
        found.push_back(
            fmt::format("{} is not in the table; it is {}: {}", check->id, is, judged.because));
    } else if (!line->verdicts.contains(is)) {
      found.push_back(fmt::format("{} is {} ({}), and the table says {} ({})", check->id, is,
                                  judged.because, fmt::join(line->verdicts, " or "),
                                  line->because));
    }
  }
  return found;
}

}  // namespace bhsim::agents
