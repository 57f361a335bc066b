#include "framework/config/loaders.hpp"
#include "framework/base/cache.hpp"

#include <gtest/gtest.h>

#include "framework/config/vocabulary.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// --- bad input: every complaint by its exact text

struct Bad {
  const char* name;
  std::string text;
  std::string error;
  friend void PrintTo(const Bad& one, std::ostream* out) { *out << one.name; }
};

std::string name_of(const testing::TestParamInfo<Bad>& one) { return one.param.name; }

class BadLoad : public testing::TestWithParam<Bad> {};
TEST_P(BadLoad, IsRefused) {
  const auto result = parse_load_profile(GetParam().text, "l.yml");
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
  if (!result) {
    EXPECT_EQ(result.error().code, ErrorCode::config);
  }
}
constexpr const char* kGet = "operations: [{name: a, get: /x}]\n";
INSTANTIATE_TEST_SUITE_P(
    Table, BadLoad,
    testing::Values(
        Bad{"UnknownKey", std::string("load: x\nrat: 1/s\nrate: 1/s\n") + kGet,
            "l.yml:2:1: unknown key 'rat' in a load profile; did you mean 'rate'?"},
        Bad{"BareRate", std::string("load: x\nrate: 1000\n") + kGet,
            "l.yml:2:7: rate: found '1000', expected a rate such as 1000/s or 10/m"},
        Bad{"RateBeyondReach", std::string("load: x\nrate: 1000000/s\n") + kGet,
            "l.yml:2:7: rate: more than 200000/s, which this generator does not reach"},
        Bad{"NoConnections", std::string("load: x\nrate: 1/s\nconnections: 0\n") + kGet,
            "l.yml:3:14: connections: found '0', expected a whole number from 1 to 10000"},
        Bad{"UnknownArrivals", std::string("load: x\nrate: 1/s\narrivals: poison\n") + kGet,
            "l.yml:3:11: arrivals: found 'poison', expected one of constant, poisson; did you "
            "mean 'poisson'?"},
        Bad{"SloBeyondTimeout", std::string("load: x\nrate: 1/s\ntimeout: 1s\nslo: 2s\n") + kGet,
            "l.yml:4:6: slo: expected more than 0s and at most 'timeout'"},
        Bad{"NoOperations", "load: x\nrate: 1/s\n",
            "l.yml:1:1: a load profile lacks 'operations': a list of {name: …, get: PATH}"},
        Bad{"OperationWithoutPath", "load: x\nrate: 1/s\noperations: [{name: a}]\n",
            "l.yml:3:14: an operation lacks its path: one of 'get', 'post', 'put', 'delete', "
            "'head'"},
        Bad{"TwoMethods", "load: x\nrate: 1/s\noperations: [{name: a, get: /x, post: /y}]\n",
            "l.yml:3:39: an operation has one of 'get', 'post', 'put', 'delete', 'head'"},
        Bad{"UnknownPlaceholder", "load: x\nrate: 1/s\noperations: [{name: a, get: \"/{sk}\"}]\n",
            "l.yml:3:29: get: unknown placeholder '{sk}'; did you mean '{sku}'?"},
        Bad{"SkuWithoutSkus", "load: x\nrate: 1/s\noperations: [{name: a, get: \"/{sku}\"}]\n",
            "l.yml:1:1: '{sku}' is asked for, and 'skus' names none"},
        Bad{"RangeTurnedRound", "load: x\nrate: 1/s\noperations: [{name: a, get: \"/{9..1}\"}]\n",
            "l.yml:3:29: get: '{9..1}' is not a range such as {1..9}"},
        Bad{"ReadsWithoutWrites",
            "load: x\nrate: 1/s\noperations: [{name: a, get: \"/{acknowledged}\", ledger: read}]\n",
            "l.yml:3:13: operations: '{acknowledged}' needs an operation with 'ledger: write'"},
        Bad{"WriteWithoutRecord",
            "load: x\nrate: 1/s\noperations: [{name: a, post: /x, body: hi, ledger: write}]\n",
            "l.yml:3:52: ledger: a write must send '{writer}', or it could not be found again\n"
            "l.yml:3:52: ledger: a write must send '{sequence}', or it could not be found again"},
        Bad{"BodyAndJson",
            "load: x\nrate: 1/s\noperations: [{name: a, post: /x, body: hi, json: {a: 1}}]\n",
            "l.yml:3:50: an operation has 'body' or 'json', not both"},
        Bad{"GetWithABody", "load: x\nrate: 1/s\noperations: [{name: a, get: /x, body: hi}]\n",
            "l.yml:3:39: body: a GET has no body"},
        Bad{"SameNameTwice",
            "load: x\nrate: 1/s\noperations: [{name: a, get: /x}, {name: a, get: /y}]\n",
            "l.yml:3:13: operations: the name 'a' stands here twice"},
        Bad{"UnknownJsonType",
            "load: x\nrate: 1/s\noperations: [{name: a, get: /x, expect: {json: {p: numbr}}}]\n",
            "l.yml:3:52: p: found 'numbr', expected one of number, string, boolean, object, array; "
            "did you mean 'number'?"},
        Bad{"SeveralAtOnce", "load: x\nrate: fast\nslo: [1]\noperations:\n  - {name: a, gt: /x}\n",
            "l.yml:2:7: rate: found 'fast', expected a rate such as 1000/s or 10/m\n"
            "l.yml:3:6: slo: found a list, expected a duration such as 500ms, 5s, 10m, 4h or "
            "1h30m\n"
            "l.yml:5:5: an operation lacks its path: one of 'get', 'post', 'put', 'delete', "
            "'head'\n"
            "l.yml:5:15: unknown key 'gt' in an entry of 'operations'; did you mean 'get'?"}),
    name_of);

class BadContract : public testing::TestWithParam<Bad> {};
TEST_P(BadContract, IsRefused) {
  const auto result = parse_contract(GetParam().text, "c.yml");
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
}
constexpr const char* kStart = "app: A\nimage: {ref: a}\ncommand: [java]\nready: /r\n";
std::string contract_with(std::string_view more) { return kStart + std::string(more); }
INSTANTIATE_TEST_SUITE_P(
    Table, BadContract,
    testing::Values(
        Bad{"Empty", "app: A\n",
            "c.yml:1:1: a contract lacks 'image': {ref: NAME@sha256:…} or {build: FOLDER}\n"
            "c.yml:1:1: a contract lacks 'command': a list such as [java, \"{jvm}\", \"{agent}\", "
            "…]\n"
            "c.yml:1:1: a contract lacks 'ready': the path that answers 2xx once the application "
            "can work; without it no start could be told from a failure"},
        Bad{"UnknownKey", contract_with("heatlh: /x\nport: 80\n"),
            "c.yml:5:1: unknown key 'heatlh' in a contract; known are like, app, image, "
            "dependency, command, environment, port, ready, live, metrics, start, stop, volumes, "
            "swap, ledger, audit"},
        Bad{"NearKey", contract_with("prot: 80\n"),
            "c.yml:5:1: unknown key 'prot' in a contract; did you mean 'port'?"},
        Bad{"PortTooHigh", contract_with("port: 65536\n"),
            "c.yml:5:7: port: found '65536', expected a whole number from 1 to 65535"},
        Bad{"BothImages", "app: A\nimage: {ref: a, build: b}\ncommand: [java]\nready: /r\n",
            "c.yml:2:8: image: expected exactly one of 'ref' and 'build'"},
        Bad{"ImageAsText", "app: A\nimage: a:latest\ncommand: [java]\nready: /r\n",
            "c.yml:2:8: image: found 'a:latest', expected a mapping of keys to values"},
        Bad{"UnknownPlaceholder",
            "app: A\nimage: {ref: a}\ncommand: [java, \"{agnt}\"]\nready: /r\n",
            "c.yml:3:17: command: unknown placeholder '{agnt}'; known are {jvm}, {agent}, "
            "{app} and, where there is one, {dependency}"},
        Bad{"PlaceholderOfADependencyThatIsNotThere",
            "app: A\nimage: {ref: a}\ncommand: [java, \"{dependency}\"]\nready: /r\n",
            "c.yml:3:17: command: unknown placeholder '{dependency}'; known are {jvm}, {agent}, "
            "{app} and, where there is one, {dependency}"},
        Bad{"DependencyThatNothingUses", contract_with("dependency: {port: 9090}\n"),
            "c.yml:5:13: 'dependency' lacks 'uses': a path of the application whose answer needs "
            "it"},
        Bad{"RelativePath", contract_with("live: health\n"),
            "c.yml:5:7: live: found 'health', expected a path that begins with '/', without "
            "blanks and '..'"},
        Bad{"PathThatClimbs", contract_with("volumes: [/a/../etc]\n"),
            "c.yml:5:11: volumes: found '/a/../etc', expected a path that begins with '/'"},
        Bad{"UnknownSignal", contract_with("stop: {signal: SIGTREM}\n"),
            "c.yml:5:16: signal: found 'SIGTREM', expected one of SIGTERM, SIGINT, SIGQUIT, "
            "SIGHUP, SIGUSR1, SIGUSR2; did you mean 'SIGTERM'?"},
        Bad{"TypicalBeyondLimit", contract_with("start: {within: 5s, typical: 6s}\n"),
            "c.yml:5:30: typical: longer than 'within'"},
        Bad{"SwapWithoutDirectory",
            contract_with("swap:\n  classes: [{class: P, serves: [q], version: {header: X}}]\n"),
            "c.yml:6:3: 'swap' lacks 'directory': the folder that the agent watches"},
        Bad{"NoClassName",
            contract_with("swap:\n  directory: /c\n  classes: [{class: 1P, serves: [q], version: "
                          "{header: X}}]\n"),
            "c.yml:7:21: class: '1P' is not a class name such as com.example.OrderPolicy"},
        Bad{"ClassThatServesNothing",
            contract_with(
                "swap:\n  directory: /c\n  classes: [{class: P, version: {header: X}}]\n"),
            "c.yml:7:13: 'P' serves no operation: nothing could show that a swap landed"},
        Bad{"ClassWithoutVersion",
            contract_with("swap:\n  directory: /c\n  classes: [{class: P, serves: [q]}]\n"),
            "c.yml:7:13: an entry of 'classes' lacks 'version': {header: NAME}"},
        Bad{"GroupOfAStranger",
            contract_with("swap:\n  directory: /c\n  classes:\n    - {class: Pricing, serves: [q], "
                          "version: {header: X}}\n  groups: [[Pricing, Pricng]]\n"),
            "c.yml:9:22: groups: 'Pricng' is not among the classes; did you mean 'Pricing'?"},
        Bad{"LedgerWithoutWriter", contract_with("ledger: {ranges: \"/l?from={from}&to={to}\"}\n"),
            "c.yml:5:18: ranges: the path lacks '{writer}'"},
        Bad{"AuditWithoutFile", contract_with("audit: {}\n"),
            "c.yml:5:8: 'audit' lacks 'file': a path"}),
    name_of);

// --- a contract that is like another one

class LikeAnother : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    write("Shop", R"(app: Shop
image: {ref: shop}
command: [java, "{jvm}", "{app}", "--name={app}"]
port: 9000
ready: /ready
live: /live
start: {within: 20s, typical: 1s}
environment: {MODE: production}
volumes: [/data]
swap:
  directory: /classes
  classes: [{class: Pricing, serves: [quote], version: {header: X-Version}}]
ledger: {ranges: "/l/{writer}?from={from}&to={to}", survives: [kill]}
audit: {file: /data/audit.log}
)");
  }
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file(folder_->path() / (name + ".yml"), text));
  }
  [[nodiscard]] Result<Contract> load(const std::string& name) const {
    return load_contract(folder_->path() / (name + ".yml"));
  }
  [[nodiscard]] std::string error_of(const std::string& name) const {
    const auto contract = load(name);
    return contract ? "no error" : contract.error().message;
  }
  [[nodiscard]] std::string at(const std::string& name) const {
    return (folder_->path() / (name + ".yml")).string();
  }

 private:
  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-like");
};

TEST_F(LikeAnother, WithNothingElse_DiffersInItsNameAlone) {
  write("Store", "app: Store\nlike: Shop\n");
  auto store = load("Store");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->command, (std::vector<std::string>{"java", "{jvm}", "Store", "--name=Store"}));
  EXPECT_EQ(load("Shop")->command,
            (std::vector<std::string>{"java", "{jvm}", "Shop", "--name=Shop"}));
  auto shop = *load("Shop");
  shop.name = "Store";
  shop.command = store->command;
  shop.file = store->file;
  EXPECT_EQ(*store, shop);
}

TEST_F(LikeAnother, KeyThatStandsInBoth_IsReplacedAsAWhole) {
  write("Store", R"(app: Store
like: Shop
port: 9001
start: {within: 5s}
environment: {LEVEL: high}
volumes: []
swap:
  directory: /other
  classes: [{class: Stock, serves: [stock], version: {header: X-Stock}}]
ledger: {ranges: "/r/{writer}?from={from}&to={to}"}
)");
  const auto store = load("Store");
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(store->port, 9001);
  EXPECT_EQ(store->ready_path, "/ready");
  EXPECT_EQ(store->start_within, seconds(5));
  EXPECT_EQ(store->start_typical, seconds(3)) << "the usual one, not that of Shop";
  EXPECT_EQ(store->environment, (std::vector<std::string>{"LEVEL=high"}));
  EXPECT_TRUE(store->volumes.empty());
  EXPECT_EQ(store->swap_directory, "/other");
  EXPECT_EQ(store->swap_source, "/other");
  ASSERT_EQ(store->swap_classes.size(), 1U);
  EXPECT_EQ(store->swap_classes[0].class_name, "Stock");
  EXPECT_TRUE(store->ledger_survives.empty());
  EXPECT_EQ(store->audit_file, "/data/audit.log");
}

TEST(Contract, LedgerTotal_IsAMetricOfTheMetricsPath) {
  const auto of = [](const char* total, const char* more) {
    return parse_contract(
        fmt::format("app: A\nimage: {{ref: a}}\ncommand: [java]\nready: /r\n{}ledger: {{ranges: "
                    "\"/r/{{writer}}?from={{from}}&to={{to}}\", total: '{}'}}\n",
                    more, total),
        "f.yml");
  };
  for (const auto* good :
       {"orders_total", "a:b", "requests_total{operation=\"order\",status=\"201\"}", "a{b=\"\"}"}) {
    const auto contract = of(good, "metrics: /metrics\n");
    ASSERT_TRUE(contract) << contract.error().message;
    EXPECT_EQ(contract->ledger_total, good);
  }
  for (const auto* bad :
       {"1a", "a b", "a{", "a{b}", "a{b=\"c\"", "a{b=\"c\"}d", "a{b=\"c\";d=\"e\"}"})
    EXPECT_FALSE(of(bad, "metrics: /metrics\n")) << bad;
  EXPECT_NE(of("orders_total", "").error().message.find("lacks 'metrics'"), std::string::npos);
}

TEST_F(LikeAnother, ThatIsNotThere_IsRefusedWithTheNearest) {
  write("Store", "app: Store\nlike: Shp\n");
  EXPECT_EQ(error_of("Store"), at("Store") +
                                   ":2:7: like: there is no contract 'Shp' beside this "
                                   "one; did you mean 'Shop'?");
  write("Store", "app: Store\nlike: ../Shop\n");
  EXPECT_EQ(error_of("Store"),
            at("Store") + ":2:7: like: there is no contract '../Shop' beside this one");
}

TEST_F(LikeAnother, ThatIsLikeAThird_IsRefusedAtItsPlace) {
  write("Store", "app: Store\nlike: Shop\n");
  write("Stall", "app: Stall\nlike: Store\n");
  const std::string why =
      ":2:7: like: another contract is like this one, which therefore has to say everything itself";
  EXPECT_EQ(error_of("Stall"), at("Store") + why);
  write("Self", "app: Self\nlike: Self\n");
  EXPECT_EQ(error_of("Self"), at("Self") + why);
}

TEST_F(LikeAnother, ThatIsWrongItself_IsToldAtItsOwnPlace) {
  write("Shop", "app: Shop\nimage: {ref: a}\ncommand: [java]\nready: here\n");
  write("Store", "app: Store\nlike: Shop\n");
  EXPECT_EQ(error_of("Store"), at("Shop") +
                                   ":4:8: ready: found 'here', expected a path that begins "
                                   "with '/', without blanks and '..'");
}

class BadAgent : public testing::TestWithParam<Bad> {};
TEST_P(BadAgent, IsRefused) {
  const auto result = parse_agent_profile(GetParam().text, "a.yml");
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadAgent,
    testing::Values(
        Bad{"NoFlags", "agent: a\n",
            "a.yml:1:1: an agent profile lacks 'jvm': flags such as [\"-javaagent:{jar}\"]"},
        Bad{"UnknownPlaceholder", "agent: a\njvm: [\"-javaagent:{jra}\"]\n",
            "a.yml:2:7: jvm: unknown placeholder '{jra}'; known are {jar}, {config}, {classes}, "
            "{health}, {audit}"},
        Bad{"UnknownDelivery", "agent: a\njvm: [x]\ndelivery: rename\n",
            "a.yml:3:11: delivery: found 'rename', expected one of rename+touch, overwrite, "
            "in-place; did you mean 'rename+touch'?"},
        Bad{"BrokenPattern", "agent: a\njvm: [x]\nlog: {swapped: 'X {class} ('}\n",
            "a.yml:3:16: swapped: 'X {class} (' is not a regular expression (ECMAScript)"},
        Bad{"PatternThatRepeatsTooOften",
            "agent: a\njvm: [x]\nlog: {swapped: 'X{99999} {class}'}\n",
            "a.yml:3:16: swapped: 'X{99999} {class}' is not a regular expression (ECMAScript)"},
        Bad{"UnknownClaim", "agent: a\njvm: [x]\nclaims: {rolback: true}\n",
            "a.yml:3:10: unknown key 'rolback' in 'claims'; did you mean 'rollback'?"},
        Bad{"ClaimIsNoBoolean", "agent: a\njvm: [x]\nclaims: {audit: maybe}\n",
            "a.yml:3:17: audit: found 'maybe', expected true or false"},
        Bad{"EventThatIsNone", "agent: a\njvm: [x]\nevents: [a b]\n",
            "a.yml:3:10: events: 'a b' is no event of a flight recording such as "
            "com.example.Swap"},
        Bad{"EndlessLimit", "agent: a\njvm: [x]\nswap_within: 1h\n",
            "a.yml:3:14: swap_within: expected more than 0s and at most 10m"}),
    name_of);

class BadProductionConfig : public testing::TestWithParam<Bad> {};
TEST_P(BadProductionConfig, IsRefused) {
  const auto result = parse_production_config(GetParam().text, "p.yml");
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadProductionConfig,
    testing::Values(
        Bad{"OtherRoot", "bytehto:\n  performance: {}\n",
            "p.yml:1:1: a production configuration lacks 'bytehot': a mapping\n"
            "p.yml:1:1: unknown key 'bytehto' in a production configuration; did you mean "
            "'bytehot'?"},
        Bad{"MisspeltKey", "bytehot:\n  performance:\n    validation-timeot: 5s\n",
            "p.yml:3:5: unknown key 'validation-timeot' in 'performance'; did you mean "
            "'validation-timeout'?"},
        Bad{"KeyInTheWrongPlace", "bytehot:\n  monitoring:\n    auto-rollback: true\n",
            "p.yml:3:5: unknown key 'auto-rollback' in 'monitoring'; known are metrics-enabled, "
            "jfr-enabled, health-check-interval"},
        Bad{"BareTimeout", "bytehot:\n  performance:\n    redefinition-timeout: 10\n",
            "p.yml:3:27: redefinition-timeout: found '10', expected a duration such as 500ms, 5s, "
            "10m, 4h or 1h30m"},
        Bad{"HalfASwap", "bytehot:\n  performance:\n    max-concurrent-hotswaps: 1.5\n",
            "p.yml:3:30: max-concurrent-hotswaps: found '1.5', expected a whole number from 1 to "
            "64"},
        Bad{"YesIsNoBoolean", "bytehot: {monitoring: {jfr-enabled: yes}}\n",
            "p.yml:1:37: jfr-enabled: found 'yes', expected true or false"},
        Bad{"NegativeRetries", "bytehot: {reliability: {max-retry-attempts: -1}}\n",
            "p.yml:1:45: max-retry-attempts: found '-1', expected a whole number from 0 to 100"}),
    name_of);

class BadSimulation : public testing::TestWithParam<Bad> {};
TEST_P(BadSimulation, IsRefused) {
  const auto result = parse_simulation(GetParam().text, "s.yml");
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
}
std::string simulation_with(std::string_view phases) {
  return fmt::format("simulation: s\nphases:\n{}required: [REL-*]\n", phases);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadSimulation,
    testing::Values(
        Bad{"SharesThatDoNotAddUp", simulation_with("  - {name: a, share: 90%}\n"),
            "s.yml:3:3: phases: the shares add up to 90 %, not 100 %"},
        Bad{"MaximumBelowMinimum",
            simulation_with("  - {name: a, share: 100%, min: 10s, max: 5s}\n"),
            "s.yml:3:43: max: shorter than 'min'"},
        Bad{"PhaseTwice", simulation_with("  - {name: a, share: 50%}\n  - {name: a, share: 50%}\n"),
            "s.yml:4:12: name: the phase 'a' stands here twice"},
        Bad{"UnknownFault", simulation_with("  - {name: a, share: 100%, faults: {from: [kil]}}\n"),
            "s.yml:3:44: from: found 'kil', expected one of kill, terminate, restart, exit, pause, "
            "cut, memory, cpu, pids, sockets, bandwidth, latency, relay-latency, relay-jitter, "
            "relay-bandwidth, reset, black-hole, half-open, slow-close, dependency-slow, "
            "dependency-dead, permissions, read-only, disk-full, file-storm, events; did you mean "
            "'kill'?"},
        Bad{"FaultsThatSilenceMostOfIt",
            simulation_with("  - {name: a, share: 100%, faults: {outage: 60%, from: [kill]}}\n"),
            "s.yml:3:45: outage: expected at most 50 %"},
        Bad{"FaultThatNobodyCanDo",
            simulation_with("  - {name: a, share: 100%, faults: {from: [clock]}}\n"),
            "s.yml:3:44: from: 'clock' is not possible: containers share the wall clock of their "
            "host (time namespaces do not hold it), and a host-wide effect is forbidden"},
        Bad{"UnknownParameterOfAFault",
            simulation_with("  - {name: a, share: 100%, faults: {from: [{cpu: {shar: 5%}}]}}\n"),
            "s.yml:3:51: unknown key 'shar' in 'cpu'; known are share, holds; did you mean "
            "'share'?"},
        Bad{"ParameterBeyondItsLimit",
            simulation_with("  - {name: a, share: 100%, faults: {from: [{cpu: {share: 95%}}]}}\n"),
            "s.yml:3:58: share: found '95%', expected a share from 1% to 90%"},
        Bad{"ParameterOfAnotherWord",
            simulation_with("  - {name: a, share: 100%, faults: {from: [{permissions: {of: "
                            "ownr}}]}}\n"),
            "s.yml:3:63: of: found 'ownr', expected one of class-file, directory, owner; did you "
            "mean 'owner'?"},
        Bad{"FaultHeldTooLong",
            simulation_with("  - {name: a, share: 100%, faults: {from: [{pause: {holds: 1h}}]}}\n"),
            "s.yml:3:60: holds: found '1h', expected a duration from 500ms to 5m"},
        Bad{"FaultThatCannotBeHeld",
            simulation_with("  - {name: a, share: 100%, faults: {from: [{kill: {holds: 1s}}]}}\n"),
            "s.yml:3:52: unknown key 'holds' in 'kill'; it has none"},
        Bad{"FaultWithoutWhatItNeeds",
            simulation_with("  - {name: a, share: 100%, faults: {from: [exit]}}\n"),
            "s.yml:3:44: 'exit' lacks 'request'"},
        Bad{"StepsAmongSwaps",
            simulation_with("  - {name: a, share: 100%, steps: {factor: 2}, swaps: {train: 2}}\n"),
            "s.yml:3:35: steps: a phase has these or swaps and faults, or nobody knows what "
            "disturbed it"},
        Bad{"StepsWithoutTimeToSettle",
            simulation_with("  - {name: a, share: 100%, steps: {length: 20s, every: 50s}}\n"),
            "s.yml:3:56: every: the load needs 38s after a step of 20s before the next rises"},
        Bad{"BadVariantUnderLoad",
            simulation_with("  - {name: a, share: 100%, swaps: {variants: [truncated]}}\n"),
            "s.yml:3:47: variants: 'truncated' is delivered by 'conformance: [bad-swaps]', on a "
            "container of its own; under load only 'valid'"},
        Bad{"EmptyTrain", simulation_with("  - {name: a, share: 100%, swaps: {train: 0}}\n"),
            "s.yml:3:43: train: found '0', expected a whole number from 1 to 100"},
        Bad{"ImpossibleDuration",
            "duration: 0s\n" + simulation_with("  - {name: a, share: 100%}\n"),
            "s.yml:1:11: duration: expected from 1s to 72h"},
        Bad{"UnknownConformance",
            "conformance: [bad-swap]\n" + simulation_with("  - {name: a, share: 100%}\n"),
            "s.yml:1:15: conformance: found 'bad-swap', expected one of bad-swaps, breaker, "
            "rollback, configuration; did you mean 'bad-swaps'?"},
        Bad{"NoCheck", "simulation: s\nphases: [{name: a, share: 100%}]\nrequired: [perf]\n",
            "s.yml:3:12: required: found 'perf', expected a check such as PERF-04 or REL-*"},
        Bad{"NothingRequired", "simulation: s\nphases: [{name: a, share: 100%}]\n",
            "s.yml:1:1: a simulation lacks 'required': the checks that decide it"},
        Bad{"WaiverWithoutOwner",
            "waivers: [{check: REL-01, reason: r, expires: soon}]\n" +
                simulation_with("  - {name: a, share: 100%}\n"),
            "s.yml:1:11: an entry of 'waivers' lacks 'owner': a text\n"
            "s.yml:1:47: expires: found 'soon', expected a date such as 2027-01-31"}),
    name_of);

class BadThresholds : public testing::TestWithParam<Bad> {};
TEST_P(BadThresholds, IsRefused) {
  const std::vector<KnownLimit> known{
      {"PERF-04", "<", "s"}, {"PERF-07", ">=", "%"}, {"STAB-03.metaspace", "<=", "MB/swap"}};
  const auto result =
      parse_thresholds("thresholds: t\nlimits:\n" + GetParam().text, "t.yml", known);
  EXPECT_EQ(result ? "no error" : result.error().message, GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadThresholds,
    testing::Values(
        Bad{"Good", "  PERF-04: \"<= 500 ms\"\n  STAB-03.metaspace: \"<= 2 KB/swap\"\n",
            "no error"},
        Bad{"NoRelation", "  PERF-04: 2s\n",
            "t.yml:3:12: PERF-04: found '2s', expected a relation, a value and a unit such as "
            "\"< 2 s\" or \">= 99 %\""},
        Bad{"NoId", "  latency: \"< 2 s\"\n",
            "t.yml:3:3: 'latency' is not a check such as PERF-04, or LOAD-04.pause"},
        Bad{"UnknownId", "  PERF-44: \"< 2 s\"\n",
            "t.yml:3:3: no check has a limit called 'PERF-44'; did you mean 'PERF-04'?"},
        Bad{"WrongUnit", "  PERF-04: \"< 2 %\"\n",
            "t.yml:3:12: PERF-04: found the unit '%', expected 's'"},
        Bad{"TurnedRound", "  PERF-07: \"< 99 %\"\n",
            "t.yml:3:12: PERF-07: found '<', expected '>=': the check cannot be turned round"}),
    name_of);

// --- names to files

TEST(Resolve, UnknownName_IsToldTheNearest) {
  EXPECT_EQ(resolve(Kind::load, kRoot, "hihg").error().message,
            "no load profile is called 'hihg'; did you mean 'high'?");
  EXPECT_EQ(resolve(Kind::load, kRoot, "zzzzzz").error().message,
            "no load profile is called 'zzzzzz'; there are high, low, medium, peak, "
            "stocked");
}

TEST(Resolve, NameThatClimbs_IsNoFile) {
  EXPECT_FALSE(resolve(Kind::load, kRoot, ".."));
  EXPECT_FALSE(resolve(Kind::load, kRoot, ""));
}

TEST(Resolve, MissingPath_SaysWhatItWasFor) {
  const auto result = resolve(Kind::app, kRoot, "mine/app.yml");
  EXPECT_EQ(result.error().message, "mine/app.yml: there is no such file (wanted as contract)");
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
}

TEST(LoadProfile, WriteThatNamesNoRecord_GetsItInFront) {
  const auto load = parse_load_profile(
      "load: x\nrate: 1/s\nskus: [A]\noperations:\n  - {name: o, post: /o, json: {sku: \"{sku}\", "
      "quantity: \"{1..9}\"}, ledger: write}\n",
      "l.yml");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->operations[0].body,
            R"({"writer":"{writer}","sequence":{sequence},"sku":"{sku}","quantity":{1..9}})");
}

TEST(LoadProfile, JsonKeepsNumbersTextsAndNesting) {
  const auto load = parse_load_profile(
      "load: x\nrate: 1/s\noperations:\n  - name: o\n    post: /o\n    json: {a: 1, b: \"1\", c: "
      "[true, x, \"q\\\"q\"], d: {e: ~}}\n",
      "l.yml");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->operations[0].body, R"({"a":1,"b":"1","c":[true,"x","q\"q"],"d":{"e":null}})");
}

TEST(LoadProfile, OwnContentType_Stands) {
  const auto load = parse_load_profile(
      "load: x\nrate: 1/s\noperations:\n  - {name: o, post: /o, json: {a: 1}, headers: "
      "{Content-Type: application/vnd.x+json}}\n",
      "l.yml");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_EQ(load->operations[0].headers.size(), 1U);
}

TEST(Limits, EveryShape) {
  EXPECT_EQ(*parse_limit("<2s"), (Limit{"<", 2, "s"}));
  EXPECT_EQ(*parse_limit("  >=   99.9   % "), (Limit{">=", 99.9, "%"}));
  EXPECT_EQ(*parse_limit("= 0"), (Limit{"=", 0, ""}));
  for (const auto* bad : {"", "2", "<", "< x", "< -1", "< inf", "< nan", "== 2", "< 2 s;"})
    EXPECT_FALSE(parse_limit(bad)) << bad;
}

TEST(Words, Shapes) {
  EXPECT_TRUE(is_class_name("com.example.orders.OrderPolicy$1"));
  for (const auto* bad : {"", ".", "a.", ".a", "a..b", "a-b", "1a", "a b", "../x"})
    EXPECT_FALSE(is_class_name(bad)) << bad;
  EXPECT_TRUE(is_check_pattern("REL-*"));
  EXPECT_TRUE(is_check_pattern("SEC-1*"));
  EXPECT_TRUE(is_check_pattern("PERF-04"));
  for (const auto* bad :
       {"", "*", "REL", "REL-", "REL-4", "rel-04", "REL-04x", "REL-*4", "LOAD-04.pause"})
    EXPECT_FALSE(is_check_pattern(bad)) << bad;
  EXPECT_TRUE(is_check_id("LOAD-04.pause"));
  EXPECT_FALSE(is_check_id("LOAD-04."));
  EXPECT_EQ(placeholders(R"({"a":"{sku}","n":{1..9},"x":{}})"),
            (std::vector<std::string>{"sku", "1..9"}));
}

}  // namespace
}  // namespace bhsim::config
