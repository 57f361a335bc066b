#include "framework/probes/audit_line.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::probes {
namespace {

std::string text(const nlohmann::json& line, const char* name) {
  const auto found = line.find(name);
  return found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::optional<history::AuditLine> parse_audit_line(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("mono_ns") || !json["mono_ns"].is_number_integer()) return std::nullopt;
  history::AuditLine row;
  row.t = time_from_ns(json["mono_ns"].get<std::int64_t>());
  row.class_name = text(json, "class");
  row.sha256_before = text(json, "before");
  row.sha256_after = text(json, "after");
  row.outcome = text(json, "outcome");
  row.detail = text(json, "reason");
  if (row.class_name.empty() || row.outcome.empty()) return std::nullopt;
  return row;
}

}  // namespace bhsim::probes
