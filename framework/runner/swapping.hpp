#pragma once
// Planned swaps, carried out: shared by the run under load and by the conformance items.

#include <map>
#include <string>
#include <vector>

#include "framework/hotswap/delivery.hpp"
#include "framework/probes/probe_set.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/versions.hpp"

namespace bhsim::runner {

// SHA-256 of what was delivered, by generation.
using Digests = std::map<std::int64_t, std::string>;

history::Swap to_swap(const config::PlannedSwap& planned);
// With the originals from the image. An application without swappable classes gives one that
// delivers nothing.
Result<hotswap::Deliverer> make_deliverer(const Setting& setting, const Application& application);
// Announces, delivers, reports; a delivery that failed is said to the oracle and to the log, and
// the run goes on.
void deliver_one(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions,
                 history::Swap swap, Digests* digests);
// All of one instant: staged first, then put in place one right after the other, in order. More
// than a side-car takes at once follow in a second order.
void deliver_together(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions,
                      std::vector<history::Swap> swaps, Digests* digests);

// What the probes watch of an application, and the start of one of its JVMs.
probes::ProbeOptions probe_options(const Setting& setting, const Application& application,
                                   probes::Extent extent, const Path& run_directory);
void begin_segment(probes::ProbeSet& probes, const Application& application);

}  // namespace bhsim::runner
