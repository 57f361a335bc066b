#pragma once
// What was seen of an agent under configurations that are wrong, or that turn things off: the
// document behind the fact "conformance.configuration" (docs/run-store.md).

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "framework/history/item_record.hpp"

namespace bhsim::history {

// A start with one key that is unknown, or one value that is of another type.
struct ConfigurationMistake {
  std::string key;       // "performance.validation-timeout"; of an unknown one as it was misspelt
  std::string value;     // as it stood in the file
  bool started = false;  // the application became ready with it
  std::string told;      // the line of the output that names the key; empty: none does
};

struct ConfigurationRecord {
  std::vector<ConfigurationMistake> mistakes;
  ItemRecord off;               // with every key off that can be
  ItemRecord obstructed;        // class files that cannot simply be read
  std::int64_t held_opens = 0;  // of the file whose readers were held up there
  ItemRecord stalled;           // redefinitions that are held up, and several changes at once
};

nlohmann::json to_json(const ConfigurationRecord& record);
Result<ConfigurationRecord> configuration_record_from(const nlohmann::json& json);

}  // namespace bhsim::history
