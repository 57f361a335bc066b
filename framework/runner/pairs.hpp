#pragma once
// The pairs of a plan, one after the other: what the agent costs, into the tables pair, pair_jvm,
// pair_thread and pair_window.

#include <stop_token>
#include <string>

#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/run.hpp"

namespace bhsim::runner {

// An Error: a JVM did not become ready or went away, or the engine did. Pairs before it are stored.
Result<void> run_pairs(const Setting& setting, history::Store& store, const Observer& observer,
                       std::stop_token stop);

// Why a pair of which the two sides were so says nothing of the agent; empty: it does. `measured`
// is how long; `cores` is what the two had; `compiling` is the CPU of one side's compilers, of the
// busier. Pure.
std::string trouble_of(const history::PairJvm& a, const history::PairJvm& b, Nanos measured,
                       int cores, Nanos compiling);

}  // namespace bhsim::runner
