#include "docker/helper/way.hpp"

namespace bhsim::helper {
namespace {

constexpr std::int64_t kMostDelay = 60'000'000'000;
// 8 MB at most, in a container of 64.
constexpr relay::Limits kLimits{.connections = 256, .bytes_each_way = 16U << 10U};
constexpr std::uint64_t kSeed = 1;  // nothing is drawn by chance

tl::unexpected<Error> nothing_there() {
  return fail(ErrorCode::conflict, "there is no relay here");
}

}  // namespace

Result<Json> Way::start(const Args& args) {
  if (relay_ != nullptr) return fail(ErrorCode::conflict, "there is a relay here already");
  relay::Place target, listen{.host = "0.0.0.0"};
  BHSIM_ASSIGN(target.host, args.text("host"));
  BHSIM_ASSIGN(const auto port, args.number("port", 1, 65535));
  BHSIM_ASSIGN(const auto at, args.number("listen", 0, 65535));
  target.port = static_cast<int>(port);
  listen.port = static_cast<int>(at);
  BHSIM_ASSIGN(relay_, relay::Relay::start(target, system_clock(), kSeed, kLimits, listen));
  return Json{{"port", relay_->port()}};
}

Result<Json> Way::set(const Args& args) {
  if (relay_ == nullptr) return nothing_there();
  BHSIM_ASSIGN(const auto delay, args.number_or("delay", 0, kMostDelay, 0));
  BHSIM_ASSIGN(const auto hole, args.number_or("black_hole", 0, 1, 0));
  relay_->set({.delay = Nanos(delay),
               .trouble = hole == 1 ? relay::Trouble::black_hole : relay::Trouble::none});
  return Json::object();
}

Result<Json> Way::counters(const Args&) const {
  if (relay_ == nullptr) return nothing_there();
  const auto counted = relay_->counters();
  return Json{{"accepted", counted.accepted},
              {"open", counted.open},
              {"held", counted.held},
              {"pieces", counted.holding.count()},
              {"shortest", counted.holding.min().count()},
              {"longest", counted.holding.max().count()}};
}

}  // namespace bhsim::helper
