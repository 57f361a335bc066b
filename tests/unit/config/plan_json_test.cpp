#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/config/build.hpp"
#include "framework/config/plan.hpp"
#include "framework/config/timeline.hpp"

namespace bhsim::config {
namespace {

// Fills every kind of field with something random, the empty and the hostile included.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : dice_(seed) {}

  void operator()(std::string& text) {
    static const std::vector<std::string> texts{
        "", "x", "ü → \"quoted\"\n", "{sku}", "a\tb\\c", std::string(300, 'y'), "null", "0"};
    text = texts[dice_.below(texts.size())];
  }
  void operator()(Path& path) {
    std::string text;
    (*this)(text);
    path = text;
  }
  void operator()(bool& value) { value = dice_.below(2) == 1; }
  void operator()(int& value) { value = static_cast<int>(dice_.below(100'000)) - 50'000; }
  void operator()(std::int64_t& value) {
    value = static_cast<std::int64_t>(dice_.below(1ULL << 62U)) - (1LL << 61);
  }
  void operator()(std::uint64_t& value) {
    value = dice_.below(3) == 0 ? ~0ULL : dice_.below(1ULL << 63U);
  }
  void operator()(double& value) {
    value = static_cast<double>(dice_.below(1U << 30U)) / 7.0 - 1e6;
  }
  void operator()(Nanos& value) {
    std::int64_t count = 0;
    (*this)(count);
    value = Nanos(count);
  }
  void operator()(Delivery& value) { value = static_cast<Delivery>(dice_.below(3)); }
  void operator()(std::pair<std::string, std::string>& pair) {
    (*this)(pair.first);
    (*this)(pair.second);
  }
  template <typename T>
  void operator()(std::vector<T>& items) {
    items.resize(dice_.below(4));
    for (auto& item : items) (*this)(item);
  }
  template <typename T>
  void operator()(std::map<std::string, T>& items) {
    for (auto n = dice_.below(4); n > 0; --n) {
      std::string key;
      (*this)(key);
      (*this)(items[key]);
    }
  }
  // Structured bindings name every member: a new one does not compile until it stands here.
  void operator()(SwappableClass& one) {
    auto& [class_name, serves, version_header] = one;
    all(class_name, serves, version_header);
  }
  void operator()(Dependency& one) {
    auto& [port, image_ref, command, environment, uses] = one;
    all(port, image_ref, command, environment, uses);
  }
  void operator()(Contract& one) {
    auto& [name, file, image_build, image_ref, command, environment, port, ready, live, metrics,
           stop_signal, stop_within, start_within, start_typical, swap_directory, swap_source,
           swap_classes, swap_groups, ledger_ranges, ledger_survives, ledger_total, audit_file,
           volumes, dependency] = one;
    all(name, file, image_build, image_ref, command, environment, port, ready, live, metrics,
        stop_signal, stop_within, start_within, start_typical, swap_directory, swap_source,
        swap_classes, swap_groups, ledger_ranges, ledger_survives, ledger_total, audit_file,
        volumes, dependency);
  }
  void operator()(AgentClaims& one) {
    auto& [breaker, rollback, retry, audit, configuration] = one;
    all(breaker, rollback, retry, audit, configuration);
  }
  void operator()(BreakerPromise& one) {
    auto& [failures, pause, jvm] = one;
    all(failures, pause, jvm);
  }
  void operator()(AgentProfile& one) {
    auto& [name, file, jar, jvm, delivery, named_packages, accepts, claims, swap_within,
           thread_prefix, log, breaker, metrics, events] = one;
    all(name, file, jar, jvm, delivery, named_packages, accepts, claims, swap_within, thread_prefix,
        log, breaker, metrics, events);
  }
  void operator()(ProductionConfig& one) {
    auto& [file, text, sha256, validation, redefinition, concurrent, metrics, jfr, interval,
           rollback, retries, breaker] = one;
    all(file, text, sha256, validation, redefinition, concurrent, metrics, jfr, interval, rollback,
        retries, breaker);
  }
  void operator()(LoadCapture& one) {
    auto& [name, from, source] = one;
    all(name, from, source);
  }
  void operator()(LoadData& one) {
    auto& [name, file, sha256, pick] = one;
    all(name, file, sha256, pick);
  }
  void operator()(LoadOperation& one) {
    auto& [name, weight, method, path, headers, body, status, json, contains, expected_headers,
           captures, ledger] = one;
    all(name, weight, method, path, headers, body, status, json, contains, expected_headers,
        captures, ledger);
  }
  void operator()(LoadProfile& one) {
    auto& [name, file, rate, arrivals, connections, timeout, slo, skus, data, operations] = one;
    all(name, file, rate, arrivals, connections, timeout, slo, skus, data, operations);
  }
  void operator()(PlannedPhase& one) {
    auto& [name, start, length, swaps, faults] = one;
    all(name, start, length, swaps, faults);
  }
  void operator()(PlannedSwap& one) {
    auto& [generation, at, class_name, variant, group, train, phase, role, valid, watch] = one;
    all(generation, at, class_name, variant, group, train, phase, role, valid, watch);
  }
  void operator()(PlannedFault& one) {
    auto& [id, at, kind, holds, outage, phase, parameters] = one;
    all(id, at, kind, holds, outage, phase, parameters);
  }
  void operator()(PlannedStep& one) {
    auto& [at, length, factor, phase] = one;
    all(at, length, factor, phase);
  }
  void operator()(PlannedItem& one) {
    auto& [name, kind, length] = one;
    all(name, kind, length);
  }
  void operator()(PlannedPair& one) {
    auto& [id, at, floor, plain_first, warm_up, measured, length, swaps] = one;
    all(id, at, floor, plain_first, warm_up, measured, length, swaps);
  }
  void operator()(Limit& one) {
    auto& [relation, value, unit] = one;
    all(relation, value, unit);
  }
  void operator()(Waiver& one) {
    auto& [check, reason, owner, expires] = one;
    all(check, reason, owner, expires);
  }
  void operator()(Plan& one) {
    auto& [simulation, title, seed, duration, app, jvm, agent, production, load, phases, swaps,
           faults, steps, conformance_swaps, items, pairs, collections, conformance, audits,
           required, demoted, limits, waivers, only, settings, notes, thresholds] = one;
    all(simulation, title, seed, duration, app, jvm, agent, production, load, phases, swaps, faults,
        steps, conformance_swaps, items, pairs, collections, conformance, audits, required, demoted,
        limits, waivers, only, settings, notes, thresholds);
  }

 private:
  template <typename... T>
  void all(T&... fields) {
    ((*this)(fields), ...);
  }
  Dice dice_;
};

TEST(PlanJson, EveryField_SurvivesTheRoundTripThroughText) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Plan plan;
    Filler filler(seed);
    filler(plan);
    const auto text = to_json(plan).dump();
    const auto back = plan_from_json(nlohmann::json::parse(text));
    ASSERT_TRUE(back) << back.error().message;
    ASSERT_TRUE(*back == plan) << "seed " << seed;
  }
}

TEST(PlanJson, DefaultPlan_SurvivesToo) { EXPECT_EQ(*plan_from_json(to_json(Plan{})), Plan{}); }

TEST(PlanJson, RealPlanOfFourHours_IsSmallAndSurvives) {
  PlanRequest request;
  request.resources = BHSIM_SOURCE_DIR;
  request.duration = std::chrono::hours(4);
  request.checks = {"PERF-04", "LOAD-01", "STAB-01", "CONC-01", "REL-01",  "RES-03",
                    "HLTH-01", "SEC-01",  "COMP-01", "BRK-01",  "ROLL-01", "CFG-08"};
  const auto plan = build_plan(request);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto text = to_json(*plan).dump();
  EXPECT_LT(text.size(), 700'000U);
  EXPECT_EQ(*plan_from_json(nlohmann::json::parse(text)), *plan);
}

TEST(PlanJson, AbsentFields_TakeTheirDefaults) {
  const auto plan =
      plan_from_json(nlohmann::json::parse(R"({"format": 1, "swaps": [{"generation": 3}]})"));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->swaps.at(0).role, "load");
  EXPECT_TRUE(plan->swaps.at(0).valid);
  EXPECT_EQ(plan->load.connections, 50);
}

TEST(PlanJson, NewerFormat_IsRefused) {
  const auto plan = plan_from_json(nlohmann::json::parse(R"({"format": 2})"));
  EXPECT_EQ(plan.error().message,
            "read plan: its format is 2, and this bhsim knows up to 1; use a newer one");
}

TEST(PlanJson, WhatIsNoPlan_IsAnErrorAndNotAnException) {
  for (const auto* text :
       {"null", "[]", "3", "{}", R"({"format": "1"})", R"({"format": 1, "swaps": 3})",
        R"({"format": 1, "seed": "x"})", R"({"format": 1, "limits": []})",
        R"({"format": 1, "phases": [3]})", R"({"format": 1, "app": []})"})
    EXPECT_FALSE(plan_from_json(nlohmann::json::parse(text))) << text;
}

TEST(Redacted, SecretsOfTheEnvironment_AreNotStored) {
  Plan plan;
  plan.app.environment = {"DB_PASSWORD=hunter2", "api_token=abc", "MODE=fast", "EMPTY"};
  EXPECT_EQ(redacted(plan).app.environment,
            (std::vector<std::string>{"DB_PASSWORD=[redacted]", "api_token=[redacted]", "MODE=fast",
                                      "EMPTY"}));
}

TEST(PlanAccess, PhaseAndLimit_ByName) {
  Plan plan;
  plan.phases = {{"steady", {}, std::chrono::seconds(3), true, false}};
  plan.limits["PERF-04"] = {"<", 2, "s"};
  EXPECT_EQ(plan.phase("steady"), &plan.phases[0]);
  EXPECT_EQ(plan.phase("stedy"), nullptr);
  EXPECT_EQ(plan.limit("PERF-04")->value, 2);
  EXPECT_FALSE(plan.limit("PERF-05"));
}

}  // namespace
}  // namespace bhsim::config
