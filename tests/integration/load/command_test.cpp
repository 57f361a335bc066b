#include "framework/load/command.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/load/engine.hpp"
#include "test_server.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LoadCommand : public testing::Test {
 protected:
  LoadCommand()
      : server_([](const TestRequest&, Wire& wire) { wire.send(response(200, "hello")); }) {
    options_.url = fmt::format("http://127.0.0.1:{}/x", server_.port());
    options_.rate = "100/s";
    options_.duration = milliseconds(1200);
    options_.connections = 4;
  }
  LoadVerdict run() {
    out_.str("");
    const auto verdict = load_command(options_, system_clock(), out_, err_, {});
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict.value_or(LoadVerdict::invalid);
  }
  TestServer server_;
  LoadCommandOptions options_;
  std::ostringstream out_, err_;
};

TEST_F(LoadCommand, FilesAsked_AreWritten) {
  auto folder = TemporaryDirectory::create("bhsim-load");
  ASSERT_TRUE(folder);
  options_.json = folder->path() / "summary.json";
  options_.hlog = folder->path() / "log.hlog";
  run();
  const auto json = nlohmann::json::parse(read_file(options_.json).value_or(""), nullptr, false);
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json["all"]["outcomes"]["ok"], json["all"]["planned"]);
  const std::string hlog = read_file(options_.hlog).value_or("");
  EXPECT_NE(hlog.find("0.000,1.000,"), std::string::npos) << hlog;
  EXPECT_NE(hlog.find("1.000,1.000,"), std::string::npos);
  EXPECT_NE(out_.str().find("from the plan"), std::string::npos);
}

TEST_F(LoadCommand, LimitsThatDoNotHold_Fail) {
  options_.max_p99 = Nanos(1);
  options_.max_error_share = 0.0;
  const LoadVerdict verdict = run();
  EXPECT_NE(verdict, LoadVerdict::pass);
  EXPECT_NE(out_.str().find("FAIL   p99"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("pass   errors 0.000 %"), std::string::npos);
}

TEST_F(LoadCommand, Failures_AreListedByCause) {
  options_.expect = {"status=201"};
  run();
  EXPECT_NE(out_.str().find("bad_status: status 200, expected 201"), std::string::npos)
      << out_.str();
}

TEST_F(LoadCommand, ImpossibleWords_AreAnErrorBeforeAnythingIsSent) {
  options_.arrivals = "sometimes";
  EXPECT_FALSE(load_command(options_, system_clock(), out_, err_, {}));
  options_.arrivals = "poisson";
  options_.hlog = "/nonexistent/folder/log";
  EXPECT_FALSE(load_command(options_, system_clock(), out_, err_, {}));
  EXPECT_EQ(server_.requests(), 0U);
}

TEST_F(LoadCommand, AMixOfOperations_IsReportedOperationByOperation) {
  auto folder = TemporaryDirectory::create("bhsim-load");
  ASSERT_TRUE(folder);
  options_.json = folder->path() / "summary.json";
  options_.url = fmt::format("http://127.0.0.1:{}/shop/", server_.port());
  options_.mix.emplace();
  for (const char* name : {"one", "other"}) {
    Operation op;
    op.name = name;
    op.path = "/" + op.name;
    options_.mix->operations.push_back(op);
  }
  run();
  EXPECT_NE(out_.str().find("  one "), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("  other "), std::string::npos) << out_.str();
  const auto json = nlohmann::json::parse(read_file(options_.json).value_or(""), nullptr, false);
  EXPECT_GT(json["operations"]["one"]["outcomes"]["ok"], 0);
  EXPECT_GT(json["operations"]["other"]["outcomes"]["ok"], 0);
  EXPECT_EQ(json["substituted"], 0);
}

TEST_F(LoadCommand, AMixBesidesWordsForOneRequest_IsRefused) {
  options_.mix.emplace();
  options_.mix->operations.emplace_back().name = "one";
  const auto refused = [this] {
    const auto verdict = load_command(options_, system_clock(), out_, err_, {});
    return !verdict && verdict.error().code == ErrorCode::usage;
  };
  options_.method = "PUT";
  EXPECT_TRUE(refused());
  options_.method.clear();
  options_.expect = {"status=201"};
  EXPECT_TRUE(refused());
  options_.expect.clear();
  options_.url += "?a=1";
  EXPECT_TRUE(refused());
  EXPECT_EQ(server_.requests(), 0U);
}

TEST_F(LoadCommand, Live_WritesALineASecond) {
  options_.live = true;
  options_.duration = milliseconds(2500);
  run();
  EXPECT_NE(err_.str().find("of 2.5s"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace bhsim::load
