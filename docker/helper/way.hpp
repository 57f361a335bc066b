#pragma once
// A relay in the helper's own network: what lies on the way to a dependency of the application
// (docs/sidecar.md). It ends with the helper.

#include <memory>

#include "docker/helper/args.hpp"
#include "framework/relay/relay.hpp"

namespace bhsim::helper {

// The main thread only.
class Way {
 public:
  // From port `listen` of all addresses of this network to `host` (IPv4) and `port`; once.
  Result<Json> start(const Args& args);
  // `delay` in nanoseconds, `black_hole`; neither: everything is passed on at once.
  Result<Json> set(const Args& args);
  // Since it was set: `accepted`, `open`, `held` bytes now, `pieces` that were held and the
  // `shortest` and `longest` of them in nanoseconds.
  Result<Json> counters(const Args& args) const;

 private:
  std::unique_ptr<relay::Relay> relay_;
};

}  // namespace bhsim::helper
