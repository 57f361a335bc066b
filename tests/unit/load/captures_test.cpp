#include "framework/load/captures.hpp"

#include <gtest/gtest.h>

#include "framework/load/request.hpp"

namespace bhsim::load {
namespace {

Operation login() {
  Operation op;
  op.name = "login";
  op.captures = {{"token", Capture::From::json, "access_token"},
                 {"session", Capture::From::header, "X-Session"}};
  return op;
}

Operation use(std::string path) {
  Operation op;
  op.name = "use";
  op.path = std::move(path);
  return op;
}

LoadSpec spec_of(std::vector<Operation> operations) {
  LoadSpec spec;
  spec.operations = std::move(operations);
  return spec;
}

// One response, given to an operation that captures from it.
class Captures : public testing::Test {
 protected:
  bool take(const std::string& body, const std::string& headers) {
    ResponseParser parser(wanted_, {});
    parser.begin(ResponseParser::Method::other, ResponseParser::Body::keep);
    const std::string text = fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}",
                                         headers, body.size(), body);
    EXPECT_EQ(parser.feed(text), ResponseParser::Status::done) << text;
    return compiled_.take(parser, values_);
  }
  WantedHeaders wanted_;
  CompiledCaptures compiled_{login(), {"token", "session"}, wanted_};
  CapturedValues values_{2};
};

TEST_F(Captures, FieldAndHeader_AreKept) {
  EXPECT_TRUE(
      take(R"({"x":{"access_token":"no"},"access_token":"a\u00e9\"b"})", "x-session: 17\r\n"));
  EXPECT_EQ(values_.value(0), "aé\"b");
  EXPECT_EQ(values_.value(1), "17");
}

TEST_F(Captures, NumbersAndBooleans_AreKeptAsTheyStand) {
  EXPECT_TRUE(take(R"({"access_token":-1.50})", "X-Session: s\r\n"));
  EXPECT_EQ(values_.value(0), "-1.50");
  EXPECT_TRUE(take(R"({"access_token":true})", "X-Session: s\r\n"));
  EXPECT_EQ(values_.value(0), "true");
}

TEST_F(Captures, ANewerValue_TakesThePlaceOfTheOlder) {
  EXPECT_TRUE(take(R"({"access_token":"a long value of the first time"})", "X-Session: 1\r\n"));
  EXPECT_TRUE(take(R"({"access_token":"b"})", "X-Session: 2\r\n"));
  EXPECT_EQ(values_.value(0), "b");
  EXPECT_EQ(values_.value(1), "2");
}

TEST_F(Captures, WhatCannotBeKept_LeavesNothingBehind) {
  const std::string longest(CapturedValues::kMostBytes, 'x');
  EXPECT_TRUE(take(fmt::format(R"({{"access_token":"{}"}})", longest), "X-Session: 1\r\n"));
  for (const std::string& body :
       {std::string("{}"), std::string("no JSON"), std::string(R"({"access_token":"a"}x)"),
        std::string(R"({"access_token":null})"), std::string(R"({"access_token":""})"),
        std::string(R"({"access_token":["a"]})"), std::string(R"({"access_token":"a\r\nb"})"),
        std::string(R"({"access_token":"a","access_token":{}})"),
        fmt::format(R"({{"access_token":"{}y"}})", longest)}) {
    ASSERT_TRUE(take(R"({"access_token":"before"})", "X-Session: 1\r\n"));
    EXPECT_FALSE(take(body, "X-Session: 2\r\n")) << body.substr(0, 80);
    EXPECT_FALSE(values_.has(0));
    EXPECT_FALSE(values_.has(1));
  }
  EXPECT_FALSE(take(R"({"access_token":"a"})", ""));
  EXPECT_FALSE(values_.has(0));
}

TEST_F(Captures, Problem_NamesWhatIsCaptured) {
  EXPECT_EQ(compiled_.problem(),
            "the response does not hold what is captured from it: token (JSON field access_token), "
            "session (header X-Session)");
}

TEST(CaptureRules, CapturedValues_AreWrittenWhereTheyStand) {
  Operation op = use("/{captured.token}");
  op.method = "POST";
  op.headers = {{"Authorization", "Bearer {captured.token}"}};
  op.body = R"({"t":"{captured.token}","s":{captured.session}})";
  const LoadSpec spec = spec_of({login(), op});
  ASSERT_TRUE(validate(spec));
  const auto request = CompiledRequest::compile(spec, op);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->captured(), (std::vector<std::size_t>{0, 1}));
  CapturedValues captured(2);
  captured.keep_header(0, "a\"/b");
  captured.keep_header(1, "17");
  RequestValues values;
  values.captured = &captured;
  std::string scratch;
  std::string out;
  request->render(values, spec.skus, scratch, out);
  EXPECT_TRUE(out.starts_with("POST /a%22%2Fb HTTP/1.1\r\n")) << out;
  EXPECT_NE(out.find("Authorization: Bearer a\"/b\r\n"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with(R"({"t":"a\"/b","s":17})")) << out;
}

TEST(CaptureRules, UnknownName_NamesTheNearest) {
  const auto valid = validate(spec_of({login(), use("/{captured.tokn}")}));
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().message,
            "load: operation use: {captured.tokn}: no operation captures 'tokn'; did you mean "
            "{captured.token}?");
}

TEST(CaptureRules, WhatUsesAValue_StandsBelowWhatCapturesIt) {
  EXPECT_TRUE(validate(spec_of({login(), use("/{captured.token}")})));
  const auto valid = validate(spec_of({use("/{captured.token}"), login()}));
  ASSERT_FALSE(valid);
  EXPECT_EQ(valid.error().message,
            "load: operation use: {captured.token} is captured by operation login, which does not "
            "stand above; put what captures a value above what uses it");
  Operation circle = login();
  circle.path = "/{captured.token}";
  EXPECT_FALSE(validate(spec_of({circle})));
  circle.name = "refresh";
  EXPECT_TRUE(validate(spec_of({login(), circle})));
}

TEST(CaptureRules, ReadOfTheLedgerThatCaptures_StandsBelowTheWrite) {
  Operation write;
  write.name = "write";
  write.method = "POST";
  write.body = "{}";
  write.ledger = LedgerRole::write;
  Operation read = use("/{acknowledged}");
  read.ledger = LedgerRole::read;
  read.captures = {{"id", Capture::From::json, "id"}};
  EXPECT_TRUE(validate(spec_of({write, read})));
  EXPECT_FALSE(validate(spec_of({read, write})));
}

TEST(CaptureRules, ImpossibleCaptures_AreRefused) {
  const auto refused = [](auto&& change) {
    Operation op = login();
    change(op);
    return !validate(spec_of({op}));
  };
  EXPECT_FALSE(refused([](Operation&) {}));
  EXPECT_TRUE(refused([](Operation& op) { op.captures[0].name = "a b"; }));
  EXPECT_TRUE(refused([](Operation& op) { op.captures[0].source = ""; }));
  EXPECT_TRUE(refused([](Operation& op) { op.captures[1].name = "token"; }));
  EXPECT_TRUE(refused([](Operation& op) { op.method = "HEAD"; }));
  EXPECT_TRUE(refused([](Operation& op) {
    for (int i = 0; i < 16; ++i)
      op.captures.push_back({fmt::format("more{}", i), Capture::From::json, "x"});
  }));
}

}  // namespace
}  // namespace bhsim::load
