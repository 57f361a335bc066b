#include "framework/runner/light_load.hpp"

#include "framework/runner/load_spec.hpp"

namespace bhsim::runner {

Result<void> LightLoad::start(const Setting& setting, const Application& application,
                              double rate_per_s, Nanos duration, std::stop_token stop) {
  const load::Target target{.port = static_cast<std::uint16_t>(application.port())};
  BHSIM_ASSIGN(auto spec, to_whole_load_spec(*setting.plan, target, {}));
  spec.rate_per_s = rate_per_s;
  spec.connections = 10;
  spec.duration = duration;
  BHSIM_ASSIGN(run, load::Run::create(std::move(spec), *setting.clock, events));
  return run->start(std::move(stop));
}

}  // namespace bhsim::runner
