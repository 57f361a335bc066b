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

TEST(LoadSpec, CapturesAndExpectedHeaders_AreThoseOfTheProfile) {
  auto login = order();
  login.captures = {{"token", "json", "access_token"}, {"id", "header", "X-Id"}};
  login.expect_headers = {{"X-Kind", "a"}};
  const auto spec = to_load_spec(plan_of({login}), {}, {});
  const auto& captures = spec.operations[0].captures;
  ASSERT_EQ(captures.size(), 2U);
  EXPECT_EQ(captures[0].name, "token");
  EXPECT_EQ(captures[0].from, load::Capture::From::json);
  EXPECT_EQ(captures[1].from, load::Capture::From::header);
  EXPECT_EQ(captures[1].source, "X-Id");
  EXPECT_EQ(spec.operations[0].expect.headers, login.expect_headers);
}

TEST(LoadSpec, DataSets_AreReadAndHeldAgainstThePlan) {
  const auto folder = TemporaryDirectory::create("bhsim-load-spec");
  ASSERT_TRUE(folder);
  const Path file = folder->path() / "users.csv";
  ASSERT_TRUE(write_file(file, "name\nanna\nbob\n"));
  auto plan = plan_of({order()});
  plan.load.data = {{"users", file, sha256_file(file).value_or(""), "sequential"}};
  const auto spec = to_whole_load_spec(plan, {}, {});
  ASSERT_TRUE(spec) << spec.error().message;
  ASSERT_EQ(spec->data.size(), 1U);
  EXPECT_EQ(spec->data[0].name, "users");
  EXPECT_EQ(spec->data[0].pick, load::Pick::sequential);
  EXPECT_EQ(spec->data[0].table->value(1, 0), "bob");
  ASSERT_TRUE(write_file(file, "name\nanna\neve\n"));
  const auto changed = to_whole_load_spec(plan, {}, {});
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message.find("not as it was when the plan was made"),
            std::string::npos);
}

TEST(LoadSpec, OperationMix_IsThatOfTheFile) {
  const auto folder = TemporaryDirectory::create("bhsim-load-spec");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "users.csv", "name\nanna\n"));
  const Path file = folder->path() / "shop.yml";
  ASSERT_TRUE(
      write_file(file,
                 "skus: [A, B]\ndata: {users: {file: users.csv}}\noperations:\n"
                 "  - {name: look, weight: 9, get: \"/{sku}/{users.name}\"}\n"
                 "  - {name: buy, post: /buy, json: {sku: \"{sku}\"}, expect: {status: 201}}\n"));
  const auto mix = read_operation_mix(file);
  ASSERT_TRUE(mix) << mix.error().message;
  EXPECT_EQ(mix->skus, (std::vector<std::string>{"A", "B"}));
  ASSERT_EQ(mix->operations.size(), 2U);
  EXPECT_EQ(mix->operations[0].weight, 9);
  EXPECT_EQ(mix->operations[1].expect.status, 201);
  ASSERT_EQ(mix->data.size(), 1U);
  EXPECT_EQ(mix->data[0].table->rows(), 1U);
}

TEST(LoadSpec, Arrivals_AreConstantOnlyWhenAskedFor) {
  auto plan = plan_of({order()});
  EXPECT_EQ(to_load_spec(plan, {}, {}).process, load::Process::poisson);
  plan.load.arrivals = "constant";
  EXPECT_EQ(to_load_spec(plan, {}, {}).process, load::Process::constant);
}

TEST(LoadSpec, StepsOfThePlan_AreSpikesOfTheEngine) {
  auto plan = plan_of({order()});
  plan.load.rate_per_s = 200;
  plan.steps = {{std::chrono::seconds(30), std::chrono::seconds(20), 1.5, "baseline"}};
  const auto spec = to_load_spec(plan, {}, {});
  ASSERT_EQ(spec.spikes.size(), 1U);
  EXPECT_EQ(spec.spikes[0].at, std::chrono::seconds(30));
  EXPECT_EQ(spec.spikes[0].length, std::chrono::seconds(20));
  EXPECT_DOUBLE_EQ(spec.spikes[0].rate_per_s, 300);
}

}  // namespace
}  // namespace bhsim::runner
