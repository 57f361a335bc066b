#include "framework/runner/load_spec.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

config::LoadOperation order() {
  config::LoadOperation operation;
  operation.name = "order";
  operation.weight = 10;
  operation.method = "POST";
  operation.path = "/api/orders";
  operation.body = "{}";
  operation.headers = {{"Content-Type", "application/json"}};
  operation.expect_status = 201;
  operation.expect_json = {{"price", "number"}, {"id", "string"}, {"any", "something"}};
  operation.expect_body = "ok";
  operation.ledger = "write";
  return operation;
}

config::Plan plan_of(const std::vector<config::LoadOperation>& operations) {
  config::Plan plan;
  plan.duration = 90s;
  plan.seed = 7;
  plan.load.rate_per_s = 250;
  plan.load.connections = 12;
  plan.load.timeout = 3s;
  plan.load.slo = 80ms;
  plan.load.operations = operations;
  return plan;
}

TEST(LoadSpec, TakesRateTimesAndSeedFromThePlan) {
  const auto spec = to_load_spec(plan_of({order()}), {.port = 18080}, time_from_ns(5));
  EXPECT_EQ(spec.target.port, 18080);
  EXPECT_EQ(spec.start, time_from_ns(5));
  EXPECT_DOUBLE_EQ(spec.rate_per_s, 250);
  EXPECT_EQ(spec.connections, 12);
  EXPECT_EQ(spec.timeout, 3s);
  EXPECT_EQ(spec.slo, 80ms);
  EXPECT_EQ(spec.duration, 90s);
  EXPECT_EQ(spec.seed, 7U);
}

TEST(LoadSpec, AnOperation_KeepsEverythingThatItExpects) {
  const auto spec = to_load_spec(plan_of({order()}), {}, {});
  ASSERT_EQ(spec.operations.size(), 1U);
  const auto& operation = spec.operations.front();
  EXPECT_EQ(operation.name, "order");
  EXPECT_DOUBLE_EQ(operation.weight, 10);
  EXPECT_EQ(operation.method, "POST");
  EXPECT_EQ(operation.headers, order().headers);
  EXPECT_EQ(operation.expect.status, 201);
  EXPECT_EQ(operation.expect.body_contains, "ok");
  ASSERT_EQ(operation.expect.json.size(), 3U);
  EXPECT_EQ(operation.expect.json[0].second, load::JsonType::number);
  EXPECT_EQ(operation.expect.json[1].second, load::JsonType::string);
  EXPECT_EQ(operation.expect.json[2].second, load::JsonType::any);
}

TEST(LoadSpec, LedgerRoles_AreThoseOfTheProfile) {
  auto read = order();
  read.ledger = "read";
  auto plain = order();
  plain.ledger = "";
  const auto spec = to_load_spec(plan_of({order(), read, plain}), {}, {});
  EXPECT_EQ(spec.operations[0].ledger, load::LedgerRole::write);
  EXPECT_EQ(spec.operations[1].ledger, load::LedgerRole::read);
  EXPECT_EQ(spec.operations[2].ledger, load::LedgerRole::none);
}

TEST(LoadSpec, VersionHeaders_AreThoseOfTheClassesThatServeTheOperation) {
  auto quote = order();
  quote.name = "quote";
  auto plan = plan_of({order(), quote});
  plan.app.swap_classes = {{"Pricing", {"quote"}, "X-Pricing"},
                           {"Policy", {"order", "quote"}, "X-Policy"}};
  const auto spec = to_load_spec(plan, {}, {});
  ASSERT_EQ(spec.operations[0].versions.size(), 1U);
  EXPECT_EQ(spec.operations[0].versions[0].class_name, "Policy");
  ASSERT_EQ(spec.operations[1].versions.size(), 2U);
  EXPECT_EQ(spec.operations[1].versions[0].header, "X-Pricing");
}

TEST(LoadSpec, Arrivals_AreConstantOnlyWhenAskedFor) {
  auto plan = plan_of({order()});
  EXPECT_EQ(to_load_spec(plan, {}, {}).process, load::Process::poisson);
  plan.load.arrivals = "constant";
  EXPECT_EQ(to_load_spec(plan, {}, {}).process, load::Process::constant);
}

}  // namespace
}  // namespace bhsim::runner
