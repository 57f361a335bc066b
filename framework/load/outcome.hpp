#pragma once
// How a planned request ended. Exhaustive: the counts of all outcomes add up to the plan, which the
// engine proves at the end of every run. The order is that of history::Outcome.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bhsim::load {

enum class Outcome : std::uint8_t {
  ok,          // everything that the operation expects
  bad_status,  // a response with another status than expected
  bad_body,    // a response that cannot be parsed, or whose headers or body are not as expected
  timeout,     // taken by a connection, no complete response within the timeout
  reset,       // the connection ended before the response was complete
  refused,     // no connection could be had: the target refuses
  unsent,      // waited for a free connection longer than the timeout, or the queue was full
};
constexpr std::size_t kOutcomes = 7;
using OutcomeCounts = std::array<std::uint64_t, kOutcomes>;

constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {
    "ok", "bad_status", "bad_body", "timeout", "reset", "refused", "unsent"};
constexpr std::string_view to_string(Outcome outcome) {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}
constexpr std::uint64_t& at(OutcomeCounts& counts, Outcome outcome) {
  return counts[static_cast<std::size_t>(outcome)];
}
constexpr std::uint64_t at(const OutcomeCounts& counts, Outcome outcome) {
  return counts[static_cast<std::size_t>(outcome)];
}
constexpr std::uint64_t total(const OutcomeCounts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts) sum += count;
  return sum;
}
constexpr std::uint64_t errors(const OutcomeCounts& counts) {
  return total(counts) - at(counts, Outcome::ok);
}

}  // namespace bhsim::load
