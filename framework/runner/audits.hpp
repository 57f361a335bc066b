#pragma once
// What is looked at on a container of its own, after the load: start and drain.

#include <stop_token>

#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

// Starts an application, watches live, ready and work from the first instant (fact "startup"), then
// sends requests all through a stop signal and counts what became of those that were accepted (fact
// "drain").
Result<void> audit_start_and_drain(const Setting& setting, history::Store& store,
                                   std::stop_token stop);

}  // namespace bhsim::runner
