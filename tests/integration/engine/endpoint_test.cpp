// Point 2: which engine, and how it is reached.

#include <map>

#include "engine_test.hpp"

namespace bhsim::test {
namespace {

using engine::Endpoint;

class EndpointTest : public testing::Test {
 protected:
  EndpointTest() { variables["HOME"] = home.path().string(); }

  Result<Endpoint> find(std::string_view given = "") {
    return engine::discover(given, [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(std::string(name));
      if (found == variables.end()) return std::nullopt;
      return found->second;
    });
  }
  void write(const Path& file, std::string_view content) {
    ASSERT_TRUE(make_directories((docker / file).parent_path()));
    ASSERT_TRUE(write_file(docker / file, content));
  }
  // A docker context in the folder of the configuration.
  void context(const std::string& name, const std::string& host, bool unverified = false) {
    write("contexts/meta/" + sha256_hex(name) + "/meta.json",
          json{{"Name", name},
               {"Endpoints", {{"docker", {{"Host", host}, {"SkipTLSVerify", unverified}}}}}}
              .dump());
  }

  TemporaryDirectory home = std::move(*TemporaryDirectory::create("bhsim-home"));
  Path docker = home.path() / ".docker";
  std::map<std::string, std::string> variables;
};

TEST_F(EndpointTest, CommandLine_IsBeforeDockerHostIsBeforeContext) {
  context("prod", "tcp://prod:2375");
  write("config.json", R"({"currentContext":"prod"})");
  variables["DOCKER_HOST"] = "tcp://host:1";
  EXPECT_EQ(find("tcp://given:2")->authority, "given:2");
  EXPECT_EQ(find("tcp://given:2")->source, "--engine");
  EXPECT_EQ(find()->authority, "host:1");
  EXPECT_EQ(find()->source, "DOCKER_HOST");
  variables.erase("DOCKER_HOST");
  EXPECT_EQ(find()->authority, "prod:2375");
  EXPECT_EQ(find()->source, "context prod");
  variables["DOCKER_HOST"] = "";
  EXPECT_EQ(find()->source, "context prod");
}
TEST_F(EndpointTest, DockerContext_IsBeforeTheCurrentOne) {
  context("prod", "tcp://prod:1");
  context("stage", "unix:///stage.sock");
  write("config.json", R"({"currentContext":"prod"})");
  variables["DOCKER_CONTEXT"] = "stage";
  EXPECT_EQ(find()->socket, "/stage.sock");
  variables["DOCKER_CONTEXT"] = "default";
  EXPECT_EQ(find()->socket.substr(find()->socket.rfind('/')), "/docker.sock");
}
TEST_F(EndpointTest, DockerConfig_IsWhereContextsAre) {
  docker = home.path() / "elsewhere";
  variables["DOCKER_CONFIG"] = docker.string();
  context("prod", "tcp://prod:1");
  write("config.json", R"({"currentContext":"prod"})");
  EXPECT_EQ(find()->authority, "prod:1");
}
TEST_F(EndpointTest, NothingSaid_IsAUsualSocket) {
  variables["XDG_RUNTIME_DIR"] = home.path().string();
  ASSERT_TRUE(write_file(home.path() / "docker.sock", ""));
  const auto found = find();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, Endpoint::Kind::unix_socket);
  const bool usual = std::filesystem::exists("/var/run/docker.sock");
  EXPECT_EQ(found->socket, usual ? "/var/run/docker.sock" : (home.path() / "docker.sock").string());
  EXPECT_EQ(found->source, usual ? "default" : "rootless");
}

TEST_F(EndpointTest, ContextThatIsNotThere_IsAnErrorAndNotTheDefault) {
  write("config.json", R"({"currentContext":"gone"})");
  EXPECT_TRUE(fails_as(find(), ErrorCode::config, "docker context use"));
}
TEST_F(EndpointTest, DamagedFiles_AreErrorsAndNotTheDefault) {
  for (const auto* wrong : {"", "{", "[]", "7", R"({"currentContext":7})"}) {
    write("config.json", wrong);
    EXPECT_TRUE(fails_as(find(), ErrorCode::config, "config.json")) << wrong;
  }
  write("config.json", R"({"currentContext":"prod"})");
  for (const auto* wrong :
       {"", "{}", "[1]", R"({"Endpoints":7})", R"({"Endpoints":{"docker":[]}})",
        R"({"Endpoints":{"docker":{"Host":7}}})",
        R"({"Endpoints":{"docker":{"Host":"tcp://x:1","SkipTLSVerify":"no"}}})"}) {
    write("contexts/meta/" + sha256_hex("prod") + "/meta.json", wrong);
    EXPECT_TRUE(fails_as(find(), ErrorCode::config)) << wrong;
  }
}
TEST_F(EndpointTest, ContextOfAnotherWay_IsRefused) {
  context("far", "ssh://user@host");
  variables["DOCKER_CONTEXT"] = "far";
  EXPECT_TRUE(fails_as(find(), ErrorCode::config, "ssh://user@host"));
}

TEST_F(EndpointTest, UnverifiedTls_IsRefused) {
  variables["DOCKER_CERT_PATH"] = docker.string();
  for (const auto* verify : {"", "unset"}) {
    variables["DOCKER_TLS_VERIFY"] = verify;
    if (std::string_view(verify) == "unset") variables.erase("DOCKER_TLS_VERIFY");
    EXPECT_TRUE(fails_as(find("tcp://x:1"), ErrorCode::config, "without verification"));
    variables["DOCKER_HOST"] = "tcp://y:1";
    EXPECT_TRUE(fails_as(find(), ErrorCode::config, "without verification"));
  }
  variables.erase("DOCKER_HOST");
  context("open", "tcp://x:1", true);
  variables["DOCKER_CONTEXT"] = "open";
  EXPECT_TRUE(fails_as(find(), ErrorCode::config, "skips the verification"));
}
TEST_F(EndpointTest, SettingsOfTls_DoNotConcernAUnixSocket) {
  variables["DOCKER_CERT_PATH"] = "/nowhere";
  EXPECT_EQ(find("unix:///a.sock")->kind, Endpoint::Kind::unix_socket);
}
TEST_F(EndpointTest, VerifiedTls_TakesTheFilesThatAreThere) {
  variables["DOCKER_TLS_VERIFY"] = "1";
  EXPECT_TRUE(fails_as(find("tcp://x:1"), ErrorCode::config, "no ca.pem"));
  write("ca.pem", "ca");
  auto found = find("tcp://x:1");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->kind, Endpoint::Kind::tls);
  EXPECT_EQ(found->tls.ca, docker / "ca.pem");
  EXPECT_TRUE(found->tls.certificate.empty());
  write("cert.pem", "cert");
  EXPECT_TRUE(fails_as(find("tcp://x:1"), ErrorCode::config, "both be there, or neither"));
  write("key.pem", "key");
  EXPECT_EQ(find("tcp://x:1")->tls.key, docker / "key.pem");
}
TEST_F(EndpointTest, TlsOfAContext_IsInItsOwnFolder) {
  context("prod", "tcp://prod:2376");
  variables["DOCKER_CONTEXT"] = "prod";
  EXPECT_EQ(find()->kind, Endpoint::Kind::tcp);
  const Path folder = Path("contexts/tls") / sha256_hex("prod") / "docker";
  write(folder / "ca.pem", "ca");
  EXPECT_EQ(find()->kind, Endpoint::Kind::tls);
  EXPECT_EQ(find()->tls.ca, docker / folder / "ca.pem");
}

TEST_F(EndpointTest, Addresses_AreReadAsDockerReadsThem) {
  const auto authority = [](std::string_view url) {
    return engine::parse_endpoint(url, "test", std::nullopt)->authority;
  };
  EXPECT_EQ(authority("tcp://host"), "host:2375");
  EXPECT_EQ(authority("tcp://host:1/"), "host:1");
  EXPECT_EQ(authority("https://host"), "host:2376");
  EXPECT_EQ(authority("tcp://[::1]"), "[::1]:2375");
  EXPECT_EQ(authority("tcp://[::1]:9"), "[::1]:9");
  for (const auto* wrong : {"host:1", "unix://relative", "unix://", "tcp://", "tcp://a/b", "fd://",
                            "npipe:////./pipe/docker", "ssh://x"})
    EXPECT_TRUE(
        fails_as(engine::parse_endpoint(wrong, "--engine", std::nullopt), ErrorCode::config))
        << wrong;
}
TEST_F(EndpointTest, NobodyThere_SaysWhereAndWhoSaidSo) {
  const auto endpoint = find("unix://" + (home.path() / "none.sock").string());
  ASSERT_TRUE(endpoint);
  EXPECT_TRUE(fails_as(engine::Client::connect(*endpoint), ErrorCode::engine, "(from --engine)"));
}

}  // namespace
}  // namespace bhsim::test
