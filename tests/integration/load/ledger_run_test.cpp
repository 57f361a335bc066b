#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/load/http_get.hpp"
#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// An order service in memory that keeps the contract of ledger.hpp; `wrong` spoils it.
class OrderService {
 public:
  enum class Wrong { nothing, forgets_one, refuses_half, forgets_on_read, acknowledges_after_500 };
  explicit OrderService(Wrong wrong = Wrong::nothing) : wrong_(wrong) {}

  void operator()(const TestRequest& request, Wire& wire) {
    const std::lock_guard lock(mutex_);
    if (request.method == "POST") return post(request, wire);
    if (request.path.starts_with("/ledger/")) return range(request, wire);
    const std::size_t slash = request.path.rfind('/');
    const std::string writer = request.path.substr(12, slash - 12);
    const auto found = orders_.find({writer, std::stoull(request.path.substr(slash + 1))});
    if (found == orders_.end()) return wire.send(response(404, "{}"));
    nlohmann::json order = found->second;
    if (wrong_ == Wrong::forgets_on_read) order["quantity"] = 99;
    wire.send(response(200, order.dump()));
  }

  // Orders whose record was there already.
  std::uint64_t repeated() {
    const std::lock_guard lock(mutex_);
    return repeated_;
  }

 private:
  void post(const TestRequest& request, Wire& wire) {
    const auto order = nlohmann::json::parse(request.body, nullptr, false);
    if (!order.is_object() || !order["quantity"].is_number() || !order["sequence"].is_number()) {
      return wire.send(response(400, request.body));
    }
    const std::pair key{order["writer"].get<std::string>(), order["sequence"].get<std::uint64_t>()};
    const std::uint64_t number = posts_++;
    if (orders_.contains(key)) ++repeated_;
    if (wrong_ == Wrong::refuses_half && number % 2 == 0) return wire.send(response(422, "{}"));
    if (!(wrong_ == Wrong::forgets_one && number == 20)) orders_[key] = order;
    if (wrong_ == Wrong::acknowledges_after_500 && number % 2 == 0)
      return wire.send(response(500, "{}"));
    wire.send(response(201, "{}"));
  }

  void range(const TestRequest& request, Wire& wire) {
    const std::size_t query = request.path.find("?from=");
    const std::size_t to = request.path.find("&to=");
    const std::string writer = request.path.substr(8, query - 8);
    const std::uint64_t first = std::stoull(request.path.substr(query + 6));
    const std::uint64_t last = std::stoull(request.path.substr(to + 4));
    std::string lines;
    std::uint64_t count = 0;
    for (const auto& [key, order] : orders_) {
      if (key.first != writer || key.second < first || key.second > last) continue;
      ++count;
      lines += fmt::format("{},{},{},{}\n", writer, key.second, order["sku"].get<std::string>(),
                           order["quantity"].get<int>());
    }
    wire.send(response(
        200,
        nlohmann::json{{"count", count}, {"digest", sha256_hex(lines)}, {"duplicates", 0}}.dump()));
  }

  const Wrong wrong_;
  std::mutex mutex_;
  std::uint64_t posts_ = 0, repeated_ = 0;
  std::map<std::pair<std::string, std::uint64_t>, nlohmann::json> orders_;
};

LoadSpec order_spec(std::uint16_t port) {
  LoadSpec spec = spec_for(port, 300, seconds(1));
  spec.skus = {"SKU-0001", "SKU-0002", "SKU-0003"};
  Operation order;
  order.name = "order";
  order.method = "POST";
  order.path = "/api/orders";
  order.body = R"({"sku":"{sku}","quantity":"{1..9}"})";
  order.expect.status = 201;
  order.ledger = LedgerRole::write;
  Operation lookup;
  lookup.name = "lookup";
  lookup.path = "/api/orders/{acknowledged}";
  lookup.ledger = LedgerRole::read;
  spec.operations = {order, lookup};
  return spec;
}

struct Verified {
  Told told;
  LedgerReport report;
};

Verified run_and_verify(OrderService::Wrong wrong) {
  OrderService service(wrong);
  TestServer server(std::ref(service));
  const LoadSpec spec = order_spec(server.port());
  Verified out;
  out.told = run_to_end(spec);
  expect_accounted(out.told);
  const auto report =
      verify(out.told.ledger,
             http_range_fetch(spec.target, "/ledger/{writer}?from={from}&to={to}", seconds(5)));
  EXPECT_TRUE(report) << report.error().message;
  if (report) out.report = *report;
  return out;
}

TEST(LedgerRun, HonestService_IsSoundAndEveryReadIsItsRecord) {
  const Verified v = run_and_verify(OrderService::Wrong::nothing);
  EXPECT_EQ(count(v.told, Outcome::ok), 300U);
  EXPECT_GT(v.told.summary.operations[1].planned, 100U);
  EXPECT_TRUE(v.report.sound());
  EXPECT_EQ(v.report.acknowledged, v.told.summary.operations[0].planned);
  EXPECT_EQ(v.report.acknowledged, v.told.summary.ledger.acknowledged);
}

TEST(LedgerRun, SecondRunWithWritersOfItsOwn_WritesRecordsThatAreNotThereYet) {
  OrderService service;
  TestServer server(std::ref(service));
  LoadSpec spec = order_spec(server.port());
  run_to_end(spec);
  EXPECT_EQ(service.repeated(), 0U);
  run_to_end(spec);
  const auto same_writers = service.repeated();
  EXPECT_GT(same_writers, 0U);
  spec.first_writer = static_cast<std::uint32_t>(spec.connections);
  EXPECT_EQ(count(run_to_end(spec), Outcome::ok), 300U);
  EXPECT_EQ(service.repeated(), same_writers);
}

// Reads alone are planned: the first has nothing to ask for.
LoadSpec reads_only(std::uint16_t port) {
  LoadSpec spec = order_spec(port);
  spec.operations[0].weight = 1e-12;
  return spec;
}

TEST(LedgerRun, ReadsWithNothingToReadYet_AreWritesAndCountedAsSubstituted) {
  OrderService service;
  TestServer server(std::ref(service));
  const Told told = run_to_end(reads_only(server.port()));
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 300U);
  EXPECT_GE(told.summary.substituted, 1U);
  EXPECT_EQ(told.summary.operations[0].planned, told.summary.substituted);
  EXPECT_EQ(told.summary.operations[1].planned, 300 - told.summary.substituted);
  EXPECT_EQ(told.summary.ledger.acknowledged, told.summary.substituted);
}

TEST(LedgerRun, NothingIsEverAcknowledged_EveryReadIsSubstituted) {
  TestServer server(answering(response(422, "{}")));
  LoadSpec spec = reads_only(server.port());
  spec.process = Process::closed;
  spec.duration = milliseconds(200);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_GT(told.summary.all.planned, 0U);
  EXPECT_EQ(told.summary.substituted, told.summary.all.planned);
  EXPECT_EQ(told.summary.operations[0].planned, told.summary.all.planned);
}

TEST(LedgerRun, ReadThatNeedsAWriteThatNeedsAToken_ComesByTheTokenFirst) {
  OrderService service;
  TestServer server([&service](const TestRequest& request, Wire& wire) {
    if (request.path == "/login") return wire.send(response(200, R"({"token":"t1"})"));
    if (request.method == "POST" && request.head.find("Bearer t1") == std::string::npos)
      return wire.send(response(400, "{}"));
    service(request, wire);
  });
  LoadSpec spec = reads_only(server.port());
  Operation login;
  login.name = "login";
  login.weight = spec.operations[0].weight;
  login.path = "/login";
  login.captures = {{"token", Capture::From::json, "token"}};
  spec.operations[0].headers = {{"Authorization", "Bearer {captured.token}"}};
  spec.operations.insert(spec.operations.begin(), login);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 300U);
  const std::vector<OperationTotals>& operations = told.summary.operations;
  EXPECT_GE(operations[0].planned, 1U);
  EXPECT_GE(operations[1].planned, 1U);
  EXPECT_EQ(operations[0].planned + operations[1].planned, told.summary.substituted);
}

TEST(LedgerRun, OneAcknowledgedWriteForgotten_IsLost) {
  const Verified v = run_and_verify(OrderService::Wrong::forgets_one);
  EXPECT_EQ(v.report.lost, 1U);
  EXPECT_EQ(v.report.altered + v.report.resurrected + v.report.duplicated, 0U);
}

TEST(LedgerRun, RefusedWrites_AreNotThereAndThatIsSound) {
  const Verified v = run_and_verify(OrderService::Wrong::refuses_half);
  EXPECT_TRUE(v.report.sound());
  EXPECT_GT(v.report.refused, 20U);
  EXPECT_EQ(v.report.refused, count(v.told, Outcome::bad_status));
}

TEST(LedgerRun, FailedButKeptWrites_MayBeThere) {
  const Verified v = run_and_verify(OrderService::Wrong::acknowledges_after_500);
  EXPECT_TRUE(v.report.sound());
  EXPECT_GT(v.report.open_found, 20U);
  EXPECT_EQ(v.report.open_missing, 0U);
}

TEST(LedgerRun, ReadsThatComeBackChanged_AreCountedAsAltered) {
  const Verified v = run_and_verify(OrderService::Wrong::forgets_on_read);
  EXPECT_GT(v.told.summary.altered_reads, 100U);
  EXPECT_EQ(v.told.summary.altered_reads,
            at(v.told.summary.operations[1].outcomes, Outcome::bad_body));
}

TEST(HttpGet, Answer_HasStatusAndBody) {
  TestServer server([](const TestRequest& request, Wire& wire) {
    EXPECT_EQ(request.path, "/p/x?y=1");
    wire.send("HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  });
  const auto answer = http_get({"127.0.0.1", server.port(), "/p"}, "/x?y=1", seconds(5));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "abc");
}

TEST(HttpGet, NoAnswer_IsATimeoutThatSaysWhatWasAsked) {
  TestServer server([](const TestRequest&, Wire& wire) { wire.wait_for([] { return false; }); });
  const auto answer = http_get({"127.0.0.1", server.port(), ""}, "/slow", milliseconds(50));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
  EXPECT_NE(answer.error().message.find("GET /slow"), std::string::npos);
  EXPECT_TRUE(takes_connections({"127.0.0.1", server.port(), ""}, seconds(5)));
}

TEST(HttpGet, NobodyListens_SaysRefused) {
  const auto answer = http_get({"127.0.0.1", unused_port(), ""}, "/", seconds(1));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("Connection refused"), std::string::npos);
  EXPECT_FALSE(takes_connections({"127.0.0.1", unused_port(), ""}, seconds(1)));
}

}  // namespace
}  // namespace bhsim::load
