#include <algorithm>

#include "framework/base/units.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// The kernel hands out memory in batches of 256 KB to each processor, so that a container is never
// at its limit to the byte.
constexpr std::int64_t kBatches = 1 << 20U;
// What is given back by itself and taken again in the time of a proof: stacks, buffers.
constexpr std::int64_t kTurnover = 4 << 20U;

// The kernel counts what it refused; the application then reclaims, collects, or is killed.
class Memory final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("memory of {:.12} limited to what it uses and {}", spec().target,
                       text("headroom"));
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto limit, limit_of(means.engine, spec().target, "Memory"));
    BHSIM_ASSIGN(const auto now, sample(means, spec().target));
    if (limit <= 0)
      return fail(ErrorCode::unsupported, "{} has no limit of its own to go back to",
                  spec().target);
    const auto lowered = static_cast<std::int64_t>(now.memory_used) + size("headroom");
    if (lowered >= limit)
      return fail(ErrorCode::conflict, "{} uses {} of its {}: there is nothing to be lowered",
                  spec().target, format_size(static_cast<std::int64_t>(now.memory_used)),
                  format_size(limit));
    note("limit", limit);
    note("lowered", lowered);
    note("refused", refusals(now));
    note("usage", static_cast<std::int64_t>(now.memory_usage));
    if (now.memory_pages) note("pages", static_cast<std::int64_t>(*now.memory_pages));
    return {};
  }

  Result<void> apply(const Means& means) override {
    return engine::update_container(means.engine, spec().target,
                                    {.memory_bytes = noted_number("lowered")});
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look(means));
    if (state.started_at == noted("started_at") && !state.running)
      return fmt::format("the process ended with code {}{}", state.exit_code,
                         state.oom_killed ? ": killed, out of memory" : "");
    BHSIM_ASSIGN(const auto now, sample(means, spec().target));
    const auto limit = format_size(static_cast<std::int64_t>(now.memory_limit));
    if (const auto refused = refusals(now); refused > noted_number("refused"))
      return fmt::format("memory was refused {} times, with a limit of {}",
                         refused - noted_number("refused"), limit);
    if (const auto taken_back = reclaimed(now); taken_back > kTurnover)
      return fmt::format("it is at its limit of {}, and {} had to be given up for what it took",
                         limit, format_size(taken_back));
    tighten(means, now);
    return fail(ErrorCode::conflict, "with a limit of {} no memory was refused", limit);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state || noted_number("limit") <= 0) return {};
    BHSIM_TRY(engine::update_container(means.engine, spec().target,
                                       {.memory_bytes = noted_number("limit")}));
    return start_again(means);
  }

  // By the cgroup itself, not by what the engine remembers.
  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    if (!state->running) return ended_again(*state);
    BHSIM_ASSIGN(const auto now, sample(means, spec().target));
    const auto limit = static_cast<std::int64_t>(now.memory_limit);
    if (limit < noted_number("limit"))
      return fail(ErrorCode::conflict, "its limit is {}, and was {}", format_size(limit),
                  format_size(noted_number("limit")));
    return fmt::format("its limit is {} again", format_size(limit));
  }

 private:
  // An application that is content with what it has asks for nothing: with each look the headroom
  // is half of what it was.
  void tighten(const Means& means, const engine::ContainerStats& now) {
    headroom_ = headroom_.value_or(size("headroom")) / 2;
    const auto lower = static_cast<std::int64_t>(now.memory_used) + *headroom_;
    if (lower >= noted_number("lowered")) return;
    // The kernel may not get so low; then the limit stays what it was.
    if (engine::update_container(means.engine, spec().target, {.memory_bytes = lower}))
      note("lowered", lower);
  }

  // The engine leaves out a count of 0.
  static std::int64_t refusals(const engine::ContainerStats& stats) {
    return static_cast<std::int64_t>(stats.memory_failures.value_or(0));
  }

  // Not every kernel counts what it refuses (6.18 does not, where memory and swap have the same
  // limit). At its limit, what was taken beyond the room that there was had to be taken from it.
  [[nodiscard]] std::int64_t reclaimed(const engine::ContainerStats& now) const {
    constexpr std::int64_t kPage = 4096;
    if (!now.memory_pages || noted("pages").empty()) return 0;
    if (now.memory_usage + kBatches < now.memory_limit) return 0;
    const auto taken =
        (static_cast<std::int64_t>(*now.memory_pages) - noted_number("pages")) * kPage;
    const auto room = static_cast<std::int64_t>(now.memory_limit) - noted_number("usage");
    return taken - std::max<std::int64_t>(room, 0);
  }

  std::optional<std::int64_t> headroom_;
};

std::optional<std::string> needs_refusals(const Host& host) {
  if (!host.memory_limit) return "the engine cannot limit memory here";
  if (!host.cgroup_v1)
    return "with cgroup v2 the engine does not tell whether any memory was refused";
  return std::nullopt;
}

}  // namespace

const FaultKind kMemory{
    .name = "memory",
    .title = "the container's memory limited to little more than it uses; undone by its old limit",
    .scenario = "resource-exhaustion",
    .ends = Ends::maybe,
    .survives = "kill",
    .holds = 5s,
    .acts_within = 10s,
    .parameters = {{{.name = "headroom",
                     .type = Parameter::Type::size,
                     .fallback = "4m",
                     .least = 0,
                     .most = 4.0 * (1LL << 30U)}}},
    .impossible = needs_refusals,
    .make = make_fault<Memory>};

}  // namespace bhsim::faults
