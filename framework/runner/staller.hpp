#pragma once
// The staller (docker/staller): a second Java agent beside the one under test, in the containers of
// conformance items. How it is put there, told what to hold up, and read. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "framework/config/plan.hpp"
#include "framework/history/item_record.hpp"

namespace bhsim::runner {

// In the container.
inline constexpr std::string_view kStallerJar = "/given/staller.jar";
inline constexpr std::string_view kStallerHolds = "/logs/staller.holds";
inline constexpr std::string_view kStallerJournal = "/logs/staller.journal";

enum class StallerTask {
  watch,          // notes redefinitions, and holds them up when told to
  answer_health,  // says in the application's place that all is well, and notes who asks
};

// Before all other agents of the JVM, so that it is there when they start. When it answers for
// health, it is what {health} in the flags of the agent's profile names.
void add_staller(config::Plan& plan, StallerTask task);
// Whether the plan's JVM is started with it.
bool has_staller(const config::Plan& plan);

// From now on every redefinition of the class waits, so long or until it is let go (zero).
struct Hold {
  std::string class_name;
  Nanos length{};  // whole milliseconds
};
// The file by which it is told.
std::string holds_text(const std::vector<Hold>& holds);

// Fills in what the staller has noted. A line that is none of its own, or is not whole, is left
// out; a text without its first line leaves the record as it is.
void read_staller_journal(std::string_view text, history::ItemRecord& record);

}  // namespace bhsim::runner
