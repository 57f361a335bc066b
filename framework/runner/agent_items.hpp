#pragma once
// The conformance items that try what the agent promises of itself. What each attempt is for stands
// in its `purpose`; the checks BRK, ROLL and CFG judge the record.

#include <stop_token>

#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

// Fact "conformance.breaker": refused changes until the breaker opens, changes while it is open,
// and what its pause and its trials make of it.
Result<void> conform_breaker(const Setting& setting, history::Store& store, std::stop_token stop);

// Fact "conformance.rollback": two good changes, one that loads and breaks health, and a good one.
Result<void> conform_rollback(const Setting& setting, history::Store& store, std::stop_token stop);

// Fact "conformance.configuration": starts with a mistake each; and containers with all keys off,
// with class files that cannot simply be read, and with redefinitions that are held up.
Result<void> conform_configuration(const Setting& setting, history::Store& store,
                                   std::stop_token stop);

}  // namespace bhsim::runner
