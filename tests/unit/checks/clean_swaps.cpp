#include <algorithm>

#include "clean_parts.hpp"

namespace bhsim::checks::clean {
namespace {

using namespace std::chrono_literals;
using namespace history;

void add_swap(CleanRun& run, double s, std::int64_t generation, std::string class_name) {
  const Nanos latency = 60ms + Nanos(static_cast<std::int64_t>(15e6 * noise(generation)));
  Swap swap;
  swap.generation = generation;
  swap.class_name = class_name;
  swap.variant = "valid";
  swap.phase = "steady";
  swap.t_write = at(s);
  swap.t_rename = at(s) + 3ms;
  swap.t_served = at(s) + latency;
  swap.outcome = SwapOutcome::landed;
  swap.sha256 = digest(generation);
  swap.sha256_before = digest(generation < 4 ? 0 : generation - 3);
  run.audit.push_back(
      {at(s) + latency, class_name, swap.sha256_before, swap.sha256, "swapped", ""});
  run.redefinitions.push_back({at(s) + latency - 2ms, class_name, true, ""});
  run.windows.push_back(
      {WindowKind::swap, generation, class_name, at(s) - 200ms, at(s) + latency + 1s});
  run.served.push_back(
      {class_name, generation, at(s) + latency - 1ms, at(s) + latency, at(s) + latency + 5s, 400});
  run.plan.swaps.push_back({.generation = generation,
                            .at = at(s) - kBuilderStart,
                            .class_name = std::move(class_name),
                            .phase = "steady"});
  run.swaps.push_back(std::move(swap));
}

}  // namespace

std::string digest(std::int64_t generation) { return fmt::format("{:064x}", generation); }

void add_swaps(CleanRun& run) {
  std::int64_t generation = 0, trains = 0;
  for (double train = 126; train + 20 <= 480; train += 30) {
    ++trains;
    for (int i = 0; i < 10; ++i) {
      ++generation;
      // The last two of a train at once; in every other train as a group.
      add_swap(run, train + 2.0 * std::min(i, 8), generation,
               kClasses[static_cast<std::size_t>(generation % 3)]);
      if (i >= 8 && trains % 2 == 0)
        run.swaps.back().group_id = run.plan.swaps.back().group_id = trains;
    }
  }
}

void add_bad_swaps(CleanRun& run) {
  constexpr const char* kRole = "bad-swaps";
  run.jvms.push_back({0, "c-bad", kRole, at(610), at(612), at(680), 143, false, true});
  double s = 615;
  std::int64_t generation = 1000;
  for (const char* variant : {"truncated", "bad-magic", "schema-change", "zero-length"}) {
    Swap bad;
    bad.generation = ++generation;
    bad.class_name = "PricingService";
    bad.variant = variant;
    bad.valid = false;
    bad.role = kRole;
    bad.t_write = at(s);
    bad.outcome = SwapOutcome::refused;
    bad.sha256 = digest(generation);
    bad.sha256_before = digest(generation - 1);
    bad.detail.clear();
    run.redefinitions.push_back({at(s) + 50ms, bad.class_name, false, "ClassFormatError"});
    run.audit.push_back(
        {at(s) + 50ms, bad.class_name, bad.sha256_before, bad.sha256, "refused", ""});
    Swap good = bad;
    good.generation = ++generation;
    good.variant = "valid";
    good.valid = true;
    good.t_write = at(s + 5);
    good.t_served = at(s + 5) + 70ms;
    good.outcome = SwapOutcome::landed;
    good.sha256 = digest(generation);
    good.detail.clear();
    run.audit.push_back(
        {at(s + 5) + 70ms, good.class_name, good.sha256_before, good.sha256, "swapped", ""});
    for (const auto& swap : {bad, good})
      run.plan.conformance_swaps.push_back({.generation = swap.generation,
                                            .class_name = swap.class_name,
                                            .variant = swap.variant,
                                            .role = kRole,
                                            .valid = swap.valid});
    run.swaps.push_back(bad);
    run.swaps.push_back(good);
    s += 12;
  }
}

}  // namespace bhsim::checks::clean
