#include <charconv>

#include "framework/faults/hand.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostCounter = 256;

std::optional<std::int64_t> number_behind(std::string_view key, std::string_view text) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
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
    ask_for_some(means);
    BHSIM_ASSIGN(const auto refused, refusals(means));
    if (refused <= noted_number("refused")) {
      BHSIM_TRY(follow(means));
      return fail(ErrorCode::conflict, "no thread and no process was refused");
    }
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
    if (!state->running) return ended_again(*state);
    // By the cgroup itself, not by what the engine remembers.
    BHSIM_ASSIGN(const auto felt, cgroup_file(means, "pids.max"));
    if (number_behind("", felt) != limit)
      return fail(ErrorCode::conflict, "its cgroup's limit is still {}", felt);
    return fmt::format("its limit is {} again", limit);
  }

 private:
  // A pool of threads that is full already asks for none. The application's own program once more
  // does: the engine's way into a container is not held against the limit, but the threads that a
  // JVM starts with are. It ends of it, or, where the headroom is wide, by itself.
  void ask_for_some(const Means& means) const {
    (void)engine::exec_in_container(means.engine, spec().target,
                                    {"/proc/1/exe", "-Xmx8m", "-version"}, 5s);
  }

  // Threads may have ended since they were counted, and left room below the limit.
  Result<void> follow(const Means& means) {
    BHSIM_ASSIGN(const auto now, sample(means, spec().target));
    const auto lower = static_cast<std::int64_t>(now.pids.value_or(0)) + count("headroom");
    if (!now.pids || lower >= noted_number("lowered")) return {};
    note("lowered", lower);
    return apply(means);
  }

  // What the kernel has refused so far, by its own count.
  Result<std::int64_t> refusals(const Means& means) {
    BHSIM_ASSIGN(const auto text, cgroup_file(means, "pids.events"));
    if (const auto count = number_behind("max ", text)) return *count;
    return fail(ErrorCode::unsupported, "the cgroup of {:.12} does not count what it refuses",
                spec().target);
  }

  // The controller's own file, as the application's cgroup has it; of version 1 in a folder.
  Result<std::string> cgroup_file(const Means& means, const std::string& name) {
    BHSIM_ASSIGN(auto* reader, reader_.reach(means, spec()));
    for (const auto* folder : {"pids/", ""}) {
      auto piece =
          (*reader)->tail("/proc/1/root/sys/fs/cgroup/" + (folder + name), 0, kMostCounter);
      if (piece) return std::move(piece->bytes);
      if (piece.error().code != ErrorCode::not_found) return fail(piece.error());
    }
    return fail(ErrorCode::unsupported, "the cgroup of {:.12} has no {}", spec().target, name);
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
