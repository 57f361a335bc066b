#pragma once
// The load beside an audit or a conformance item: the plan's own operations, a few of them.

#include <memory>
#include <stop_token>

#include "framework/base/queue.hpp"
#include "framework/load/engine.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

struct LightLoad {
  BoundedQueue<load::Event> events{8192};
  std::unique_ptr<load::Run> run;  // ends before the queue goes

  // Connects and sends, until `stop` or for `duration`.
  Result<void> start(const Setting& setting, const Application& application, double rate_per_s,
                     Nanos duration, std::stop_token stop);
};

}  // namespace bhsim::runner
