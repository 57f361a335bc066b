#include <algorithm>

#include "framework/engine/resources.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// As long as an answer is waited for before it counts as none.
constexpr Nanos kNoAnswer = 300ms;
// The kernel takes connections for an application that listens, whatever its state; one that takes
// none for so long is given up on, and the engine's word has to do.
constexpr Nanos kTakesConnections = 5s;

class Cut final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{:.12} cut off from its network {}", spec().target, noted("network"));
  }

  // Only a network of the run's own is cut.
  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto state, look(means));
    BHSIM_ASSIGN(
        const auto ours,
        engine::list_networks(means.engine, fmt::format("{}={}", kRunLabel, spec().run_id)));
    for (const auto& [network, ignored] : state.addresses) {
      if (std::ranges::find(ours, network, &engine::Listed::name) == ours.end()) continue;
      note("network", network);
      return {};
    }
    return fail(ErrorCode::unsupported, "{} is in no network of this run: none is cut",
                spec().target);
  }

  Result<void> apply(const Means& means) override {
    return engine::disconnect_network(means.engine, noted("network"), spec().target);
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look(means));
    if (connected(state)) return fail(ErrorCode::conflict, "it is still in its network");
    if (spec().probe_path.empty()) return std::string("the engine shows it in no network");
    if (answers(means, kNoAnswer))
      return fail(ErrorCode::conflict, "the application still answers without its network");
    return std::string("it is in no network, and a request was not answered");
  }

  Result<void> undo(const Means& means) override {
    if (!undone_) undone_ = means.clock.now();
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state || noted("network").empty() || connected(*state)) return {};
    // The engine picks the address, since the network has no subnet of the user's; clients know the
    // published port.
    const auto back = engine::connect_network(means.engine, noted("network"), spec().target);
    // Removed with the rest of the run: nothing is cut any more.
    if (!back && back.error().code == ErrorCode::not_found) return {};
    return back;
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    if (!connected(*state)) return fail(ErrorCode::conflict, "it is not in its network");
    if (!state->running) return std::string("it is in its network, and does not run");
    if (spec().probe_path.empty()) return std::string("it is in its network");
    if (means.ask(spec().port, spec().probe_path, kNoAnswer) != Heard::nothing)
      return std::string("it is in its network, and its published port takes connections");
    const bool published = std::ranges::any_of(
        state->host_ports, [&](const auto& port) { return port.second == spec().port; });
    if (published && undone_ && means.clock.now() >= *undone_ + kTakesConnections)
      return std::string("it is in its network, its port is published, and it takes no connection");
    return fail(ErrorCode::conflict, "its published port takes no connection");
  }

 private:
  [[nodiscard]] bool connected(const engine::ContainerState& state) const {
    return state.addresses.contains(noted("network"));
  }

  std::optional<Time> undone_;
};

}  // namespace

const FaultKind kCut{.name = "cut",
                     .title = "the container taken out of its network; undone by putting it back",
                     .scenario = "network-issues",
                     .effect = Effect::silence,
                     .impossible = possible_everywhere,
                     .make = make_fault<Cut>};

}  // namespace bhsim::faults
