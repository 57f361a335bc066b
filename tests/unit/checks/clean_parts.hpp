#pragma once
// What a clean run is put together from; each part is a file of its own. clean_run.cpp adds them in
// the order in which they stand here: the samples count the swaps, and faults spoil the load.

#include <array>
#include <cstdint>
#include <string>

#include "clean_run.hpp"

namespace bhsim::checks::clean {

// Seconds since the start of the load.
inline constexpr double kEnd = 600;
inline constexpr double kPause = 500, kPauseUndone = 501.5, kPauseRecovered = 502;
inline constexpr double kKill = 540, kStarted = 540.5, kKillRecovered = 543;
inline constexpr int kStep = 60, kStepEnd = 70;  // half as much load again

inline constexpr std::int64_t kRate = 100;  // requests a second
inline constexpr std::int64_t kFaults = 21;

inline constexpr std::array<const char*, 3> kClasses = {"PricingService", "DiscountService",
                                                        "com.example.orders.OrderPolicy"};

// Small, repeatable noise in [-1, 1].
double noise(std::int64_t i);
// While the pause or the kill is felt.
bool disturbed(double s);
// Of the class file of a generation.
std::string digest(std::int64_t generation);

config::Plan the_plan();              // clean_plan.cpp
void add_load(CleanRun& run);         // clean_load.cpp
void add_swaps(CleanRun& run);        // clean_swaps.cpp
void add_bad_swaps(CleanRun& run);    // clean_swaps.cpp
void add_health(CleanRun& run);       // clean_load.cpp
void add_samples(CleanRun& run);      // clean_samples.cpp
void add_collections(CleanRun& run);  // clean_samples.cpp
void add_faults(CleanRun& run);       // clean_load.cpp
void add_facts(CleanRun& run);        // clean_facts.cpp
void add_pairs(CleanRun& run);        // clean_pairs.cpp

}  // namespace bhsim::checks::clean
