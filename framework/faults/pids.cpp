#include <charconv>

#include "framework/faults/hand.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostCounter = 256;

// The number behind "max " in the controller's own file, as the application's cgroup has it.
std::optional<std::int64_t> refusals_in(std::string_view text) {
  constexpr std::string_view kKey = "max ";
  const auto at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

class Pids final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("threads of {:.12} limited to those it has and {}", spec().target,
                       text("headroom"));
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto limit, limit_of(means.engine, spec().target, "PidsLimit"));
    if (limit <= 0)
      return fail(ErrorCode::unsupported, "{} has no limit of its own to go back to",
                  spec().target);
    BHSIM_ASSIGN(const auto refused, refusals(means));
    BHSIM_ASSIGN(const auto now, sample(means, spec().target));
    if (!now.pids)
      return fail(ErrorCode::unsupported, "the engine does not tell how many threads there are");
    note("limit", limit);
    note("lowered", static_cast<std::int64_t>(*now.pids) + count("headroom"));
    note("refused", refused);
    return {};
  }

  Result<void> apply(const Means& means) override {
    return engine::update_container(means.engine, spec().target,
                                    {.pids_limit = noted_number("lowered")});
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look(means));
    if (state.started_at == noted("started_at") && !state.running)
      return fmt::format("the process ended with code {}", state.exit_code);
    ask_for_one(means);
    BHSIM_ASSIGN(const auto refused, refusals(means));
    if (refused <= noted_number("refused"))
      return fail(ErrorCode::conflict, "no thread and no process was refused");
    return fmt::format("{} threads or processes were refused by the limit of {}",
                       refused - noted_number("refused"), noted_number("lowered"));
  }

  Result<void> undo(const Means& means) override {
    reader_.drop();
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state || noted_number("limit") <= 0) return {};
    BHSIM_TRY(engine::update_container(means.engine, spec().target,
                                       {.pids_limit = noted_number("limit")}));
    return start_again(means);
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    BHSIM_ASSIGN(const auto limit, limit_of(means.engine, spec().target, "PidsLimit"));
    if (limit != noted_number("limit"))
      return fail(ErrorCode::conflict, "its limit is {}, and was {}", limit, noted("limit"));
    if (!state->running) return fail(ErrorCode::conflict, "the container does not run");
    BHSIM_ASSIGN(const auto before, refusals(means));
    ask_for_one(means);
    BHSIM_ASSIGN(const auto refused, refusals(means));
    if (refused != before) return fail(ErrorCode::conflict, "a process is still refused");
    return works_again(means, fmt::format("its limit is {} again, nothing is refused", limit));
  }

 private:
  // A pool of threads that is full already asks for none; a process that the engine would start
  // beside it needs one, so the kernel has something to refuse. What it is does not matter.
  void ask_for_one(const Means& means) const {
    (void)engine::exec_in_container(means.engine, spec().target, {"/proc/self/exe"}, 5s);
  }

  // What the kernel has refused so far, by its own count.
  Result<std::int64_t> refusals(const Means& means) {
    BHSIM_ASSIGN(auto* reader, reader_.reach(means, spec()));
    const std::string folder = "/proc/1/root/sys/fs/cgroup/";
    for (const auto* file : {"pids/pids.events", "pids.events"}) {
      const auto piece = (*reader)->tail(folder + file, 0, kMostCounter);
      if (!piece && piece.error().code == ErrorCode::not_found) continue;
      if (!piece) return fail(piece.error());
      if (const auto count = refusals_in(piece->bytes)) return *count;
    }
    return fail(ErrorCode::unsupported, "the cgroup of {:.12} does not count what it refuses",
                spec().target);
  }

  KeptHand reader_{HandRights::application, HandPlace::among_targets};
};

std::optional<std::string> needs_pids_limit(const Host& host) {
  if (host.pids_limit) return std::nullopt;
  return "the engine cannot limit processes here (no pids cgroup)";
}

}  // namespace

const FaultKind kPids{.name = "pids",
                      .title = "no more threads than there are; undone by the old limit",
                      .scenario = "resource-exhaustion",
                      .ends = Ends::maybe,
                      .survives = "kill",
                      .holds = 5s,
                      .parameters = {{{.name = "headroom",
                                       .type = Parameter::Type::count,
                                       .fallback = "0",
                                       .least = 0,
                                       .most = 1000}}},
                      .impossible = needs_pids_limit,
                      .make = make_fault<Pids>};

}  // namespace bhsim::faults
