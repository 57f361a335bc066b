#include "framework/load/http_parser.hpp"

#include <gtest/gtest.h>

namespace bhsim::load {
namespace {

using Status = ResponseParser::Status;

struct Parsed {
  Status result = Status::incomplete;
  int status = 0;
  bool keep_alive = false;
  std::string body, version, problem;
  std::size_t left = 0;  // bytes behind the response
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

const WantedHeaders kWanted = {"x-version"};

Parsed result_of(const ResponseParser& parser, Status result, std::size_t left) {
  return {result,
          parser.status(),
          result == Status::done && parser.keep_alive(),
          std::string(parser.body()),
          std::string(parser.header(0)),
          std::string(parser.problem()),
          left};
}

// Fed in pieces that end at `cuts`; `ends` closes the connection afterwards.
Parsed parse(std::string_view text, const std::vector<std::size_t>& cuts, bool ends = false,
             ResponseParser::Method method = ResponseParser::Method::other,
             ParserLimits limits = {}) {
  ResponseParser parser(kWanted, limits);
  parser.begin(method, ResponseParser::Body::keep);
  std::size_t from = 0;
  std::vector<std::size_t> all = cuts;
  all.push_back(text.size());
  for (const std::size_t to : all) {
    const Status status = parser.feed(text.substr(from, to - from));
    if (status != Status::incomplete)
      return result_of(parser, status, text.size() - from - parser.consumed());
    from = to;
  }
  if (!ends) return result_of(parser, Status::incomplete, 0);
  return result_of(parser, parser.feed_end(), 0);
}

Parsed parse(std::string_view text, bool ends = false) { return parse(text, {}, ends); }

const std::vector<std::pair<std::string, bool>>& samples() {
  static const std::vector<std::pair<std::string, bool>> all = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Version: a/17\r\n\r\nhello", false},
      {"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", false},
      {"HTTP/1.1 201 Created\nContent-Length: 2\n\nok", false},
      {"HTTP/1.1 100 Continue\r\nX-Version: no\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 "
       "OK\r\nContent-Length: 1\r\n\r\nx",
       false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n "
       "world\r\n0\r\nTrailer: 1\r\n\r\n",
       false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nConnection: "
       "close\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
       false},
      {"HTTP/1.1 204 No Content\r\n\r\n", false},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
      {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", false},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest", false},
      {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\nConnection: foo, close\r\n\r\nbad",
       false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", false},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", false},
      {"SSH-2.0-OpenSSH_9.2\r\n", false},
      {"HTTP/1.1 999 No\r\n\r\n", false},
  };
  return all;
}

TEST(HttpParser, SplitAtAnyByte_GivesTheSameAsTheWhole) {
  for (const auto& [text, ends] : samples()) {
    const Parsed whole = parse(text, {}, ends);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      Parsed split = parse(text, {cut}, ends);
      // What follows the response may have come in another piece, then it is not there yet.
      split.left = whole.left;
      ASSERT_EQ(split, whole) << text << " cut at " << cut;
    }
  }
}

TEST(HttpParser, OneByteAtATime_GivesTheSameAsTheWhole) {
  for (const auto& [text, ends] : samples()) {
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < text.size(); ++i) cuts.push_back(i);
    Parsed split = parse(text, cuts, ends);
    const Parsed whole = parse(text, {}, ends);
    split.left = whole.left;
    ASSERT_EQ(split, whole) << text;
  }
}

TEST(HttpParser, FixedLength_IsDoneWithBodyAndHeader) {
  const Parsed p = parse(samples()[0].first);
  EXPECT_EQ(p.result, Status::done);
  EXPECT_EQ(p.status, 200);
  EXPECT_TRUE(p.keep_alive);
  EXPECT_EQ(p.body, "hello");
  EXPECT_EQ(p.version, "a/17");
}

TEST(HttpParser, Chunked_IsJoinedAndTrailersAreSkipped) {
  const Parsed p = parse(samples()[4].first);
  EXPECT_EQ(p.result, Status::done);
  EXPECT_EQ(p.body, "hello world");
  EXPECT_TRUE(p.keep_alive);
}

TEST(HttpParser, InterimResponses_AreSkippedWithTheirHeaders) {
  const Parsed p = parse(samples()[3].first);
  EXPECT_EQ(p.status, 200);
  EXPECT_EQ(p.version, "");
  EXPECT_EQ(p.body, "x");
}

TEST(HttpParser, ConnectionCloseOrHttp10_IsNotKeptAlive) {
  EXPECT_FALSE(parse(samples()[5].first).keep_alive);
  EXPECT_FALSE(parse(samples()[8].first).keep_alive);
  EXPECT_TRUE(parse(samples()[9].first).keep_alive);
  EXPECT_FALSE(parse(samples()[12].first).keep_alive);
}

TEST(HttpParser, NoLength_EndsWithTheConnection) {
  EXPECT_EQ(parse(samples()[10].first, false).result, Status::incomplete);
  const Parsed p = parse(samples()[10].first, true);
  EXPECT_EQ(p.result, Status::done);
  EXPECT_EQ(p.body, "until the end");
  EXPECT_FALSE(p.keep_alive);
}

TEST(HttpParser, Head_HasNoBodyWhateverItsLengthSays) {
  const Parsed p = parse("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", {}, false,
                         ResponseParser::Method::head);
  EXPECT_EQ(p.result, Status::done);
}

TEST(HttpParser, BytesBehindTheResponse_AreLeft) { EXPECT_EQ(parse(samples()[11].first).left, 4U); }

TEST(HttpParser, LengthAndChunked_IsReadAsChunkedAndTheConnectionNotUsedAgain) {
  const Parsed p = parse(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
  EXPECT_EQ(p.result, Status::done);
  EXPECT_EQ(p.body, "a");
  EXPECT_FALSE(p.keep_alive);
}

TEST(HttpParser, Malformed_FailsWithTheReason) {
  for (std::size_t i : {13U, 14U, 15U, 16U, 17U, 19U, 20U, 21U}) {
    const Parsed p = parse(samples()[i].first);
    EXPECT_EQ(p.result, Status::failed) << samples()[i].first;
    EXPECT_FALSE(p.problem.empty());
  }
  EXPECT_EQ(parse(samples()[18].first, true).result, Status::failed);
}

TEST(HttpParser, HeadersAndBodiesOverTheLimit_Fail) {
  const ParserLimits limits{200, 10};
  const std::string long_header = "HTTP/1.1 200 OK\r\nX: " + std::string(300, 'a') + "\r\n\r\n";
  EXPECT_EQ(parse(long_header, {}, false, {}, limits).result, Status::failed);
  EXPECT_EQ(parse(std::string(500, 'a'), {250}, false, {}, limits).result, Status::failed);
  EXPECT_EQ(parse("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", {}, false, {}, limits).result,
            Status::failed);
  EXPECT_EQ(parse("HTTP/1.1 200 OK\r\n\r\n01234567890", {}, false, {}, limits).result,
            Status::failed);
  const std::string chunks =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n";
  EXPECT_EQ(parse(chunks, {}, false, {}, limits).result, Status::failed);
}

TEST(HttpParser, ManyChunks_AreNotTakenForLongHeaders) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 50'000; ++i) text += "1\r\nx\r\n";
  text += "0\r\n\r\n";
  EXPECT_EQ(parse(text).body.size(), 50'000U);
}

TEST(HttpParser, UsedAgain_ForgetsTheLastResponse) {
  ResponseParser parser(kWanted, {});
  parser.begin(ResponseParser::Method::other, ResponseParser::Body::keep);
  ASSERT_EQ(parser.feed(samples()[0].first), Status::done);
  parser.begin(ResponseParser::Method::other, ResponseParser::Body::keep);
  ASSERT_EQ(parser.feed("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), Status::done);
  EXPECT_EQ(parser.status(), 404);
  EXPECT_FALSE(parser.has_header(0));
  EXPECT_EQ(parser.body(), "");
}

}  // namespace
}  // namespace bhsim::load
