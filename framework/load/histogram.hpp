#pragma once
// The histogram lies in framework/stats, because checks and reports read what the load engine
// records.

#include "framework/stats/histogram.hpp"

namespace bhsim::load {

using stats::Histogram;
using stats::hlog_header;
using stats::hlog_line;

}  // namespace bhsim::load
