#include "framework/load/expectation.hpp"

#include <gtest/gtest.h>

namespace bhsim::load {
namespace {

const std::vector<std::string> kTwoSkus = {"SKU-0001", "SKU-0002"};

Judgement judge(const Operation& op, const std::string& response,
                const RequestValues& values = {}) {
  WantedHeaders wanted;
  const CompiledExpectation expectation(op, {}, wanted);
  ResponseParser parser(wanted, {});
  parser.begin(ResponseParser::Method::other, expectation.body());
  EXPECT_EQ(parser.feed(response), ResponseParser::Status::done) << response;
  const Judgement judgement = expectation.judge(parser, values, kTwoSkus);
  if (judgement.outcome != Outcome::ok) {
    EXPECT_FALSE(expectation.explain(parser, judgement).empty());
  }
  return judgement;
}

std::string response(int status, const std::string& body, const std::string& header = "") {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + header +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(Expectation, OtherStatus_IsBadStatus) {
  EXPECT_EQ(judge({}, response(200, "")).outcome, Outcome::ok);
  EXPECT_EQ(judge({}, response(500, "")).outcome, Outcome::bad_status);
}

TEST(Expectation, JsonFields_MustBeThereWithTheirType) {
  Operation op;
  op.expect.json = {{"price", JsonType::number}, {"sku", JsonType::any}};
  EXPECT_EQ(judge(op, response(200, R"({"sku":"a","price":1.5})")).outcome, Outcome::ok);
  EXPECT_EQ(judge(op, response(200, R"({"sku":"a","price":"1.5"})")).outcome, Outcome::bad_body);
  EXPECT_EQ(judge(op, response(200, R"({"price":1.5})")).outcome, Outcome::bad_body);
  EXPECT_EQ(judge(op, response(200, R"({"sku":"a","price":1.5)")).outcome, Outcome::bad_body);
}

TEST(Expectation, SubstringAndHeader_MustHold) {
  Operation op;
  op.expect.body_contains = "fine";
  op.expect.headers = {{"X-State", "ready"}};
  EXPECT_EQ(judge(op, response(200, "all fine", "x-state: ready\r\n")).outcome, Outcome::ok);
  EXPECT_EQ(judge(op, response(200, "all fine", "x-state: busy\r\n")).outcome, Outcome::bad_body);
  EXPECT_EQ(judge(op, response(200, "all fine")).outcome, Outcome::bad_body);
  EXPECT_EQ(judge(op, response(200, "none", "x-state: ready\r\n")).outcome, Outcome::bad_body);
}

TEST(Expectation, LedgerRead_MustBeTheRecordThatWasAcknowledged) {
  Operation op;
  op.ledger = LedgerRole::read;
  const RequestValues values{0, 7, 123, {1, 3}};
  const auto read = [&](const char* body) { return judge(op, response(200, body), values); };
  EXPECT_EQ(
      read(R"({"writer":"w07","sequence":123,"sku":"SKU-0002","quantity":3,"total":1})").outcome,
      Outcome::ok);
  for (const char* body : {R"({"writer":"w08","sequence":123,"sku":"SKU-0002","quantity":3})",
                           R"({"writer":"w07","sequence":124,"sku":"SKU-0002","quantity":3})",
                           R"({"writer":"w07","sequence":123,"sku":"SKU-0001","quantity":3})",
                           R"({"writer":"w07","sequence":123,"sku":"SKU-0002","quantity":4})",
                           R"({"writer":"w07","sequence":123,"sku":"SKU-0002"})", "not json"}) {
    EXPECT_EQ(read(body).outcome, Outcome::bad_body) << body;
    EXPECT_TRUE(read(body).altered) << body;
  }
}

TEST(Expectation, LedgerReadNotFound_IsACandidateForALostWrite) {
  Operation op;
  op.ledger = LedgerRole::read;
  EXPECT_TRUE(judge(op, response(404, "")).lost_candidate);
  EXPECT_FALSE(judge(op, response(503, "")).lost_candidate);
  EXPECT_FALSE(judge({}, response(404, "")).lost_candidate);
}

TEST(Expectation, Generation_IsTheDecimalDigitsAtTheEnd) {
  EXPECT_EQ(generation_of("17"), 17);
  EXPECT_EQ(generation_of("PricingService/17"), 17);
  EXPECT_EQ(generation_of("v2.0-g004"), 4);
  EXPECT_EQ(generation_of(""), std::nullopt);
  EXPECT_EQ(generation_of("seventeen"), std::nullopt);
  EXPECT_EQ(generation_of("17 "), std::nullopt);
  EXPECT_EQ(generation_of("99999999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace bhsim::load
