#pragma once
// The records of the conformance items in a clean run, and how a test spoils one.

#include <functional>
#include <string_view>

#include "clean_run.hpp"
#include "framework/history/configuration_record.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/item_record.hpp"

namespace bhsim::checks {

// A breaker that opens after three failures for four seconds, and does all that it should. The
// attempts begin at 1100 s.
history::ItemRecord clean_breaker();
// Ten mistakes that were told; from 1300 s on nothing held back nor undone with all keys off; from
// 1350 s on obstacles, and from 1380 s on redefinitions that are held up, and all as it should be.
history::ConfigurationRecord clean_configuration();
// A rollback with a health-check-interval of two seconds, from 1200 s on.
history::ItemRecord clean_rollback();

void change_breaker(CleanRun& run, const std::function<void(history::ItemRecord&)>& change);
void change_rollback(CleanRun& run, const std::function<void(history::ItemRecord&)>& change);

void change_configuration(CleanRun& run,
                          const std::function<void(history::ConfigurationRecord&)>& change);

// The one with that purpose; the last one of several.
history::ItemAttempt& attempt_of(history::ItemRecord& record, std::string_view purpose);

}  // namespace bhsim::checks
