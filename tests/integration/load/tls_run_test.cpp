// Runs against a target over TLS. The certificates are made here.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/load/command.hpp"
#include "run_support.hpp"
#include "tests/support/tls_server.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Identity;
using test::make_identity;
using testing::AllOf;
using testing::HasSubstr;

class LoadTls : public testing::Test {
 protected:
  LoadTls() { EXPECT_TRUE(write_file(ca_file_, test::pem_of(root_))); }

  [[nodiscard]] Listening over_tls(int family = AF_INET) const {
    return {.family = family, .transport = test::tls_transport(context_.get())};
  }
  // Eight connections, 100 requests a second for one second, verified.
  [[nodiscard]] LoadSpec spec_of(const TestServer& server) const {
    LoadSpec spec = spec_for(server.port(), 100, seconds(1));
    spec.target.tls = TlsOptions{true, ca_file_.string(), ""};
    // A handshake takes milliseconds where each instruction is instrumented.
    spec.timeout = seconds(10);
    return spec;
  }
  // What becomes of a run against a target that shows this certificate.
  Told meet(const Identity& shown, const std::function<void(LoadSpec&)>& change = {}) {
    context_ = test::server_context(shown);
    const TestServer server(answering(response(200, "x")), over_tls());
    LoadSpec spec = spec_of(server);
    if (change) change(spec);
    Told told = run_to_end(spec);
    expect_accounted(told);
    return told;
  }
  static void expect_refused(const Told& told, const char* why, const char* what_to_do) {
    EXPECT_EQ(count(told, Outcome::refused), told.summary.all.planned);
    EXPECT_EQ(told.summary.all.sent, 0U);
    EXPECT_EQ(told.summary.tls.handshakes, 0U);
    EXPECT_GT(told.summary.tls.failed, 0U);
    ASSERT_FALSE(told.failures.empty());
    EXPECT_THAT(told.failures[0].detail,
                AllOf(HasSubstr("TLS handshake with 127.0.0.1:"), HasSubstr("as \"127.0.0.1\""),
                      HasSubstr(why), HasSubstr(what_to_do)));
  }

  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-load-tls"));
  Path ca_file_ = folder_.path() / "ca.pem";
  Identity root_ = make_identity("test authority", {{NID_basic_constraints, "critical,CA:TRUE"}});
  Identity good_ = make_identity("target", {{NID_subject_alt_name, "IP:127.0.0.1,IP:::1"}}, &root_);
  test::ServerContext context_ = test::server_context(good_);
};

TEST_F(LoadTls, VerifiedTarget_EveryPlannedRequestIsOkAndTimedByTheKernel) {
  const Told told = meet(good_);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
  EXPECT_EQ(told.summary.tls.handshakes, 8U);
  EXPECT_EQ(told.summary.tls.resumed, 0U);
  EXPECT_EQ(told.summary.tls.failed, 0U);
  EXPECT_THAT(told.summary.tls.protocol, HasSubstr("TLSv1.3"));
  EXPECT_GE(told.summary.stamps, 100U);
}

TEST_F(LoadTls, UnknownAuthority_IsRefusedAndSaysWhatToDo) {
  const Identity alone = make_identity("alone", {{NID_subject_alt_name, "IP:127.0.0.1"}});
  expect_refused(meet(alone), "self-signed certificate", "--ca-file");
}

TEST_F(LoadTls, SystemsAuthorities_DoNotKnowTheTestsOwn) {
  const Told told = meet(good_, [](LoadSpec& spec) { spec.target.tls->ca_file.clear(); });
  expect_refused(told, "unable to get local issuer certificate", "--ca-file");
}

TEST_F(LoadTls, CertificateForAnotherName_IsRefusedUntilTheNameIsGiven) {
  const Identity other = make_identity("other", {{NID_subject_alt_name, "DNS:shop.test"}}, &root_);
  expect_refused(meet(other), "IP address mismatch", "--server-name");
  const Told told = meet(other, [](LoadSpec& spec) { spec.target.tls->server_name = "shop.test"; });
  EXPECT_EQ(count(told, Outcome::ok), 100U);
}

TEST_F(LoadTls, ExpiredCertificate_IsRefusedUntilVerificationIsSwitchedOff) {
  const Identity old = make_identity("old", {{NID_subject_alt_name, "IP:127.0.0.1"}}, &root_,
                                     {.from_s = -7'200, .to_s = -3'600});
  expect_refused(meet(old), "certificate has expired", "--insecure");
  const Told told =
      meet(old, [](LoadSpec& spec) { spec.target.tls = TlsOptions{.verify = false}; });
  EXPECT_EQ(count(told, Outcome::ok), 100U);
}

TEST_F(LoadTls, TargetOnIpv6_IsVerifiedByItsAddress) {
  const TestServer server(answering(response(200, "x")), over_tls(AF_INET6));
  if (server.port() == 0) GTEST_SKIP() << "this machine has no ::1";
  LoadSpec spec = spec_of(server);
  spec.target.host = "::1";
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
}

TEST_F(LoadTls, ConnectionCloseOnEachResponse_ReusesTheSessions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(context_.get(), version);
    const TestServer server(
        [](const TestRequest&, Wire& wire) {
          wire.send(response(200, "x", "Connection: close\r\n"));
          wire.close();
        },
        over_tls());
    const Told told = run_to_end(spec_of(server));
    expect_accounted(told);
    EXPECT_EQ(count(told, Outcome::ok), 100U);
    const TlsTotals& tls = told.summary.tls;
    EXPECT_GE(tls.handshakes, 100U);
    EXPECT_EQ(tls.handshakes - tls.resumed, 8U) << tls.protocol;  // the first of each connection
    EXPECT_EQ(tls.failed, 0U);
  }
}

TEST_F(LoadTls, ResponsesInRecordsOfAnySize_AreOk) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  const TestServer server(
      [&chunked](const TestRequest& request, Wire& wire) {
        wire.send_in_pieces(chunked, 1 + request.number % chunked.size());
      },
      over_tls());
  LoadSpec spec = spec_of(server);
  spec.operations[0].expect.body_contains = "hello world";
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
  EXPECT_EQ(told.summary.tls.handshakes, 8U);  // none was closed for what was left over
}

TEST_F(LoadTls, LargeBodiesBothWays_AreWhole) {
  const std::string body(3U << 20U, 'q');
  const TestServer server(
      [&body](const TestRequest& request, Wire& wire) {
        wire.send(response(request.body == body ? 200 : 500, std::string(400'000, 'x') + "end"));
      },
      over_tls());
  LoadSpec spec = spec_of(server);
  spec.rate_per_s = 10;
  spec.operations[0].method = "POST";
  spec.operations[0].body = body;
  spec.operations[0].expect.body_contains = "xend";
  spec.timeout = seconds(30);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 10U);
}

TEST_F(LoadTls, ClosedLoopOfTwoThreads_IsOk) {
  const TestServer server(answering(response(200, "x")), over_tls());
  LoadSpec spec = spec_of(server);
  spec.process = Process::closed;
  spec.threads = 2;
  spec.duration = milliseconds(300);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_GE(told.summary.all.planned, 8U);
  EXPECT_EQ(told.summary.tls.handshakes, 8U);
}

TEST_F(LoadTls, CutInsideABody_IsResetAlsoWhereTheCloseWouldEndIt) {
  for (const char* length : {"Content-Length: 100\r\n", ""}) {
    const TestServer server(
        [length](const TestRequest&, Wire& wire) {
          wire.send(std::string("HTTP/1.1 200 OK\r\n") + length + "\r\nhalf");
          wire.cut();
        },
        over_tls());
    const Told told = run_to_end(spec_of(server));
    expect_accounted(told);
    EXPECT_EQ(count(told, Outcome::reset), 100U);
    ASSERT_FALSE(told.failures.empty());
    EXPECT_THAT(told.failures[0].detail, HasSubstr("without close_notify"));
  }
}

TEST_F(LoadTls, BodyThatEndsWithAFarewell_IsOk) {
  const TestServer server(
      [](const TestRequest&, Wire& wire) {
        wire.send("HTTP/1.1 200 OK\r\n\r\nuntil the close");
        wire.close();
      },
      over_tls());
  LoadSpec spec = spec_of(server);
  spec.operations[0].expect.body_contains = "until the close";
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
}

// The server takes the connection and what is said on it, and never answers.
TEST_F(LoadTls, HandshakeThatDoesNotEnd_IsTimeoutAndWhatFindsNoConnectionIsUnsent) {
  const TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_of(server);
  spec.connections = 2;
  spec.timeout = milliseconds(200);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_GT(count(told, Outcome::timeout), 0U);
  EXPECT_EQ(count(told, Outcome::timeout) + count(told, Outcome::unsent), 100U);
  EXPECT_EQ(told.summary.all.sent, 0U);
  EXPECT_GT(told.summary.tls.failed, 0U);
  const auto found =
      std::find_if(told.failures.begin(), told.failures.end(),
                   [](const Failure& failure) { return failure.outcome == Outcome::timeout; });
  ASSERT_NE(found, told.failures.end());
  EXPECT_EQ(found->detail, "the TLS handshake was not over within the timeout");
}

TEST_F(LoadTls, PlainHttpWhereTlsIsExpected_IsRefusedAndSaysSo) {
  const TestServer server(answering(""), {.transport = [](int socket) {
                            test::Transport plain = test::plain_transport(socket);
                            plain.open = [write = plain.write] {
                              constexpr std::string_view kNo =
                                  "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
                              write(kNo.data(), kNo.size());
                              return true;
                            };
                            return plain;
                          }});
  const Told told = run_to_end(spec_of(server));
  expect_accounted(told);
  expect_refused(told, "what came is not TLS", "http://");
}

TEST_F(LoadTls, TargetThatWantsToKnowWhoWeAre_IsNeverOk) {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const TestServer server(answering(response(200, "x")), over_tls());
  const Told told = run_to_end(spec_of(server));
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 0U);
  EXPECT_EQ(errors(told.summary.all.outcomes), 100U);
}

TEST_F(LoadTls, FileThatIsNoAuthority_IsAnErrorBeforeAnythingIsSent) {
  const TestServer server(answering(response(200, "x")), over_tls());
  LoadSpec spec = spec_of(server);
  spec.target.tls->ca_file = "/nonexistent/ca.pem";
  BoundedQueue<Event> events(10);
  const auto run = load::Run::create(spec, system_clock(), events);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message, HasSubstr("--ca-file /nonexistent/ca.pem: No such file"));
  EXPECT_EQ(server.connections(), 0U);
}

TEST_F(LoadTls, CommandWithAnHttpsUrl_SaysHowItWasVerified) {
  const TestServer server(answering(response(200, "x")), over_tls());
  LoadCommandOptions options;
  options.url = fmt::format("https://127.0.0.1:{}/", server.port());
  options.duration = milliseconds(300);
  options.connections = 4;
  options.timeout = seconds(10);
  options.ca_file = ca_file_;
  options.json = folder_.path() / "summary.json";
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_TRUE(load_command(options, system_clock(), out, err, {}));
  EXPECT_THAT(out.str(), AllOf(HasSubstr("bhsim load https://127.0.0.1:"),
                               HasSubstr(" 4 handshakes"), HasSubstr("certificate verified")));
  const auto json = nlohmann::json::parse(read_file(options.json).value_or(""), nullptr, false);
  EXPECT_EQ(json["tls"]["handshakes"], 4);
  EXPECT_EQ(json["tls"]["verified"], true);

  options.ca_file.clear();
  options.insecure = true;
  out.str("");
  ASSERT_TRUE(load_command(options, system_clock(), out, err, {}));
  EXPECT_THAT(out.str(), HasSubstr("certificate NOT verified (--insecure)"));
}

}  // namespace
}  // namespace bhsim::load
