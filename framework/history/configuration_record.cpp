#include "framework/history/configuration_record.hpp"

#include <nlohmann/json.hpp>

#include "framework/history/item_fields.hpp"

namespace bhsim::history {

template <typename F>
void fields(ConfigurationMistake& one, F&& field) {
  field("key", one.key);
  field("value", one.value);
  field("started", one.started);
  field("told", one.told);
}

template <typename F>
void fields(ConfigurationRecord& one, F&& field) {
  field("mistakes", one.mistakes);
  field("off", one.off);
  field("obstructed", one.obstructed);
  field("held_opens", one.held_opens);
  field("stalled", one.stalled);
}

nlohmann::json to_json(const ConfigurationRecord& record) { return json_fields::write(record); }

Result<ConfigurationRecord> configuration_record_from(const nlohmann::json& json) {
  try {
    ConfigurationRecord record;
    json_fields::read(json, record);
    return record;
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::protocol, "the record of the configuration: {}", e.what());
  }
}

}  // namespace bhsim::history
