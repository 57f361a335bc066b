#pragma once
// Networks, volumes, the engine itself, and its events.

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/engine/client.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::engine {

struct Listed {
  std::string id, name;
  Labels labels;
};

Result<std::string> create_network(const Client& client, std::string_view name,
                                   const Labels& labels);
Result<void> connect_network(const Client& client, std::string_view network,
                             std::string_view container, std::string_view address = {});
Result<void> disconnect_network(const Client& client, std::string_view network,
                                std::string_view container);
Result<std::vector<Listed>> list_networks(const Client& client, std::string_view label);
Result<void> remove_network(const Client& client, std::string_view id);  // absent is success

struct VolumeSpec {
  std::string name;
  Labels labels;
  std::map<std::string, std::string>
      options;  // driver "local": type=tmpfs, device=tmpfs, o=size=64m,mode=1777
};
Result<void> create_volume(const Client& client, const VolumeSpec& spec);
Result<std::vector<Listed>> list_volumes(const Client& client, std::string_view label);
Result<void> remove_volume(const Client& client, std::string_view name);  // absent is success

// With ID of the type of the API.
Result<nlohmann::json> engine_info(const Client& client);
// Free bytes are not told by the engine; this is what it uses.
Result<nlohmann::json> engine_disk_use(const Client& client);

// How far the engine's wall clock is ahead of this machine's; the truth lies within `uncertainty`.
struct ClockOffset {
  Nanos offset{}, uncertainty{};
};
// By the time in /info, halfway between asking and answer on the monotonic clock.
Result<ClockOffset> engine_clock_offset(const Client& client, const Clock& clock = system_clock());

struct Event {
  std::string type;    // "container"
  std::string action;  // "die", "health_status: healthy"
  std::string id;
  Labels attributes;
  std::int64_t time_ns = 0;  // engine's wall clock
};
// Events of things with that label, from `since_ns` (engine's wall clock; 0: from now) until
// `stop`. When the connection breaks it returns an Error: call again with the newest time_ns, and
// compare with a list.
Result<void> follow_events(const Client& client, std::string_view label, std::int64_t since_ns,
                           const std::function<void(const Event&)>& take, std::stop_token stop);
// What the engine still remembers of that time (the newest few hundred of all its events); nothing
// of before its own start.
Result<std::vector<Event>> past_events(const Client& client, std::string_view label,
                                       std::int64_t since_ns, std::int64_t until_ns);

}  // namespace bhsim::engine
