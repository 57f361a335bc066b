#include "framework/history/names.hpp"

namespace bhsim::history {
namespace {

using namespace std::string_view_literals;

constexpr std::array kWindowKinds = {"phase"sv,  "swap"sv,        "fault"sv, "gc"sv,
                                     "outage"sv, "conformance"sv, "audit"sv, "twin"sv};
constexpr std::array kOutcomeNames = {"ok"sv,    "bad_status"sv, "bad_body"sv, "timeout"sv,
                                      "reset"sv, "refused"sv,    "unsent"sv};
static_assert(kOutcomeNames.size() == kOutcomes);
constexpr std::array kSwapOutcomes = {"landed"sv, "refused"sv,  "superseded"sv,
                                      "lost"sv,   "accepted"sv, "unseen"sv};
constexpr std::array kFaultStates = {"intent"sv, "active"sv, "unseen"sv, "healed"sv,
                                     "undo_failed"sv};

}  // namespace

std::span<const std::string_view> names_of(WindowKind) { return kWindowKinds; }
std::span<const std::string_view> names_of(Outcome) { return kOutcomeNames; }
std::span<const std::string_view> names_of(SwapOutcome) { return kSwapOutcomes; }
std::span<const std::string_view> names_of(FaultState) { return kFaultStates; }

}  // namespace bhsim::history
