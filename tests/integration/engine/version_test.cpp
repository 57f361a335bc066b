// Points 1 and 18: ping, version, negotiation, podman.

#include "engine_test.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::test {
namespace {

using engine::Client;

struct VersionTest : EngineTest {
  Result<Client> connect() {
    return Client::connect(*engine::parse_endpoint(engine.url(), "test", std::nullopt));
  }
  // Connects to an engine that answers /version so, and gives the path of its next call.
  std::string path_of_call(const std::string& version) {
    engine.expect("HEAD /_ping", say(http(200, "", "Api-Version: 1.41\r\n")))
        .expect("GET /version", say(http(200, version)))
        .expect("GET /info", say(http(200, "{}")));
    const auto client = connect();
    EXPECT_TRUE(client) << client.error().message;
    if (!client) return "";
    EXPECT_TRUE(engine::engine_info(*client));
    const auto asked = engine.asked(3);
    EXPECT_EQ(asked[0].target, "/_ping");
    EXPECT_EQ(asked[1].target, "/version");
    return asked[2].target;
  }
};

TEST_F(VersionTest, Engine20_10_IsSpokenToIn1_41) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"), "/v1.41/info");
}
TEST_F(VersionTest, EngineOf1_24Only_IsSpokenToIn1_24) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.24"})"), "/v1.24/info");
}
TEST_F(VersionTest, EngineFrom1_44To1_52_IsSpokenToIn1_52) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.52","MinAPIVersion":"1.44"})"), "/v1.52/info");
}
TEST_F(VersionTest, EngineFrom1_40_IsSpokenToInItsNewest) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.47","MinAPIVersion":"1.40"})"), "/v1.47/info");
}
TEST_F(VersionTest, NewerEngine_IsSpokenToInOurNewest) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.60","MinAPIVersion":"1.44"})"), "/v1.52/info");
}
TEST_F(VersionTest, NewerEngineWithoutMinimum_IsSpokenToInOurNewest) {
  EXPECT_EQ(path_of_call(R"({"ApiVersion":"1.99"})"), "/v1.52/info");
}
TEST_F(VersionTest, VersionWithoutApiVersion_TheHeaderOfThePingCounts) {
  EXPECT_EQ(path_of_call(R"({"Version":"20"})"), "/v1.41/info");
}

TEST_F(VersionTest, Podman_TheMinimumAtTheTopCounts) {
  EXPECT_EQ(path_of_call(R"({"Platform":{"Name":"linux/amd64/debian-12"},
      "Components":[{"Name":"Podman Engine","Version":"4.3.1",
                     "Details":{"APIVersion":"4.3.1","MinAPIVersion":"4.0.0"}}],
      "Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24"})"),
            "/v1.41/info");
}

TEST_F(VersionTest, Versions_AreComparedAsNumbers) {
  EXPECT_LT(*engine::parse_api_version("1.9"), *engine::parse_api_version("1.24"));
  EXPECT_LT(*engine::parse_api_version("1.52"), *engine::parse_api_version("2.0"));
  for (const auto* wrong : {"", "1", "1.", ".4", "1.4.1", "1.4x", "v1.4", " 1.4", "1.99999999999"})
    EXPECT_FALSE(engine::parse_api_version(wrong)) << wrong;
}

TEST_F(VersionTest, TooOldAnEngine_IsRefusedWithWhatToDo) {
  engine.speak("1.23");
  EXPECT_TRUE(fails_as(connect(), ErrorCode::engine, "update the engine"));
}
TEST_F(VersionTest, TooNewAnEngine_IsRefusedWithWhatToDo) {
  engine.speak("1.60", R"({"ApiVersion":"1.60","MinAPIVersion":"1.53"})");
  EXPECT_TRUE(fails_as(connect(), ErrorCode::engine, "update bhsim"));
}
TEST_F(VersionTest, CallRefusedForItsVersion_SaysWhatTheEngineSaid) {
  engine.expect("GET /info", say(http(400, R"({"message":"client version 1.41 is too old."})")));
  const auto client = engine.client();
  EXPECT_TRUE(fails_as(engine::engine_info(client), ErrorCode::engine, "400: client version 1.41"));
}

TEST_F(VersionTest, EngineWithoutHeadPing_IsAskedByGet) {
  for (const int status : {404, 405, 500}) {
    engine.expect("HEAD /_ping", say(http(status, "")))
        .expect("GET /_ping", say(http(200, "OK")))
        .expect("GET /version", say(http(200, R"({"ApiVersion":"1.24"})")));
    EXPECT_TRUE(connect()) << status;
  }
}
TEST_F(VersionTest, PingRefusedBothWays_IsAnError) {
  engine.expect("HEAD /_ping", say(http(503, ""))).expect("GET /_ping", say(http(503, "no")));
  EXPECT_TRUE(fails_as(connect(), ErrorCode::engine, "503"));
}
TEST_F(VersionTest, PingCutInItsHeader_IsNoAnswer) {
  for (const auto* cut : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n",
                          "HTTP/1.1 200 OK\r\nApi-Ver", "HTTP/1.1 200 OK", "HTTP", ""}) {
    engine.expect("HEAD /_ping", cut_after(cut));
    EXPECT_TRUE(fails_as(connect(), ErrorCode::protocol, "ping the engine")) << cut;
  }
}
TEST_F(VersionTest, VersionOfWrongTypes_IsAProtocolError) {
  for (const auto* wrong : {"[]", "7", "null", "{}x", "", R"({"ApiVersion":1.41})",
                            R"({"ApiVersion":"1.41","MinAPIVersion":[]})",
                            R"({"ApiVersion":"1.41","Version":7})", R"({"ApiVersion":"latest"})"}) {
    engine.expect("HEAD /_ping", say(http(200, ""))).expect("GET /version", say(http(200, wrong)));
    EXPECT_TRUE(fails_as(connect(), ErrorCode::protocol)) << wrong;
  }
}

}  // namespace
}  // namespace bhsim::test
