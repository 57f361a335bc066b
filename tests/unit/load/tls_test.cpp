// TLS without sockets: the other side is OpenSSL's server over memory, and every byte between the
// two is in the test's hands.

#include "framework/load/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "framework/base/files.hpp"
#include "tests/support/tls_server.hpp"

namespace bhsim::load {
namespace {

using test::Identity;
using test::make_identity;
using testing::HasSubstr;
using testing::StartsWith;
using State = TlsStream::State;

class Peer {
 public:
  explicit Peer(SSL_CTX* context)
      : ssl_(SSL_new(context), SSL_free), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_accept_state(ssl_.get());
  }
  // Takes bytes, and returns what they say.
  std::string hear(std::string_view bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    if (SSL_in_init(ssl_.get()) == 1) SSL_do_handshake(ssl_.get());
    std::string heard;
    std::array<char, 4096> piece{};
    for (int n = 0; (n = SSL_read(ssl_.get(), piece.data(), 4096)) > 0;)
      heard.append(piece.data(), static_cast<std::size_t>(n));
    return heard;
  }
  void say(std::string_view text) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  }
  std::string output() {
    std::string bytes(static_cast<std::size_t>(BIO_pending(out_)), '\0');
    BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_;   // of ssl_
  BIO* out_;  // of ssl_
};

// A client and its server, about to shake hands.
struct Talk {
  Talk(TlsContext client, SSL_CTX* server) : context(std::move(client)), peer(server) {
    stream.begin();
  }
  TlsContext context;
  TlsStream stream{context};
  Peer peer;
};

class TlsStreamTest : public testing::Test {
 protected:
  // For a client that asks for that name.
  TlsContext client(const std::string& host, bool verify = true) {
    const Path file = folder_.path() / "ca.pem";
    EXPECT_TRUE(write_file(file, test::pem_of(root_)));
    auto made = TlsContext::create({verify, verify ? file.string() : "", ""}, host);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  // The stream takes what the peer has to say, in pieces, and returns its meaning.
  std::string take(TlsStream& stream, std::string_view bytes, std::size_t piece = 1U << 20U) {
    std::string meaning;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::size_t n = stream.take(bytes.substr(at, piece), plain_);
      meaning.append(plain_.data(), n);
    }
    return meaning;
  }
  void shake_hands(TlsStream& stream, Peer& peer, std::size_t piece = 1U << 20U) {
    for (int flight = 0; flight < 4; ++flight) {
      peer.hear(std::exchange(stream.output(), {}));
      EXPECT_EQ(take(stream, peer.output(), piece), "");
    }
  }
  // What a client that asks for `host` thinks of a server that shows `shown`.
  std::string problem_with(const Identity& shown, const std::string& host) {
    const auto server = test::server_context(shown);
    const TlsContext context = client(host);
    TlsStream stream(context);
    Peer peer(server.get());
    stream.begin();
    shake_hands(stream, peer);
    EXPECT_EQ(stream.state(), State::failed);
    return stream.problem();
  }

  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-load-tls"));
  Identity root_ = make_identity("test authority", {{NID_basic_constraints, "critical,CA:TRUE"}});
  Identity good_ =
      make_identity("target", {{NID_subject_alt_name, "DNS:target.test,IP:127.0.0.1"}}, &root_);
  test::ServerContext server_ = test::server_context(good_);
  std::vector<char> plain_ = std::vector<char>((1U << 20U) + TlsStream::kMostHeld);
};

TEST_F(TlsStreamTest, VerifiedPeer_IsSpokenToBothWays) {
  const TlsContext context = client("target.test");
  TlsStream stream(context);
  Peer peer(server_.get());
  stream.begin();
  EXPECT_EQ(stream.state(), State::handshaking);
  shake_hands(stream, peer);
  ASSERT_EQ(stream.state(), State::open) << stream.problem();
  EXPECT_THAT(stream.protocol(), StartsWith("TLSv1.3, TLS_"));
  EXPECT_FALSE(stream.resumed());
  ASSERT_TRUE(stream.say("question"));
  EXPECT_EQ(peer.hear(stream.output()), "question");
  peer.say("answer");
  EXPECT_EQ(take(stream, peer.output()), "answer");
}

TEST_F(TlsStreamTest, EachByteOnItsOwn_MeansTheSame) {
  const TlsContext context = client("target.test");
  TlsStream stream(context);
  Peer peer(server_.get());
  stream.begin();
  shake_hands(stream, peer, 1);
  ASSERT_EQ(stream.state(), State::open) << stream.problem();
  const std::string long_answer(40'000, 'a');
  peer.say(long_answer);
  EXPECT_EQ(take(stream, peer.output(), 1), long_answer);
}

TEST_F(TlsStreamTest, ManyRecordsAtOnce_AreAllDecryptedAtOnce) {
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  std::string said;
  for (int i = 0; i < 1000; ++i) {
    peer.say("x" + std::to_string(i));
    said += "x" + std::to_string(i);
  }
  const std::string bytes = peer.output();
  const std::size_t half = bytes.size() / 2;
  std::string heard = take(stream, std::string_view(bytes).substr(0, half));
  heard += take(stream, std::string_view(bytes).substr(half));
  EXPECT_EQ(heard, said);
}

// The longest records, of which one is held in part: what is decrypted is more than what came.
TEST_F(TlsStreamTest, RecordThatCameInPart_FitsBesideWhatComes) {
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  const std::string said(5U * 16384, 'y');
  peer.say(said);
  const std::string bytes = peer.output();
  const std::size_t first = 16384 + 10;  // one byte short of the first record, or nearly
  std::vector<char> room(bytes.size() - first + TlsStream::kMostHeld);
  EXPECT_EQ(stream.take(std::string_view(bytes).substr(0, first), plain_), 0U);
  EXPECT_EQ(stream.take(std::string_view(bytes).substr(first), room), said.size());
  EXPECT_EQ(stream.state(), State::open);
}

TEST_F(TlsStreamTest, NextSocketOfTheSlot_ResumesTheSession) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto server = test::server_context(good_);
    SSL_CTX_set_max_proto_version(server.get(), version);
    const TlsContext context = client("target.test");
    TlsStream stream(context);
    for (int socket = 0; socket < 4; ++socket) {
      Peer peer(server.get());
      stream.begin();
      shake_hands(stream, peer);
      ASSERT_EQ(stream.state(), State::open) << stream.problem();
      EXPECT_EQ(stream.resumed(), socket > 0) << stream.protocol() << " socket " << socket;
      stream.end();
      EXPECT_EQ(stream.state(), State::closed);
      EXPECT_NE(stream.output(), "");  // the farewell
      peer.hear(stream.output());
      EXPECT_EQ(SSL_get_shutdown(peer.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    }
  }
}

TEST_F(TlsStreamTest, SessionThatTheTargetForgot_IsMadeAnew) {
  const TlsContext context = client("target.test");
  TlsStream stream(context);
  for (int target = 0; target < 2; ++target) {
    const auto server = test::server_context(good_);  // with other ticket keys
    Peer peer(server.get());
    stream.begin();
    shake_hands(stream, peer);
    ASSERT_EQ(stream.state(), State::open) << stream.problem();
    EXPECT_FALSE(stream.resumed());
    stream.end();
  }
}

TEST_F(TlsStreamTest, CertificateThatIsNotGood_IsRefusedWithWhatToDo) {
  const Identity alone = make_identity("alone", {{NID_subject_alt_name, "DNS:target.test"}});
  EXPECT_THAT(problem_with(alone, "target.test"), HasSubstr("self-signed certificate; name its"));
  EXPECT_THAT(problem_with(alone, "target.test"), HasSubstr("--ca-file"));
  EXPECT_THAT(problem_with(good_, "other.test"), HasSubstr("hostname mismatch; load it by"));
  EXPECT_THAT(problem_with(good_, "127.0.0.2"), HasSubstr("IP address mismatch"));
  const Identity old = make_identity("old", {{NID_subject_alt_name, "DNS:target.test"}}, &root_,
                                     {.from_s = -7'200, .to_s = -3'600});
  EXPECT_THAT(problem_with(old, "target.test"), HasSubstr("certificate has expired; renew it"));
  const Identity early = make_identity("early", {{NID_subject_alt_name, "DNS:target.test"}}, &root_,
                                       {.from_s = 3'600, .to_s = 7'200});
  EXPECT_THAT(problem_with(early, "target.test"), HasSubstr("not yet valid"));
}

TEST_F(TlsStreamTest, CertificateForAnAddress_IsVerifiedByIt) {
  Talk talk(client("127.0.0.1"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  EXPECT_EQ(stream.state(), State::open) << stream.problem();
  EXPECT_EQ(SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name), nullptr);
}

TEST_F(TlsStreamTest, NameAndProtocol_AreToldToTheTarget) {
  std::string offered;
  SSL_CTX_set_alpn_select_cb(
      server_.get(),
      [](SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* in,
         unsigned int size, void* told) {
        static_cast<std::string*>(told)->assign(reinterpret_cast<const char*>(in), size);
        *chosen = in + 1;
        *length = in[0];
        return SSL_TLSEXT_ERR_OK;
      },
      &offered);
  auto context = TlsContext::create({false, "", "target.test"}, "127.0.0.1");
  ASSERT_TRUE(context);
  TlsStream stream(*context);
  Peer peer(server_.get());
  stream.begin();
  shake_hands(stream, peer);
  EXPECT_EQ(stream.state(), State::open) << stream.problem();
  EXPECT_EQ(offered, "\x08http/1.1");
  EXPECT_STREQ(SSL_get_servername(peer.ssl(), TLSEXT_NAMETYPE_host_name), "target.test");
}

TEST_F(TlsStreamTest, VerificationSwitchedOff_BelievesWhoeverAnswers) {
  const Identity other = make_identity("other", {}, nullptr, {.from_s = -7'200, .to_s = -3'600});
  const auto server = test::server_context(other);
  Talk talk(client("target.test", false), server.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  EXPECT_EQ(stream.state(), State::open) << stream.problem();
}

TEST_F(TlsStreamTest, WhatIsNotTls_IsSaidToBeThat) {
  const TlsContext context = client("target.test");
  TlsStream stream(context);
  stream.begin();
  EXPECT_EQ(take(stream, "HTTP/1.1 400 Bad Request\r\n\r\n"), "");
  EXPECT_EQ(stream.state(), State::failed);
  EXPECT_THAT(stream.problem(), HasSubstr("not TLS; load it with http://"));
}

TEST_F(TlsStreamTest, TargetThatRefuses_IsQuoted) {
  SSL_CTX_set_verify(server_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_max_proto_version(server_.get(), TLS1_2_VERSION);
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  EXPECT_EQ(stream.state(), State::failed);
  EXPECT_THAT(stream.problem(), StartsWith("the target ended it with \""));
}

TEST_F(TlsStreamTest, RecordThatWasTamperedWith_Fails) {
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  peer.say("true");
  peer.say("false");
  std::string bytes = peer.output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(take(stream, bytes), "true");
  EXPECT_EQ(stream.state(), State::failed);
  EXPECT_NE(stream.problem(), "");
  EXPECT_NE(stream.output(), "");  // an alert
}

TEST_F(TlsStreamTest, PeerThatWantsOtherKeys_IsUnderstoodBothWays) {
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
  peer.say("before");
  EXPECT_EQ(take(stream, peer.output()), "before");
  ASSERT_TRUE(stream.say("after"));
  EXPECT_EQ(peer.hear(stream.output()), "after");
}

TEST_F(TlsStreamTest, Farewell_EndsAfterWhatWasSaidBefore) {
  Talk talk(client("target.test"), server_.get());
  auto& [context, stream, peer] = talk;
  shake_hands(stream, peer);
  peer.say("last words");
  SSL_shutdown(peer.ssl());
  EXPECT_EQ(take(stream, peer.output()), "last words");
  EXPECT_EQ(stream.state(), State::ended);
}

TEST(TlsContext, FileThatCannotBeTrusted_IsNamed) {
  const auto folder = TemporaryDirectory::create("bhsim-load-tls");
  ASSERT_TRUE(folder);
  const Path file = folder->path() / "ca.pem";
  const auto absent = TlsContext::create({true, file.string(), ""}, "target.test");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::config);
  EXPECT_THAT(absent.error().message, HasSubstr(file.string() + ": No such file"));
  ASSERT_TRUE(write_file(file, "no certificate"));
  const auto other = TlsContext::create({true, file.string(), ""}, "target.test");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("PEM"));
}

TEST(TlsContext, SystemsAuthorities_AreTrustedByDefault) {
  const auto context = TlsContext::create({}, "target.test");
  ASSERT_TRUE(context) << context.error().message;
  EXPECT_EQ(SSL_CTX_get_verify_mode(context->get()), SSL_VERIFY_PEER);
  EXPECT_EQ(context->server_name(), "target.test");
}

}  // namespace
}  // namespace bhsim::load
