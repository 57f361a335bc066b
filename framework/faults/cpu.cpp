#include <algorithm>

#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// Between the two samples of a look: five of the scheduler's periods.
constexpr Nanos kWindow = 500ms;
// Beyond what was throttled before, as a share of the periods, it counts as the fault's doing.
constexpr double kMore = 0.2;

class Cpu final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("CPU of {:.12} limited to {} of its quota", spec().target, text("share"));
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto quota, limit_of(means.engine, spec().target, "NanoCpus"));
    if (quota <= 0)
      return fail(ErrorCode::unsupported, "{} has no quota of its own to go back to",
                  spec().target);
    // The engine takes no less than a hundredth of a core.
    constexpr std::int64_t kLeast = 10'000'000;
    const auto lowered =
        std::max(kLeast, static_cast<std::int64_t>(static_cast<double>(quota) * share("share")));
    BHSIM_ASSIGN(const auto usual, work(means));
    note("quota", quota);
    note("lowered", lowered);
    note("throttled_percent", static_cast<std::int64_t>(usual.throttled * 100));
    return {};
  }

  Result<void> apply(const Means& means) override {
    return engine::update_container(means.engine, spec().target,
                                    {.nano_cpus = noted_number("lowered")});
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto now, work(means));
    if (now.throttled < usual() + kMore)
      return fail(ErrorCode::conflict, "{:.0f} % of its periods were throttled, {:.0f} % before",
                  now.throttled * 100, usual() * 100);
    return fmt::format("{:.0f} % of its periods were throttled, {:.0f} % before",
                       now.throttled * 100, usual() * 100);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state || noted_number("quota") <= 0) return {};
    return engine::update_container(means.engine, spec().target,
                                    {.nano_cpus = noted_number("quota")});
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    BHSIM_ASSIGN(const auto quota, limit_of(means.engine, spec().target, "NanoCpus"));
    if (quota != noted_number("quota"))
      return fail(ErrorCode::conflict, "its quota is {:.2f} cores, and was {:.2f}", cores(quota),
                  cores(noted_number("quota")));
    if (!state->running) return std::string("its quota is as it was, and it does not run");
    // One that catches up, or spins, is throttled by its own quota: it uses more than the lowered
    // one would have let it.
    BHSIM_ASSIGN(const auto now, work(means));
    const double halfway = cores(noted_number("lowered") + quota) / 2;
    if (now.throttled > std::max(0.5, usual() + kMore) && now.cores < halfway)
      return fail(ErrorCode::conflict, "{:.0f} % of its periods are still throttled",
                  now.throttled * 100);
    return fmt::format(
        "its quota is {:.2f} cores again; it used {:.2f}, with {:.0f} % of its periods "
        "throttled",
        cores(quota), now.cores, now.throttled * 100);
  }

 private:
  static double cores(std::int64_t nano_cpus) { return static_cast<double>(nano_cpus) / 1e9; }
  [[nodiscard]] double usual() const {
    return static_cast<double>(noted_number("throttled_percent")) / 100;
  }

  // By the kernel's own counts.
  struct Work {
    double throttled = 0;  // the share of the scheduler's periods in which it had to wait
    double cores = 0;      // used, at least
  };
  [[nodiscard]] Result<Work> work(const Means& means) const {
    const Time from = means.clock.now();
    BHSIM_ASSIGN(const auto first, sample(means, spec().target));
    means.clock.sleep_until(means.clock.now() + kWindow);
    BHSIM_ASSIGN(const auto second, sample(means, spec().target));
    const double took = to_seconds(means.clock.now() - from);
    Work work;
    if (took > 0)
      work.cores =
          (static_cast<double>(second.cpu_ns) - static_cast<double>(first.cpu_ns)) / 1e9 / took;
    if (second.periods > first.periods)
      work.throttled = static_cast<double>(second.throttled_periods - first.throttled_periods) /
                       static_cast<double>(second.periods - first.periods);
    return work;
  }
};

std::optional<std::string> needs_quota(const Host& host) {
  if (host.cpu_quota) return std::nullopt;
  return "the engine cannot limit CPU here (no CFS quota)";
}

}  // namespace

const FaultKind kCpu{
    .name = "cpu",
    .title = "the container's CPU quota lowered to a share of it; undone by its old quota",
    .scenario = "resource-exhaustion",
    .holds = 5s,
    .parameters = {{{.name = "share",
                     .type = Parameter::Type::share,
                     .fallback = "10%",
                     .least = 0.01,
                     .most = 0.9}}},
    .impossible = needs_quota,
    .make = make_fault<Cpu>};

}  // namespace bhsim::faults
