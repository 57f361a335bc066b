#include "framework/probes/audit_line.hpp"

#include <nlohmann/json.hpp>

#include "framework/probes/engine_time.hpp"

namespace bhsim::probes {
namespace {

std::string text(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::optional<history::AuditLine> parse_audit_line(std::string_view line,
                                                   const std::function<Time(WallTime)>& at) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  history::AuditLine row;
  if (const auto mono = json.find("mono_ns"); mono != json.end() && mono->is_number_integer()) {
    row.t = time_from_ns(mono->get<std::int64_t>());
  } else if (const auto wall = parse_engine_time(text(json, "time"))) {
    row.t = at(*wall);
  } else {
    return std::nullopt;
  }
  row.class_name = text(json, "class");
  row.sha256_before = text(json, "before");
  row.sha256_after = text(json, "after");
  row.outcome = text(json, "outcome");
  row.detail = text(json, "reason");
  if (row.class_name.empty() || row.outcome.empty()) return std::nullopt;
  return row;
}

}  // namespace bhsim::probes
