#include "framework/runner/light_load.hpp"

#include "framework/runner/load_spec.hpp"

namespace bhsim::runner {

using namespace std::chrono_literals;

Result<void> LightLoad::start(const Setting& setting, const Application& application,
                              double rate_per_s, Nanos duration) {
  const load::Target target{.port = static_cast<std::uint16_t>(application.port())};
  BHSIM_ASSIGN(auto spec, to_whole_load_spec(*setting.plan, target, {}));
  spec.rate_per_s = rate_per_s;
  spec.connections = 10;
  spec.duration = duration;
  observed = load::observed_classes(spec);
  BHSIM_ASSIGN(auto created, load::Run::create(std::move(spec), *setting.clock, events));
  BHSIM_TRY(created->start(end.get_token()));
  run = std::move(created);
  return {};
}

void LightLoad::take(Nanos wait, const Takers& takers) {
  while (const auto event = events.pop(wait)) {
    if (const auto* seen = std::get_if<load::Observations>(&*event)) takers.observations(*seen);
    if (const auto* second = std::get_if<load::SecondRecord>(&*event)) takers.second(*second);
    wait = 0s;
  }
}

void LightLoad::finish(const Takers& takers) {
  end.request_stop();
  while (!events.closed_and_empty()) take(20ms, takers);
  run->join();
}

}  // namespace bhsim::runner
