#include "framework/load/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Summary summary_of_a_stall() {
  Summary s;
  s.t_plan_end = Time(seconds(10));
  s.all.planned = 1000;
  s.all.sent = 990;
  at(s.all.outcomes, Outcome::ok) = 980;
  at(s.all.outcomes, Outcome::timeout) = 10;
  at(s.all.outcomes, Outcome::unsent) = 10;
  s.all.blocked = 100;
  for (int i = 0; i < 990; ++i) {
    s.all.corrected.record(milliseconds(i));
    s.all.uncorrected.record(milliseconds(1));
  }
  s.operations = {s.all};
  s.invalid.push_back({InvalidReason::Kind::late,
                       "12 of 990 requests were sent more than 10.0 ms late", 0.012, 0.0025});
  return s;
}

LoadSpec spec_of_one() {
  LoadSpec spec;
  Operation op;
  op.name = "request";
  spec.operations = {op};
  return spec;
}

TEST(Report, Text_ShowsBothLatenciesFailuresAndWhyItIsInvalid) {
  const std::string text = render_text(spec_of_one(), summary_of_a_stall());
  EXPECT_NE(text.find("timeout 10 · unsent 10"), std::string::npos) << text;
  EXPECT_NE(text.find("blocked 10.000 %"), std::string::npos);
  EXPECT_NE(text.find("INVALID: 12 of 990"), std::string::npos);
  EXPECT_NE(text.find("p99"), std::string::npos);
}

TEST(Report, Json_HasOutcomesThatAddUpAndPercentilesFromThePlan) {
  const nlohmann::json json = to_json(spec_of_one(), summary_of_a_stall());
  EXPECT_EQ(json["schema"], "bhsim-load-summary/1");
  EXPECT_FALSE(json["valid"].get<bool>());
  EXPECT_EQ(json["invalid"][0]["percent"], 1.2);
  EXPECT_EQ(json["invalid"][0]["most_percent"], 0.25);
  std::uint64_t sum = 0;
  for (const auto& [name, count] : json["all"]["outcomes"].items())
    sum += count.get<std::uint64_t>();
  EXPECT_EQ(sum, json["all"]["planned"].get<std::uint64_t>());
  EXPECT_NEAR(json["all"]["latency_from_plan"]["p50_us"].get<double>(), 494'000, 500);
  EXPECT_TRUE(json["operations"].contains("request"));
}

TEST(Report, SeveralOperations_HaveALineEachAndSayWhatWasSubstituted) {
  LoadSpec spec = spec_of_one();
  Summary s = summary_of_a_stall();
  EXPECT_EQ(render_text(spec, s).find("operation "), std::string::npos);
  spec.operations.push_back(spec.operations[0]);
  spec.operations[1].name = "a longer name";
  s.operations.emplace_back();
  s.substituted = 7;
  const std::string text = render_text(spec, s);
  EXPECT_NE(text.find("  request             1000   98.000 %"), std::string::npos) << text;
  EXPECT_NE(text.find("  a longer name          0    0.000 %"), std::string::npos) << text;
  EXPECT_NE(text.find("7 requests were sent as the operation that they needed first"),
            std::string::npos);
  EXPECT_EQ(to_json(spec, s)["substituted"], 7);
}

TEST(Report, TargetOverTls_HasItsHandshakes) {
  LoadSpec spec = spec_of_one();
  Summary s = summary_of_a_stall();
  EXPECT_TRUE(to_json(spec, s)["tls"].is_null());
  EXPECT_EQ(render_text(spec, s).find("tls"), std::string::npos);
  spec.target.host = "::1";
  spec.target.tls.emplace();
  s.tls = {12, 7, 1, "TLSv1.3, TLS_AES_256_GCM_SHA384"};
  const nlohmann::json json = to_json(spec, s)["tls"];
  EXPECT_EQ(json["handshakes"], 12);
  EXPECT_EQ(json["sessions_reused"], 7);
  EXPECT_EQ(json["failed"], 1);
  EXPECT_EQ(json["verified"], true);
  const std::string text = render_text(spec, s);
  EXPECT_NE(text.find("https://[::1]:80"), std::string::npos) << text;
  EXPECT_NE(text.find("12 handshakes, 7 sessions reused, 1 failed · TLSv1.3"), std::string::npos);
  spec.target.tls->verify = false;
  EXPECT_NE(render_text(spec, s).find("certificate NOT verified (--insecure)"), std::string::npos);
}

TEST(Report, NothingMeasured_DividesByNothing) {
  Summary s;
  s.operations.resize(1);
  EXPECT_FALSE(render_text(spec_of_one(), s).empty());
  EXPECT_EQ(to_json(spec_of_one(), s)["blocked_ratio"], 0);
}

TEST(Report, LiveLine_SaysRateErrorsAndWhatWaits) {
  LiveSnapshot live;
  live.rate_per_s = 1000;
  live.p99 = milliseconds(5);
  live.ended = 200;
  live.errors = 1;
  const std::string line = render_live(live, seconds(61), seconds(600));
  EXPECT_NE(line.find("1m1s of 10m"), std::string::npos) << line;
  EXPECT_NE(line.find("0.500 %"), std::string::npos) << line;
}

}  // namespace
}  // namespace bhsim::load
