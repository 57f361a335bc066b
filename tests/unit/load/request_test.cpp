#include "framework/load/request.hpp"

#include <gtest/gtest.h>

#include <set>

namespace bhsim::load {
namespace {

LoadSpec spec_with_skus() {
  LoadSpec spec;
  spec.target.port = 8080;
  spec.skus = {"SKU-0001", "SKU-0002", "SKU-0003"};
  return spec;
}

std::string rendered(const LoadSpec& spec, const Operation& op, const RequestValues& values) {
  auto request = CompiledRequest::compile(spec, op);
  EXPECT_TRUE(request) << request.error().message;
  std::string scratch;
  std::string out = "left over";
  request->render(values, spec.skus, scratch, out);
  return out;
}

std::string problem(const LoadSpec& spec, const Operation& op) {
  const auto request = CompiledRequest::compile(spec, op);
  return request ? "" : request.error().message;
}

Operation order() {
  Operation op;
  op.name = "order";
  op.method = "POST";
  op.path = "/api/orders";
  op.body = R"({"sku":"{sku}","quantity":"{1..9}"})";
  op.ledger = LedgerRole::write;
  return op;
}

TEST(Request, PlainGet_IsWholeAndConstant) {
  Operation op;
  op.path = "/x?y=1";
  EXPECT_EQ(rendered(spec_with_skus(), op, {}),
            "GET /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");
}

TEST(Request, LedgerWrite_CarriesItsRecordWithNumbersUnquoted) {
  RequestValues values{1, 7, 123, {2, 4}};
  const std::string body = R"({"writer":"w07","sequence":123,"sku":"SKU-0003","quantity":4})";
  EXPECT_EQ(rendered(spec_with_skus(), order(), values),
            "POST /api/orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: "
            "application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(Request, LedgerWriteThatNamesItsRecord_IsLeftAsItIs) {
  Operation op = order();
  op.body = R"({"id":"{writer}-{sequence}","n":{quantity}})";
  EXPECT_TRUE(
      rendered(spec_with_skus(), op, {1, 107, 5, {0, 9}}).ends_with(R"({"id":"w107-5","n":9})"));
}

TEST(Request, Acknowledged_IsWriterAndSequence) {
  Operation op;
  op.path = "/api/orders/{acknowledged}";
  op.ledger = LedgerRole::read;
  EXPECT_TRUE(rendered(spec_with_skus(), op, {1, 3, 88, {}})
                  .starts_with("GET /api/orders/w03/88 HTTP/1.1\r\n"));
}

TEST(Request, RandomValues_FollowFromTheSeedAndStayInTheirRange) {
  Operation op;
  op.path = "/{sku}/{10..12}";
  const LoadSpec spec = spec_with_skus();
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::string one = rendered(spec, op, {seed, 0, 0, {}});
    EXPECT_EQ(one, rendered(spec, op, {seed, 0, 0, {}}));
    seen.insert(one.substr(0, one.find(" HTTP")));
  }
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_TRUE(seen.contains("GET /SKU-0002/11"));
}

TEST(Request, UnknownPlaceholder_NamesTheNearest) {
  Operation op;
  op.path = "/{skus}";
  EXPECT_NE(problem(spec_with_skus(), op).find("did you mean {sku}?"), std::string::npos);
}

TEST(Request, PlaceholdersOutOfPlace_AreRefused) {
  Operation op;
  for (const char* path : {"/{acknowledged}", "/{writer}", "/{quantity}", "/{9..1}", "/{1..x}"}) {
    op.path = path;
    EXPECT_FALSE(problem(spec_with_skus(), op).empty()) << path;
  }
  op = order();
  op.body = R"({"quantity":"{1..5}"})";
  EXPECT_FALSE(problem(spec_with_skus(), op).empty());
}

TEST(Request, HeadersThatWouldBreakTheRequest_AreRefused) {
  Operation op;
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nInjected: 1"},
                                                        {"X Y", "1"},
                                                        {"Content-Length", "5"},
                                                        {"transfer-encoding", "chunked"},
                                                        {"", "x"}}) {
    op.headers = {{name, value}};
    EXPECT_FALSE(problem(spec_with_skus(), op).empty()) << name;
  }
  op.headers.clear();
  for (const char* path : {"", "x", "/a b", "/a\r\nX: 1"}) {
    op.path = path;
    EXPECT_FALSE(problem(spec_with_skus(), op).empty()) << path;
  }
}

TEST(Request, OwnHostAndPrefix_AreUsed) {
  LoadSpec spec = spec_with_skus();
  spec.target.path_prefix = "/v1";
  Operation op;
  op.headers = {{"host", "shop"}};
  EXPECT_EQ(rendered(spec, op, {}), "GET /v1/ HTTP/1.1\r\nhost: shop\r\n\r\n");
}

TEST(Request, JsonBracesThatAreNoPlaceholder_StayAsTheyAre) {
  Operation op;
  op.method = "PUT";
  op.body = R"({"a":{"b":{}},"c":"{Not one}"})";
  EXPECT_TRUE(rendered(spec_with_skus(), op, {}).ends_with(op.body));
}

}  // namespace
}  // namespace bhsim::load
