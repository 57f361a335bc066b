#pragma once
// One application on the fake engine, with what a fault works with.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/faults/injector.hpp"
#include "framework/history/history.hpp"
#include "tests/support/fake_engine.hpp"

namespace bhsim::faults {

inline constexpr const char* kApp = "app0123456789";
inline constexpr const char* kRun = "run-1";
inline constexpr const char* kNetwork = "net-of-run-1";

// The real time, but nobody waits long for it.
class Hasty final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return system_clock().now(); }
  [[nodiscard]] WallTime wall() const override { return system_clock().wall(); }
  void sleep_until(Time when) const override {
    system_clock().sleep_until(std::min(when, now() + std::chrono::milliseconds(2)));
  }
};

// Those that need nothing but the engine; what a helper does is tried on a real one
// (faults_live_test.cpp).
inline std::vector<FaultKind> kinds_by_engine() {
  std::vector<FaultKind> kinds;
  for (const auto* name : {"kill", "terminate", "restart", "pause", "cut", "memory", "cpu"})
    kinds.push_back(*find_fault_kind(name));
  return kinds;
}

class FaultStage : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TemporaryDirectory::create("bhsim-faults");
    ASSERT_TRUE(made) << made.error().message;
    directory_.emplace(std::move(*made));
    set_the_stage(engine_);
    client_.emplace(engine_.client());
  }

  // What a run keeps of its faults, for an injector.
  void open_store() {
    auto store = history::Store::create(folder(), kRun);
    ASSERT_TRUE(store) << store.error().message;
    store_.emplace(std::move(*store));
  }
  void open_journal() { journal_.emplace(open()); }

  static void set_the_stage(test::FakeEngine& engine) {
    const std::map<std::string, std::string> ours{{std::string(kRunLabel), kRun}};
    engine.networks[kNetwork] = {.id = kNetwork, .labels = ours};
    engine.containers[kApp] = {.id = kApp, .labels = ours, .addresses = {{kNetwork, "172.18.0.2"}}};
  }

  [[nodiscard]] const Path& folder() const { return directory_->path(); }

  // It answers while it runs, is not paused, and `answers_` says so; connections are taken for it
  // as long as it runs and has a network.
  [[nodiscard]] Means means() {
    return {*client_, hasty_, [this](int port, const std::string& path, Nanos) {
              EXPECT_EQ(port, 8080);
              EXPECT_EQ(path, "/ready");
              const auto now = app();
              if (!now.running || now.addresses.empty()) return Heard::nothing;
              return answers_ && !now.paused ? Heard::answer : Heard::connection;
            }};
  }

  test::FakeContainer app() {
    return engine_.with([](test::FakeEngine& engine) { return engine.containers[kApp]; });
  }

  static FaultSpec spec(std::string kind, std::int64_t id = 1) {
    FaultSpec made;
    made.id = id;
    made.kind = std::move(kind);
    made.run_id = kRun;
    made.target = kApp;
    made.port = 8080;
    made.probe_path = "/ready";
    made.heals_within = std::chrono::seconds(20);
    if (const auto* found = find_fault_kind(made.kind))
      for (const auto& parameter : found->told())
        made.parameters[std::string(parameter.name)] = parameter.fallback;
    // What the fake application uses is less than any real one.
    if (made.kind == "memory") made.parameters["headroom"] = "100";
    return made;
  }

  [[nodiscard]] JournalContent journal() const {
    auto read = read_journal(folder());
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(JournalContent{});
  }

  [[nodiscard]] std::string journal_text() const {
    const auto text = read_file(folder() / kJournalFile);
    EXPECT_TRUE(text) << text.error().message;
    return text.value_or("");
  }

  [[nodiscard]] std::vector<std::string> states() const {
    std::vector<std::string> names;
    for (const auto& record : journal().records) names.emplace_back(to_string(record.state));
    return names;
  }

  Journal open() {
    auto opened = Journal::open(folder(), system_clock());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }

  // A run that got so far with the fault, and is no more: nothing is left of it but journal and
  // engine.
  void die_after(const std::string& kind, std::size_t steps) {
    die_after(spec(kind), means(), steps);
  }
  void die_after(const FaultSpec& told, const Means& means, std::size_t steps) {
    auto fault = find_fault_kind(told.kind)->make(told);
    ASSERT_TRUE(fault->prepare(means));
    auto journal = open();
    if (steps-- == 0) return;
    ASSERT_TRUE(journal.append_intent(fault->spec()));
    if (steps-- == 0) return;
    ASSERT_TRUE(fault->apply(means));
    if (steps-- == 0) return;
    ASSERT_TRUE(journal.append(1, JournalState::active, "seen"));
    if (steps-- == 0) return;
    ASSERT_TRUE(journal.append(1, JournalState::undo));
    if (steps-- == 0) return;
    ASSERT_TRUE(fault->undo(means));
    if (steps-- == 0) return;
    ASSERT_TRUE(journal.append(1, JournalState::healed, "gone"));
  }

  void start_anew() {
    std::filesystem::remove(folder() / kJournalFile);
    engine_.with([](test::FakeEngine& engine) {
      set_the_stage(engine);
      return 0;
    });
  }

  Hasty hasty_;
  test::FakeEngine engine_;
  std::optional<TemporaryDirectory> directory_;
  std::optional<engine::Client> client_;
  std::optional<history::Store> store_;
  std::optional<Journal> journal_;
  std::atomic<bool> answers_ = true;
};

}  // namespace bhsim::faults
