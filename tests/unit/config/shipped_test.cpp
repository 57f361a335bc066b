// The files that come with bhsim say what the document says.

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "requests.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Shipped, High_IsTheDocumentsFigure) {
  const auto load = load_load_profile(kRoot / "configs/load/high.yml");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->name, "high");
  EXPECT_EQ(load->rate_per_s, 1000);
  EXPECT_EQ(load->arrivals, "poisson");
  EXPECT_EQ(load->connections, 50);
  EXPECT_EQ(load->timeout, seconds(2));
  EXPECT_EQ(load->slo, milliseconds(100));
  ASSERT_EQ(load->operations.size(), 3U);
  const auto& order = load->operations[1];
  EXPECT_EQ(order.method, "POST");
  EXPECT_EQ(order.path, "/api/orders");
  EXPECT_EQ(order.body,
            R"({"writer":"{writer}","sequence":{sequence},"sku":"{sku}","quantity":{quantity}})");
  EXPECT_EQ(
      order.headers,
      (std::vector<std::pair<std::string, std::string>>{{"Content-Type", "application/json"}}));
  EXPECT_EQ(order.ledger, "write");
  EXPECT_EQ(load->operations[0].expect_json,
            (std::vector<std::pair<std::string, std::string>>{{"price", "number"}}));
  EXPECT_EQ(load->operations[2].path, "/api/orders/{acknowledged}");
}

TEST(Shipped, LoadProfiles_DifferInRateAndConnections) {
  const std::vector<std::tuple<std::string, double, int>> expected{
      {"low", 100, 10}, {"medium", 500, 25}, {"high", 1000, 50}, {"peak", 2000, 100}};
  for (const auto& [name, rate, connections] : expected) {
    const auto load = load_load_profile(*resolve(Kind::load, kRoot, name));
    ASSERT_TRUE(load) << load.error().message;
    EXPECT_EQ(load->name, name);
    EXPECT_EQ(load->rate_per_s, rate);
    EXPECT_EQ(load->connections, connections);
  }
}

TEST(Shipped, Contract_NamesClassesAndLedger) {
  const auto contract = load_contract(kRoot / "configs/apps/ProductionSimulationApp.yml");
  ASSERT_TRUE(contract) << contract.error().message;
  EXPECT_EQ(contract->name, "ProductionSimulationApp");
  ASSERT_EQ(contract->swap_classes.size(), 3U);
  EXPECT_EQ(contract->swap_classes[2].class_name, "com.example.orders.OrderPolicy");
  EXPECT_EQ(contract->swap_classes[2].version_header, "X-Version-OrderPolicy");
  EXPECT_EQ(contract->swap_groups.size(), 1U);
  EXPECT_EQ(contract->ledger_survives, (std::vector<std::string>{"kill", "restart"}));
  EXPECT_EQ(contract->ready_path, "/health/ready");
}

// Section by section, the document's eight.
const std::vector<std::string> kApplications{
    "ConcurrencyTestApp", "FailureTestApp",          "HighLoadApp",         "HotSwapBenchmarkApp",
    "PerformanceTestApp", "ProductionSimulationApp", "ResourceAnalysisApp", "StabilityTestApp"};

TEST(Shipped, Contracts_AreTheEightApplicationsOfTheDocumentAndOneWithADependency) {
  auto all = kApplications;
  all.emplace_back("StockedApp");
  EXPECT_EQ(names(Kind::app, kRoot), all);
}

TEST(Shipped, StockedApp_IsProductionWithAServiceThatItAsks) {
  const auto production = *load_contract(*resolve(Kind::app, kRoot, "ProductionSimulationApp"));
  const auto stocked = load_contract(*resolve(Kind::app, kRoot, "StockedApp"));
  ASSERT_TRUE(stocked) << stocked.error().message;
  ASSERT_EQ(stocked->command.size(), production.command.size() + 1);
  EXPECT_TRUE(std::ranges::equal(production.command,
                                 std::span(stocked->command).first(production.command.size())));
  EXPECT_EQ(stocked->command.back(), "--stock={dependency}");
  EXPECT_EQ(stocked->dependency.port, 9090);
  EXPECT_EQ(stocked->dependency.uses, "/api/stock/SKU-0001");
}

TEST(Shipped, Contracts_StartTheirOwnApplicationAndAreOtherwiseAlike) {
  const auto production = *load_contract(*resolve(Kind::app, kRoot, "ProductionSimulationApp"));
  for (const auto& name : kApplications) {
    auto contract = load_contract(*resolve(Kind::app, kRoot, name));
    ASSERT_TRUE(contract) << contract.error().message;
    EXPECT_EQ(contract->name, name);
    ASSERT_GE(contract->command.size(), 3U);
    EXPECT_EQ(contract->command[contract->command.size() - 3], name);
    contract->name = production.name;
    contract->file = production.file;
    contract->command = production.command;
    contract->environment = production.environment;
    // A customer of their own orders as well: how much, only they know.
    const bool orders_itself = name == "ResourceAnalysisApp" || name == "StabilityTestApp";
    EXPECT_EQ(contract->ledger_total, orders_itself ? "" : "orders_total") << name;
    contract->ledger_total = production.ledger_total;
    EXPECT_EQ(*contract, production) << name;
  }
}

TEST(Shipped, ConcurrencyTestApp_WorksOnAHundredRequestsAtOnce) {
  const auto contract = load_contract(*resolve(Kind::app, kRoot, "ConcurrencyTestApp"));
  ASSERT_TRUE(contract) << contract.error().message;
  EXPECT_EQ(contract->environment, (std::vector<std::string>{"BHSIM_WORKERS=100"}));
}

TEST(Shipped, ProductionConfig_HoldsTheDocumentsNineKeys) {
  const auto config = load_production_config(kRoot / "configs/production-config.yml");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->validation_timeout, seconds(5));
  EXPECT_EQ(config->redefinition_timeout, seconds(10));
  EXPECT_EQ(config->max_concurrent_hotswaps, 1);
  EXPECT_TRUE(config->metrics_enabled);
  EXPECT_TRUE(config->jfr_enabled);
  EXPECT_EQ(config->health_check_interval, seconds(30));
  EXPECT_TRUE(config->auto_rollback);
  EXPECT_EQ(config->max_retry_attempts, 3);
  EXPECT_TRUE(config->circuit_breaker);
  EXPECT_EQ(config->sha256, sha256_hex(config->text));
}

// What a section's configuration changes is all that its file says it does.
TEST(Shipped, ConfigurationsOfTheSections_AreProductionsButForWhatTheySay) {
  const auto of = [](const std::string& name) {
    auto config = load_production_config(kRoot / "configs" / (name + "-config.yml"));
    EXPECT_TRUE(config) << config.error().message;
    if (!config) return ProductionConfig{};
    config->file.clear();
    config->text.clear();
    config->sha256.clear();
    return *config;
  };
  auto performance = of("production");
  performance.max_retry_attempts = 1;
  performance.circuit_breaker = false;
  EXPECT_EQ(of("performance"), performance);
  auto load_test = of("production");
  load_test.max_concurrent_hotswaps = 4;
  EXPECT_EQ(of("load-test"), load_test);
  auto stability = of("production");
  stability.max_retry_attempts = 5;
  EXPECT_EQ(of("stability"), stability);
}

TEST(Shipped, Agents_AreReferenceAndNone) {
  const auto reference = resolve_agent(kRoot, "reference");
  ASSERT_TRUE(reference) << reference.error().message;
  EXPECT_TRUE(reference->present());
  EXPECT_EQ(reference->claims.configuration.size(), kConfigurationKeys.size());
  const auto none = resolve_agent(kRoot, "none");
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_FALSE(none->present());
}

TEST(Shipped, Thresholds_AreReadInTheUnitsWritten) {
  const auto thresholds = load_thresholds(kRoot / "configs/thresholds/production.yml");
  ASSERT_TRUE(thresholds) << thresholds.error().message;
  EXPECT_EQ(thresholds->limits.at("PERF-04"), (Limit{"<", 2, "s"}));
  EXPECT_EQ(thresholds->limits.at("PERF-07"), (Limit{">=", 99, "%"}));
  EXPECT_EQ(thresholds->limits.at("LOAD-04.pause"), (Limit{"<=", 200, "ms"}));
}

TEST(Shipped, Thresholds_CoverEveryCheckOfTheMainJob) {
  const auto limits = load_thresholds(kRoot / "configs/thresholds/production.yml")->limits;
  for (const auto& id : ids()) EXPECT_TRUE(limits.contains(id)) << id;
}

TEST(Shipped, Simulation_IsSection927) {
  const auto simulation = load_simulation(kRoot / "simulations/production.yml");
  ASSERT_TRUE(simulation) << simulation.error().message;
  EXPECT_EQ(simulation->duration, std::chrono::hours(4));
  ASSERT_EQ(simulation->phases.size(), 5U);
  EXPECT_EQ(simulation->phases[0].max, Nanos(minutes(10)));
  ASSERT_TRUE(simulation->phases[2].swaps);
  EXPECT_EQ(simulation->phases[2].swaps->train, 10);
  EXPECT_EQ(simulation->phases[2].swaps->groups, 0.1);
  ASSERT_TRUE(simulation->phases[3].faults);
  EXPECT_EQ(simulation->phases[3].faults->every, seconds(45));
}

}  // namespace
}  // namespace bhsim::config
