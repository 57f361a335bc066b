// Answers that no engine should give: every function that reads one gives a value or an Error, and
// nothing else.

#include <functional>
#include <random>

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/export.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::test {
namespace {

using engine::Client;

// A function that reads an answer, the request whose answer is mutated, and a right one.
struct Reader {
  std::string name;
  std::string request;
  std::string answer;
  std::function<bool(const Client&)> read;  // true: it succeeded
};

std::vector<Reader> readers() {
  const std::string stats =
      R"({"read":"t","cpu_stats":{"cpu_usage":{"total_usage":5},"throttling_data":{"periods":1}},)"
      R"("memory_stats":{"usage":10,"limit":20,"failcnt":1,"stats":{"inactive_file":3}},)"
      R"("pids_stats":{"current":3},"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}}})";
  const std::string container = inspected(json::parse(R"({"RestartCount":1,
      "State":{"OOMKilled":false,"ExitCode":3,"StartedAt":"t","Health":{"Status":"healthy","Log":[{"End":"t"}]}},
      "NetworkSettings":{"Networks":{"n":{"IPAddress":"10.0.0.1"}},
                         "Ports":{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"4000"}]}}})"));
  return {
      {"inspect", "GET /containers/c/json", container,
       [](const Client& c) { return engine::inspect_container(c, "c").has_value(); }},
      {"list containers", "GET /containers/json",
       R"([{"Id":"a","Names":["/n"],"Image":"i","State":"running","Labels":{"l":"1"}}])",
       [](const Client& c) { return engine::list_containers(c, "l").has_value(); }},
      {"create", "POST /containers/create", R"({"Id":"a","Warnings":null})",
       [](const Client& c) { return engine::create_container(c, {.image = "i"}).has_value(); }},
      {"wait", "POST /containers/c/wait", R"({"StatusCode":3,"Error":{"Message":""}})",
       [](const Client& c) { return engine::wait_container(c, "c", {}).has_value(); }},
      {"stats", "GET /containers/c/stats", stats,
       [](const Client& c) { return engine::container_stats(c, "c").has_value(); }},
      {"follow stats", "GET /containers/c/stats", stats,
       [](const Client& c) {
         return engine::follow_stats(c, "c", [](const auto&) { return true; }, {}).has_value();
       }},
      {"top", "GET /containers/c/top", R"({"Titles":["A"],"Processes":[["1","x"]]})",
       [](const Client& c) { return engine::container_processes(c, "c").has_value(); }},
      {"update", "POST /containers/c/update", R"({"Warnings":["w"]})",
       [](const Client& c) { return engine::update_container(c, "c", {}).has_value(); }},
      {"networks", "GET /networks", R"([{"Id":"a","Name":"n","Labels":{"l":"1"}}])",
       [](const Client& c) { return engine::list_networks(c, "l").has_value(); }},
      {"create network", "POST /networks/create", R"({"Id":"a"})",
       [](const Client& c) { return engine::create_network(c, "n", {}).has_value(); }},
      {"volumes", "GET /volumes", R"({"Volumes":[{"Name":"v","Labels":{"l":"1"}}]})",
       [](const Client& c) { return engine::list_volumes(c, "l").has_value(); }},
      {"info", "GET /info", R"({"ID":"x","Name":"n"})",
       [](const Client& c) { return engine::engine_info(c).has_value(); }},
      {"events", "GET /events",
       R"({"Type":"t","Action":"a","Actor":{"ID":"i","Attributes":{"x":"1"}},"time":1,"timeNano":2})",
       [](const Client& c) {
         return engine::follow_events(c, "l", 0, [](const auto&) {}, {}).has_value();
       }},
      {"images", "GET /images/json", R"([{"Id":"a","RepoTags":["t"],"Size":3}])",
       [](const Client& c) { return engine::list_images(c, "l").has_value(); }},
      {"inspect image", "GET /images/i/json", R"({"Id":"a","Config":{"User":"1000"}})",
       [](const Client& c) { return engine::inspect_image(c, "i").has_value(); }},
      {"history", "GET /images/i/history", R"([{"CreatedBy":"x"}])",
       [](const Client& c) { return engine::image_history(c, "i").has_value(); }},
      {"build", "POST /build", R"({"stream":"x","status":"y","aux":{"ID":"sha256:a"}})",
       [](const Client& c) { return engine::build_image(c, "tar", {.tag = "t"}).has_value(); }},
      {"export", "GET /containers/c/export", "no tar",
       [](const Client& c) { return engine::setuid_files(c, "c").has_value(); }},
  };
}

// Every place in a document, by its JSON pointer.
void places(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& all) {
  all.push_back(at);
  if (value.is_object())
    for (const auto& [key, member] : value.items()) places(member, at / key, all);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) places(value[i], at / i, all);
}

class HostileTest : public EngineTest {
 protected:
  // What is asked after a wrong answer is not in the script.
  void TearDown() override {}
  void judge(const Reader& reader, const Client& client, const std::string& answer) {
    engine.expect(reader.request, say(http(200, answer)));
    EXPECT_NO_THROW(reader.read(client)) << reader.name << ": " << answer;
  }
};

TEST_F(HostileTest, EveryFieldOfEveryType_ThrowsNothing) {
  const std::vector<json> values{nullptr,
                                 true,
                                 -1,
                                 7U,
                                 1.5,
                                 "text",
                                 json::array(),
                                 json::array({1}),
                                 json::object(),
                                 json::object({{"a", 1}}),
                                 18'446'744'073'709'551'615U};
  const auto client = engine.client();
  for (const auto& reader : readers()) {
    const json right = json::parse(reader.answer, nullptr, false);
    if (right.is_discarded()) continue;
    std::vector<json::json_pointer> all;
    places(right, json::json_pointer(), all);
    for (const auto& place : all)
      for (const auto& value : values) {
        json wrong = right;
        wrong[place] = value;
        judge(reader, client, wrong.dump());
      }
  }
}

TEST_F(HostileTest, BytesChangedCutOrDoubled_ThrowNothing) {
  std::mt19937 random(20'241'126);
  const auto client = engine.client();
  for (const auto& reader : readers())
    for (int round = 0; round < 40; ++round) {
      std::string answer = reader.answer;
      const auto at = random() % answer.size();
      switch (random() % 3) {
        case 0:
          answer[at] = static_cast<char>(random());
          break;
        case 1:
          answer.resize(at);
          break;
        default:
          answer.insert(at, answer.substr(at / 2, 20));
      }
      judge(reader, client, answer);
    }
}

TEST_F(HostileTest, WrongTypeOfAFieldThatIsRead_IsAProtocolErrorThatNamesIt) {
  const auto client = engine.client();
  engine.expect("GET /containers/c/json",
                say(http(200, inspected({{"State", {{"Pid", "many"}}}}))));
  EXPECT_TRUE(fails_as(engine::inspect_container(client, "c"), ErrorCode::protocol,
                       "inspect container c: what came is not what the API says: State.Pid: a "
                       "whole number of 64 bits expected, \"many\" came"));
  engine.expect("GET /containers/json", say(http(200, R"([{"Id":"a"},{"Id":7}])")));
  EXPECT_TRUE(fails_as(engine::list_containers(client, "l"), ErrorCode::protocol,
                       "[1].Id: a text expected, 7 came"));
}

// Of the answers that are handed on as JSON.
TEST_F(HostileTest, NullWhereCallersReadAText_IsAnError) {
  const auto client = engine.client();
  engine.expect("GET /info", say(http(200, R"({"ID":null})")))
      .expect("GET /images/i/json", say(http(200, R"({"Id":"a","Config":{"User":null}})")));
  EXPECT_TRUE(fails_as(engine::engine_info(client), ErrorCode::protocol, "ID"));
  EXPECT_TRUE(fails_as(engine::inspect_image(client, "i"), ErrorCode::protocol, "Config.User"));
}

TEST_F(HostileTest, AnswerWithoutWhatItIsAskedFor_IsNoSuccess) {
  const auto client = engine.client();
  for (const auto& reader : readers())
    for (const std::string nothing : {"", "null", "7", "\"\"", "[[]]", "<html>"}) {
      if (reader.name == "follow stats" && nothing.empty()) continue;  // it has just ended
      engine.expect(reader.request, say(http(200, nothing)));
      EXPECT_FALSE(reader.read(client)) << reader.name << ": " << nothing;
    }
}

TEST_F(HostileTest, EndlessNesting_IsAnError) {
  const auto client = engine.client();
  for (const auto& reader : readers()) {
    engine.expect(reader.request, say(http(200, std::string(20'000, '['))))
        .expect(reader.request,
                say(http(200, std::string(20'000, '[') + std::string(20'000, ']'))));
    EXPECT_FALSE(reader.read(client)) << reader.name;
    EXPECT_FALSE(reader.read(client)) << reader.name;
  }
}

}  // namespace
}  // namespace bhsim::test
