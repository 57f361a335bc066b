#include "framework/history/item_record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/history/item_fields.hpp"

namespace bhsim::history {

const ItemAttempt* ItemRecord::attempt(std::string_view purpose) const {
  const auto found = std::ranges::find(attempts, purpose, &ItemAttempt::purpose);
  return found == attempts.end() ? nullptr : &*found;
}

std::optional<Time> ItemRecord::unready_since(Time t) const {
  for (const auto& reading : ready)
    if (reading.value == 0 && reading.from >= t) return reading.from;
  return std::nullopt;
}

const ItemServed* ItemRecord::served_since(const std::string& class_name, Time t) const {
  const auto runs = served.find(class_name);
  if (runs == served.end()) return nullptr;
  const auto found =
      std::ranges::find_if(runs->second, [t](const ItemServed& run) { return run.first_sent > t; });
  return found == runs->second.end() ? nullptr : &*found;
}

nlohmann::json to_json(const ItemRecord& record) { return json_fields::write(record); }

Result<ItemRecord> item_record_from(const nlohmann::json& json) {
  try {
    ItemRecord record;
    json_fields::read(json, record);
    return record;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::protocol, "the record of a conformance item: {}", e.what());
  }
}

}  // namespace bhsim::history
