// Values from files and from earlier responses, as a server sees them.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Keeps what it was asked, and answers 200.
class Recorder {
 public:
  TestServer::Handler handler() {
    return [this](const TestRequest& request, Wire& wire) {
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(request);
      }
      wire.send(response(200, "{}"));
    };
  }
  std::vector<TestRequest> seen() {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  std::vector<TestRequest> seen_;
};

TEST(LoadData, Values_ArriveAsTheyStandInTheFile) {
  Recorder recorder;
  TestServer server(recorder.handler());
  LoadSpec spec = spec_for(server.port(), 90, seconds(1));
  spec.data = {data_set("users",
                        "name,quote,n\nanna,\"she said \"\"hi\"\", \\\n\",1\nbüb,ü,22\nc d,,333\n",
                        Pick::sequential)};
  Operation& op = spec.operations[0];
  op.method = "POST";
  op.path = "/users/{users.name}?n={users.n}";
  op.headers = {{"X-Number", "{users.n}"}};
  op.body = R"({"name":"{users.name}","quote":"{users.quote}","n":{users.n}})";
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 90U);
  const CsvTable& table = *spec.data[0].table;
  const std::vector<std::string> paths = {"/users/anna?n=1", "/users/b%C3%BCb?n=22",
                                          "/users/c%20d?n=333"};
  std::vector<int> seen(table.rows());
  for (const TestRequest& request : recorder.seen()) {
    const auto found = std::find(paths.begin(), paths.end(), request.path);
    ASSERT_NE(found, paths.end()) << request.path;
    const auto row = static_cast<std::size_t>(found - paths.begin());
    ++seen[row];
    EXPECT_NE(request.head.find(fmt::format("\r\nX-Number: {}\r\n", table.value(row, 2))),
              std::string::npos)
        << request.head;
    const auto json = nlohmann::json::parse(request.body, nullptr, false);
    ASSERT_TRUE(json.is_object()) << request.body;
    EXPECT_EQ(json["name"].get<std::string>(), table.value(row, 0));
    EXPECT_EQ(json["quote"].get<std::string>(), table.value(row, 1));
    EXPECT_EQ(json["n"].dump(), table.value(row, 2));
  }
  EXPECT_EQ(seen, (std::vector<int>{30, 30, 30}));
}

std::vector<std::string> paths_asked(std::uint64_t seed) {
  Recorder recorder;
  TestServer server(recorder.handler());
  LoadSpec spec = spec_for(server.port(), 200, milliseconds(500));
  std::string csv = "id\n";
  for (int i = 0; i < 1000; ++i) csv += fmt::format("{}\n", i);
  spec.data = {data_set("ids", csv)};
  spec.operations[0].path = "/a/{ids.id}";
  spec.operations.push_back(spec.operations[0]);
  spec.operations[1].name = "other";
  spec.operations[1].path = "/b/{ids.id}";
  spec.seed = seed;
  run_to_end(spec);
  std::vector<std::string> paths;
  for (const TestRequest& request : recorder.seen()) paths.push_back(request.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

TEST(LoadData, TwoRunsOfOneSeed_AskTheSame) {
  const auto once = paths_asked(7);
  EXPECT_EQ(once.size(), 100U);
  EXPECT_EQ(once, paths_asked(7));
  EXPECT_NE(once, paths_asked(8));
}

// Hands out tokens at /login and knows them at /use; a token orders at /order, and what was ordered
// can be looked at.
class TokenService {
 public:
  void operator()(const TestRequest& request, Wire& wire) {
    const std::lock_guard lock(mutex_);
    const std::string close = closes_each_ > 0 && request.number_on_connection + 1 == closes_each_
                                  ? "Connection: close\r\n"
                                  : "";
    ++asked_[request.path.substr(0, request.path.find('/', 1))];
    if (request.path == "/login") {
      const std::string token = fmt::format("t{}/\"{}\"", request.number, request.method);
      tokens_.insert(token);
      wire.send(response(200, nlohmann::json{{"access_token", token}}.dump(), close));
    } else if (!is_known(request)) {
      wire.send(response(401, "{}", close));
    } else if (request.path == "/order") {
      orders_.insert(request.number);
      wire.send(response(201, "{}", fmt::format("X-Order: {}\r\n{}", request.number, close)));
    } else {
      const bool found =
          request.path == "/use" || (request.path.starts_with("/orders/") &&
                                     orders_.contains(std::stoull(request.path.substr(8))));
      wire.send(response(found ? 200 : 404, "{}", close));
    }
    if (!close.empty()) wire.close();
    if (request.number == forgets_at_) tokens_.clear();
  }

  std::uint64_t asked(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return asked_[path];
  }
  std::uint64_t closes_each_ = 0;  // requests of a connection; 0: never
  std::uint64_t forgets_at_ = ~std::uint64_t{0};

 private:
  [[nodiscard]] bool is_known(const TestRequest& request) const {
    constexpr std::string_view kField = "\r\nAuthorization: Bearer ";
    const std::size_t at = request.head.find(kField);
    if (at == std::string::npos) return false;
    const std::size_t begin = at + kField.size();
    return tokens_.contains(request.head.substr(begin, request.head.find("\r\n", begin) - begin));
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> asked_;
  std::set<std::string> tokens_;
  std::set<std::uint64_t> orders_;
};

Operation operation(std::string name, double weight, std::string path) {
  Operation op;
  op.name = std::move(name);
  op.weight = weight;
  op.path = std::move(path);
  return op;
}

// login, and what needs it.
LoadSpec session_spec(std::uint16_t port) {
  LoadSpec spec = spec_for(port, 400, seconds(1));
  Operation login = operation("login", 1, "/login");
  login.captures = {{"token", Capture::From::json, "access_token"}};
  Operation use = operation("use", 20, "/use");
  use.headers = {{"Authorization", "Bearer {captured.token}"}};
  spec.operations = {login, use};
  return spec;
}

TEST(LoadCapture, WhatNeedsAToken_ComesByOneFirstOnEachConnection) {
  TokenService service;
  TestServer server(std::ref(service));
  const Told told = run_to_end(session_spec(server.port()));
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 400U);
  EXPECT_GT(told.summary.substituted, 0U);
  EXPECT_LE(told.summary.substituted, 8U);
  // Counted as what they were sent as.
  EXPECT_EQ(told.summary.operations[0].planned, service.asked("/login"));
  EXPECT_EQ(told.summary.operations[1].planned, service.asked("/use"));
  std::vector<std::uint64_t> planned(2);
  for (const SecondRecord& second : told.seconds) planned[second.operation] += second.planned;
  EXPECT_EQ(planned[0], service.asked("/login"));
  EXPECT_EQ(planned[1], service.asked("/use"));
}

TEST(LoadCapture, ClosedLoopOfSeveralThreads_UsesTokensToo) {
  TokenService service;
  TestServer server(std::ref(service));
  LoadSpec spec = session_spec(server.port());
  spec.process = Process::closed;
  spec.threads = 2;
  spec.duration = milliseconds(300);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_GT(told.summary.all.planned, 16U);
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_EQ(told.summary.operations[0].planned, service.asked("/login"));
}

TEST(LoadCapture, Token_OutlivesTheSocket) {
  TokenService service;
  service.closes_each_ = 5;
  TestServer server(std::ref(service));
  const Told told = run_to_end(session_spec(server.port()));
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 400U);
  EXPECT_GT(told.summary.reconnects, 40U);
  EXPECT_LE(told.summary.substituted, 8U);
}

TEST(LoadCapture, TargetThatForgetsItsTokens_IsAskedForNewOnes) {
  TokenService service;
  service.forgets_at_ = 200;
  TestServer server(std::ref(service));
  const Told told = run_to_end(session_spec(server.port()));
  expect_accounted(told);
  EXPECT_GE(count(told, Outcome::bad_status), 1U);
  EXPECT_LE(count(told, Outcome::bad_status), 8U);
  EXPECT_EQ(count(told, Outcome::bad_status) + count(told, Outcome::ok), 400U);
  EXPECT_GT(told.summary.substituted, count(told, Outcome::bad_status));
}

TEST(LoadCapture, AChainOfThree_IsWalkedFromItsBeginning) {
  TokenService service;
  TestServer server(std::ref(service));
  LoadSpec spec = session_spec(server.port());
  Operation order = operation("order", 1, "/order");
  order.headers = spec.operations[1].headers;
  order.expect.status = 201;
  order.captures = {{"order", Capture::From::header, "X-Order"}};
  Operation look = operation("look", 50, "/orders/{captured.order}");
  look.headers = order.headers;
  spec.operations.push_back(order);
  spec.operations.push_back(look);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 400U);
  EXPECT_GT(service.asked("/orders"), 100U);
  EXPECT_GT(service.asked("/order"), 0U);
  EXPECT_LE(told.summary.substituted, 16U);
}

TEST(LoadCapture, ResponseWithoutWhatIsCaptured_IsBadBody) {
  TestServer server(answering(response(200, R"({"access_token":null})")));
  LoadSpec spec = session_spec(server.port());
  spec.rate_per_s = 50;
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::bad_body), 50U);
  EXPECT_EQ(told.summary.operations[1].planned, 0U);
  ASSERT_FALSE(told.failures.empty());
  EXPECT_EQ(told.failures[0].detail,
            "the response does not hold what is captured from it: token (JSON field access_token)");
}

}  // namespace
}  // namespace bhsim::load
