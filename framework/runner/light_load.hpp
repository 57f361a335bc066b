#pragma once
// The load beside an audit or a conformance item: the plan's own operations, a few of them.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "framework/base/queue.hpp"
#include "framework/load/engine.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

struct LightLoad {
  BoundedQueue<load::Event> events{8192};
  std::unique_ptr<load::Run> run;     // ends before the queue goes; null before it was started
  std::vector<std::string> observed;  // what a class_index of the observations counts in
  std::stop_source end;

  // Connects and sends, until `end` is asked to stop or for `duration`.
  Result<void> start(const Setting& setting, const Application& application, double rate_per_s,
                     Nanos duration);

  // Who wants to see what comes of it.
  struct Takers {
    std::function<void(const load::Observations&)> observations;
    std::function<void(const load::SecondRecord&)> second;
  };
  // Hands over what has come; waits at most so long for the first of it.
  void take(Nanos wait, const Takers& takers);
  // Ends it, and hands over all that still comes.
  void finish(const Takers& takers);
};

}  // namespace bhsim::runner
