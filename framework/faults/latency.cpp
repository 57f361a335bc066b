#include "framework/base/units.hpp"
#include "framework/faults/queueing.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class Latency final : public QueueFault {
 public:
  using QueueFault::QueueFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("what {:.12} sends comes {} later", spec().target, text("delay"));
  }

  // The counters, and the application's answer: it takes as long as it is told to at least.
  Result<std::string> acted(const Means& means) override {
    const Time asked = means.clock.now();
    const bool answered = answers(means, delay() * 4 + 500ms);
    const Nanos took = means.clock.now() - asked;
    BHSIM_ASSIGN(const auto now, queue(means));
    if (now.packets <= 0) return fail(ErrorCode::conflict, "no packet has passed");
    if (!answered) return fmt::format("{} packets were held", now.packets);
    if (took < delay())
      return fail(ErrorCode::conflict, "an answer took {} only", format_duration(took));
    return fmt::format("{} packets were held, and an answer took {}", now.packets,
                       format_duration(took));
  }

 protected:
  Result<void> put(sidecar::Sidecar& hand) override {
    return hand.delay(delay(), Nanos(count("jitter") * 1'000'000));
  }

 private:
  [[nodiscard]] Nanos delay() const { return Nanos(count("delay") * 1'000'000); }
};

std::optional<std::string> needs_netem(const Host& host) {
  if (host.netem) return std::nullopt;
  return "the kernel has no netem (sch_netem)";
}

}  // namespace

const FaultKind kLatency{
    .name = "latency",
    .title = "what the container sends held back for milliseconds (tc netem); undone likewise",
    .scenario = "network-issues",
    .holds = 5s,
    .parameters = {{{.name = "delay",
                     .type = Parameter::Type::count,
                     .fallback = "100",
                     .least = 1,
                     .most = 10'000},
                    {.name = "jitter",
                     .type = Parameter::Type::count,
                     .fallback = "0",
                     .least = 0,
                     .most = 5'000}}},
    .impossible = needs_netem,
    .make = make_fault<Latency>};

}  // namespace bhsim::faults
