#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/load/capacity_command.hpp"
#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

// Serves so many requests at a time, each for so long; the rest waits. When a request is finished
// is reckoned when it comes, so the capacity is slots / service however late a thread wakes.
class SlotServer {
 public:
  SlotServer(std::size_t slots, Nanos service)
      : service_(service), free_from_(slots), server_([this](const TestRequest&, Wire& wire) {
          system_clock().sleep_until(finish_of_next());
          wire.send(response(200, "ok"));
        }) {}
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  [[nodiscard]] double capacity_per_s() const {
    return static_cast<double>(free_from_.size()) / to_seconds(service_);
  }

 private:
  Time finish_of_next() {
    const std::lock_guard lock(mutex_);
    Time& slot = *std::min_element(free_from_.begin(), free_from_.end());
    slot = std::max(slot, system_clock().now()) + service_;
    return slot;
  }

  const Nanos service_;
  std::mutex mutex_;
  std::vector<Time> free_from_;
  TestServer server_;
};

CapacityOptions quick_search(double from, double to) {
  CapacityOptions options;
  options.from_per_s = from;
  options.to_per_s = to;
  options.precision = 0.2;
  options.duration = seconds(1);
  options.least_requests = 100;
  return options;
}

// What is judged is the target, however busy this machine is with other tests.
SelfLimits boundless() {
  SelfLimits limits;
  limits.late_share = limits.cpu_share = 1000;
  return limits;
}

class CapacityRunTest : public testing::Test {
 protected:
  CapacityReport search(const LoadSpec& spec, const CapacityOptions& options) {
    const auto report =
        search_capacity(spec, options, system_clock(), {out_, &live_}, stop_.get_token());
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(CapacityReport{});
  }
  LoadVerdict command(const LoadCommandOptions& options) {
    const auto verdict = load_command(options, system_clock(), out_, live_, stop_.get_token());
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict.value_or(LoadVerdict::pass);
  }
  std::stop_source stop_;
  std::ostringstream out_, live_;
};

// At a rate r above the capacity c the last request of a trial of T seconds waits (1 - c / r) T: in
// the four seconds that confirm, more than 100 ms from 520/s on.
TEST_F(CapacityRunTest, ServerOfKnownCapacity_ItsKneeIsFound) {
  const SlotServer server(8, milliseconds(16));
  ASSERT_EQ(server.capacity_per_s(), 500);
  LoadSpec spec = spec_for(server.port(), 1, seconds(1));
  spec.connections = 64;
  spec.timeout = milliseconds(500);
  spec.limits = boundless();
  const CapacityReport report = search(spec, quick_search(200, 10'000));
  ASSERT_EQ(verdict_of(report), CapacityVerdict::found) << out_.str();
  EXPECT_LE(*report.knee.held_per_s, 520) << out_.str();
  ASSERT_TRUE(report.knee.not_held_per_s);
  EXPECT_GE(*report.knee.not_held_per_s, 300) << out_.str();
  EXPECT_LE(*report.knee.not_held_per_s, *report.knee.held_per_s * 1.2);
  EXPECT_LE(std::ssize(report.trials), report.bound.trials);
  for (const Trial& trial : report.trials) {
    EXPECT_THAT(out_.str(), HasSubstr(render_trial(trial)));
    // The warm-up is not in it.
    EXPECT_NEAR(static_cast<double>(trial.judged.planned),
                trial.step.rate_per_s * to_seconds(trial.judged_length), 2);
    if (trial.verdict == TrialVerdict::held) {
      EXPECT_EQ(trial.judged.sent, trial.judged.planned);
    }
  }
  EXPECT_THAT(live_.str(), HasSubstr("/s  "));
}

TEST_F(CapacityRunTest, GeneratorAtItsLimit_IsNoAnswer) {
  TestServer server(answering(response(200, "ok")));
  LoadSpec spec = spec_for(server.port(), 1, seconds(1));
  spec.limits.cpu_share = 0;
  const CapacityReport report = search(spec, quick_search(500, 1000));
  EXPECT_EQ(verdict_of(report), CapacityVerdict::unknown);
  EXPECT_EQ(report.trials.size(), 2U);
  EXPECT_THAT(out_.str(), HasSubstr("INVALID: bhsim was the limit, not the target, at 500/s"));
}

TEST_F(CapacityRunTest, NobodyListens_TheLowestRateFails) {
  LoadSpec spec = spec_for(unused_port(), 1, seconds(1));
  spec.limits = boundless();
  const CapacityReport report = search(spec, quick_search(200, 1000));
  EXPECT_EQ(verdict_of(report), CapacityVerdict::below_range) << out_.str();
  EXPECT_THAT(out_.str(), HasSubstr("FAIL   200/s, the lowest rate, did not hold"));
  EXPECT_THAT(out_.str(), HasSubstr("refused: connect to"));
  ASSERT_EQ(report.trials.size(), 2U);
  const OperationTotals& judged = report.trials[0].judged;
  EXPECT_GT(judged.planned, 0U);
  EXPECT_EQ(at(judged.outcomes, Outcome::refused), judged.planned);
}

TEST_F(CapacityRunTest, CommandWithAFile_WritesAllTrialsThere) {
  auto folder = TemporaryDirectory::create("bhsim-search");
  ASSERT_TRUE(folder);
  LoadCommandOptions options;
  options.url = fmt::format("http://127.0.0.1:{}/", unused_port());
  options.rate = "search:5000..20000";
  options.duration = milliseconds(200);
  options.json = folder->path() / "search.json";
  // Which of the two depends on whether this machine keeps up with the plan beside other tests.
  EXPECT_THAT(command(options), testing::AnyOf(LoadVerdict::fail, LoadVerdict::invalid));
  const auto json = nlohmann::json::parse(read_file(options.json).value_or(""), nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_THAT(json["verdict"], testing::AnyOf("below_range", "unknown"));
  EXPECT_EQ(json["trials"].size(), 2U);
  EXPECT_EQ(json["trials"][0]["judged"]["outcomes"]["refused"],
            json["trials"][0]["judged"]["planned"]);
}

TEST_F(CapacityRunTest, Interrupted_EndsWithWhatIsKnown) {
  std::atomic<int> requests{0};
  TestServer server([&](const TestRequest&, Wire& wire) {
    if (++requests == 50) stop_.request_stop();
    wire.send(response(200, "ok"));
  });
  LoadCommandOptions options;
  options.url = fmt::format("http://127.0.0.1:{}/", server.port());
  options.rate = "search:500..1000";
  EXPECT_EQ(command(options), LoadVerdict::interrupted);
  EXPECT_LT(requests, 2000);  // a trial has 5,500
  EXPECT_THAT(out_.str(), HasSubstr("stopped\n"));
  EXPECT_THAT(out_.str(), HasSubstr("stopped early: nothing is known yet"));
}

}  // namespace
}  // namespace bhsim::load
