// Point 2 on the wire: TLS to an engine, verified by default. The certificates are made here.

#include <sys/socket.h>

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"
#include "tests/support/tls_server.hpp"

namespace bhsim::test {
namespace {

using engine::Client;

// An authority, and what it has signed.
struct Authority {
  Identity root = make_identity("test authority", {{NID_basic_constraints, "critical,CA:TRUE"}});
  Identity server = make_identity("engine", {{NID_subject_alt_name, "IP:127.0.0.1"}}, &root);
  Identity elsewhere = make_identity("engine", {{NID_subject_alt_name, "IP:10.9.9.9"}}, &root);
  Identity person = make_identity("client", {{NID_ext_key_usage, "clientAuth"}}, &root);
};

class TlsTest : public testing::Test {
 protected:
  // An engine that shows that identity, and asks for one when it is given whom to trust.
  std::unique_ptr<ScriptedEngine> engine_with(const Identity& identity,
                                              const Identity* clients_of = nullptr) {
    context = server_context(identity);
    if (clients_of != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), clients_of->certificate.get());
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    auto made =
        std::make_unique<ScriptedEngine>(ScriptedEngine::On::tcp, tls_transport(context.get()));
    made->speak("1.41");
    return made;
  }

  // DOCKER_CERT_PATH with the authority that is trusted, and perhaps a certificate to show.
  Result<Client> connect(const ScriptedEngine& engine, const Identity* trusted,
                         const Identity* shown = nullptr) {
    std::filesystem::remove_all(folder.path() / "certs");
    EXPECT_TRUE(make_directories(folder.path() / "certs"));
    if (trusted != nullptr) save("ca.pem", *trusted);
    if (shown != nullptr) {
      save("cert.pem", *shown);
      EXPECT_TRUE(write_file(folder.path() / "certs/key.pem", pem_of([&](BIO* to) {
                               PEM_write_bio_PrivateKey(to, shown->key.get(), nullptr, nullptr, 0,
                                                        nullptr, nullptr);
                             })));
    }
    const auto endpoint =
        engine::discover(engine.url(), [&](std::string_view name) -> std::optional<std::string> {
          if (name == "DOCKER_TLS_VERIFY") return "1";
          if (name == "DOCKER_CERT_PATH") return (folder.path() / "certs").string();
          return std::nullopt;
        });
    if (!endpoint) return fail(endpoint.error());
    return Client::connect(*endpoint);
  }
  void save(const char* name, const Identity& identity) {
    EXPECT_TRUE(write_file(folder.path() / "certs" / name, pem_of(identity)));
  }

  Authority ours, others;
  ServerContext context{nullptr, SSL_CTX_free};
  TemporaryDirectory folder = std::move(*TemporaryDirectory::create("bhsim-tls"));
};

TEST_F(TlsTest, EngineOfATrustedAuthority_IsSpokenTo) {
  auto engine = engine_with(ours.server);
  engine->expect("GET /info", split(http(200, R"({"ID":"secure"})"), 5));
  const auto client = connect(*engine, &ours.root);
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ(client->endpoint().kind, engine::Endpoint::Kind::tls);
  EXPECT_EQ(engine::engine_info(*client).value()["ID"], "secure");
}
TEST_F(TlsTest, EngineOfAnotherAuthority_IsRefused) {
  auto engine = engine_with(ours.server);
  const auto client = connect(*engine, &others.root);
  EXPECT_TRUE(fails_as(client, ErrorCode::engine, "no trusted connection"));
  EXPECT_TRUE(engine->asked().empty());
}
TEST_F(TlsTest, EngineWithACertificateForAnotherHost_IsRefused) {
  auto engine = engine_with(ours.elsewhere);
  EXPECT_TRUE(fails_as(connect(*engine, &ours.root), ErrorCode::engine, "no trusted connection"));
}
TEST_F(TlsTest, NoAuthorityGiven_IsRefusedBeforeConnecting) {
  auto engine = engine_with(ours.server);
  EXPECT_TRUE(fails_as(connect(*engine, nullptr), ErrorCode::config, "no ca.pem"));
}
TEST_F(TlsTest, AuthorityThatIsNoCertificate_IsRefused) {
  auto engine = engine_with(ours.server);
  ASSERT_TRUE(write_file(folder.path() / "ca.pem", "no certificate"));
  const auto endpoint = engine::parse_endpoint(engine->url(), "test",
                                               engine::TlsFiles{.ca = folder.path() / "ca.pem"});
  EXPECT_TRUE(fails_as(Client::connect(*endpoint), ErrorCode::engine, "no trusted connection"));
}
TEST_F(TlsTest, EngineThatAsksWhoWeAre_IsShownTheCertificate) {
  auto engine = engine_with(ours.server, &ours.root);
  EXPECT_TRUE(connect(*engine, &ours.root, &ours.person));
  EXPECT_FALSE(connect(*engine, &ours.root));
  EXPECT_FALSE(connect(*engine, &ours.root, &others.person));
}
TEST_F(TlsTest, PlainEngineBehindATlsAddress_IsAnError) {
  ScriptedEngine plain(ScriptedEngine::On::tcp, [](int socket) {
    return Transport{.open = [socket] {
      constexpr std::string_view kRefusal = "HTTP/1.1 400 Bad Request\r\n\r\n";
      ::send(socket, kRefusal.data(), kRefusal.size(), MSG_NOSIGNAL);
      return false;
    }};
  });
  EXPECT_TRUE(fails_as(connect(plain, &ours.root), ErrorCode::engine, "no trusted connection"));
}
TEST_F(TlsTest, Attachment_SpeaksBothWaysAndItsEndIsSeen) {
  auto engine = engine_with(ours.server);
  engine->expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("POST /containers/c1/attach",
              then(then(split("HTTP/1.1 101 UPGRADED\r\n\r\n" + frame(1, "hello"), 1), receive(4)),
                   say(frame(1, "bye"))));
  const auto client = connect(*engine, &ours.root);
  ASSERT_TRUE(client) << client.error().message;
  auto attached = engine::attach(*client, "c1");
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_TRUE(attached->send("ping", 5s));
  std::string heard;
  while (true) {
    const auto piece = attached->receive(5s);
    ASSERT_TRUE(piece) << piece.error().message;
    if (!*piece) break;
    heard += (*piece)->bytes;
  }
  EXPECT_EQ(heard, "hellobye");
  EXPECT_EQ(engine->asked()[1].late, "ping");
}
TEST_F(TlsTest, StopOfAQuietStream_IsPrompt) {
  auto engine = engine_with(ours.server);
  engine->expect("GET /events", then(say(chunked_head()), silent()));
  const auto client = connect(*engine, &ours.root);
  ASSERT_TRUE(client) << client.error().message;
  std::stop_source stop;
  std::jthread stopper([&] {
    engine->asked(1);
    stop.request_stop();
  });
  EXPECT_LT(time_of([&] {
              EXPECT_TRUE(engine::follow_events(
                  *client, "l", 0, [](const auto&) {}, stop.get_token()));
            }),
            1s);
}

}  // namespace
}  // namespace bhsim::test
