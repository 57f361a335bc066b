#pragma once
// What the load engine tells, as rows of the store. Pure.

#include "framework/history/records.hpp"
#include "framework/load/engine.hpp"

namespace bhsim::runner {

history::LoadSecond to_row(const load::SecondRecord& record, const load::LoadSpec& spec);
history::GeneratorSecond to_row(const load::GeneratorSecond& second);
history::Failure to_row(const load::Failure& failure, const load::LoadSpec& spec);

}  // namespace bhsim::runner
