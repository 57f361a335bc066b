#include "framework/history/configuration_record.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::history {

nlohmann::json to_json(const ConfigurationRecord& record) {
  auto mistakes = nlohmann::json::array();
  for (const auto& mistake : record.mistakes)
    mistakes.push_back({{"key", mistake.key},
                        {"value", mistake.value},
                        {"started", mistake.started},
                        {"told", mistake.told}});
  return {{"mistakes", std::move(mistakes)},
          {"off", to_json(record.off)},
          {"obstructed", to_json(record.obstructed)},
          {"held_opens", record.held_opens}};
}

Result<ConfigurationRecord> configuration_record_from(const nlohmann::json& json) {
  ConfigurationRecord record;
  try {
    for (const auto& one : json.at("mistakes"))
      record.mistakes.push_back({one.at("key").get<std::string>(),
                                 one.at("value").get<std::string>(), one.at("started").get<bool>(),
                                 one.at("told").get<std::string>()});
    record.held_opens = json.at("held_opens").get<std::int64_t>();
    BHSIM_ASSIGN(record.off, item_record_from(json.at("off")));
    BHSIM_ASSIGN(record.obstructed, item_record_from(json.at("obstructed")));
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::protocol, "the record of the configuration: {}", e.what());
  }
  return record;
}

}  // namespace bhsim::history
