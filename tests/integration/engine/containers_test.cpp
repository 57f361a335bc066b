// Points 8 to 10 and 12 to 21: containers, what they are made from, networks, volumes, the engine.

#include <future>

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::test {
namespace {

struct ContainersTest : EngineTest {
  Result<engine::ContainerState> inspect(const json& change) {
    engine.expect("GET /containers/c1/json", say(http(200, inspected(change))));
    return engine::inspect_container(engine.client(), "c1");
  }
  // The body of the request that makes a container of it.
  json made_from(const engine::ContainerSpec& spec) {
    engine.expect("POST /containers/create", say(http(201, R"({"Id":"c1","Warnings":[]})")));
    EXPECT_EQ(engine::create_container(engine.client(), spec).value(), "c1");
    return sent();
  }
};

// --- point 8
TEST_F(ContainersTest, OomEventOfAnotherProcess_IsSeenWhileTheFirstRuns) {
  const auto state = inspect({{"State", {{"OOMKilled", true}}}});
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_TRUE(state->oom_killed);
  EXPECT_TRUE(state->running);
}

// --- point 9
struct ExecTest : ContainersTest {
  Result<engine::ExecResult> exec(Nanos deadline = 5s, std::size_t most = 100) {
    return engine::exec_in_container(engine.client(), "c1", {"sh", "-c", "x"}, deadline, most);
  }
  ScriptedEngine& begun(const std::string& output) {
    return engine.expect("POST /containers/c1/exec", say(http(201, R"({"Id":"e1"})")))
        .expect("POST /exec/e1/start", split(chunked_head() + chunk(output) + "0\r\n\r\n", 3));
  }
};
TEST_F(ExecTest, ExitCode_ComesFromInspectAlone) {
  begun(frame(1, "out") + frame(2, "err"))
      .expect("GET /exec/e1/json", say(http(200, R"({"Running":false,"ExitCode":7})")));
  const auto result = exec();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->exit_code, 7);
  EXPECT_EQ(result->out, "out");
  EXPECT_EQ(result->err, "err");
  EXPECT_FALSE(result->cut);
}
TEST_F(ExecTest, ExitCodeThatComesLate_IsWaitedFor) {
  begun("")
      .expect("GET /exec/e1/json", say(http(200, R"({"Running":true,"ExitCode":null})")))
      .expect("GET /exec/e1/json", say(http(200, R"({"Running":true,"ExitCode":0})")))
      .expect("GET /exec/e1/json", say(http(200, R"({"Running":false,"ExitCode":3})")));
  EXPECT_EQ(exec().value().exit_code, 3);
}
TEST_F(ExecTest, ExitCodeThatNeverComes_IsNoSuccess) {
  begun("");
  engine.always("GET /exec/e1/json", say(http(200, R"({"Running":true,"ExitCode":0})")));
  EXPECT_TRUE(fails_as(exec(200ms), ErrorCode::timeout, "exec in c1"));
}
TEST_F(ExecTest, EndedWithoutAnExitCode_IsNoSuccess) {
  begun("").expect("GET /exec/e1/json", say(http(200, R"({"Running":false,"ExitCode":null})")));
  EXPECT_TRUE(fails_as(exec(), ErrorCode::protocol, "ExitCode"));
}
TEST_F(ExecTest, InAPausedContainer_IsAConflict) {
  engine.expect("POST /containers/c1/exec",
                say(http(409, R"({"message":"Container c1 is paused"})")));
  EXPECT_TRUE(fails_as(exec(), ErrorCode::conflict, "is paused"));
}
TEST_F(ExecTest, MoreOutputThanAllowed_IsCutAndSaid) {
  begun(frame(1, std::string(90, 'a')) + frame(1, std::string(90, 'b')))
      .expect("GET /exec/e1/json", say(http(200, R"({"Running":false,"ExitCode":0})")));
  const auto result = exec();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, std::string(90, 'a') + std::string(10, 'b'));
  EXPECT_TRUE(result->cut);
}
TEST_F(ExecTest, ThatGoesOn_EndsAtTheDeadline) {
  engine.expect("POST /containers/c1/exec", say(http(201, R"({"Id":"e1"})")))
      .expect("POST /exec/e1/start", then(say(chunked_head()), silent()));
  EXPECT_TRUE(fails_as(exec(200ms), ErrorCode::timeout));
}

// --- point 10
TEST_F(ContainersTest, StartAndStopOfWhatIsAlreadySo_AreSuccess) {
  engine.expect("POST /containers/c1/start", say("HTTP/1.1 304 Not Modified\r\n\r\n"))
      .expect("POST /containers/c1/stop", say("HTTP/1.1 304 Not Modified\r\n\r\n"));
  const auto client = engine.client();
  EXPECT_TRUE(engine::start_container(client, "c1"));
  EXPECT_TRUE(engine::stop_container(client, "c1", 3s));
  EXPECT_EQ(engine.last().parameter("t"), "3");
}
TEST_F(ContainersTest, ExpectedExit_IsWaitedForBeforeTheStart) {
  engine
      .expect("POST /containers/c1/wait", then(then(say(chunked_head()), silent()),
                                               say(chunk("{\"StatusCode\":137}\n") + "0\r\n\r\n")))
      .expect("POST /containers/c1/start", say(http(204, "")));
  const auto client = engine.client();
  auto wait = engine::expect_exit(client, "c1");
  ASSERT_TRUE(wait) << wait.error().message;
  ASSERT_TRUE(engine::start_container(client, "c1"));
  engine.release();
  EXPECT_EQ(wait->exit_code({}, 5s).value(), 137);
  EXPECT_EQ(engine.asked(2)[0].parameter("condition"), "next-exit");
}
TEST_F(ContainersTest, ExpectedExitOfAnOldEngine_IsWaitedForAfterTheStart) {
  engine.expect("POST /containers/c1/start", say(http(204, "")))
      .expect("POST /containers/c1/wait", say(http(200, R"({"StatusCode":0})")));
  const auto client = engine.client("1.29");
  auto wait = engine::expect_exit(client, "c1");
  ASSERT_TRUE(wait);
  ASSERT_TRUE(engine::start_container(client, "c1"));
  EXPECT_EQ(wait->exit_code({}, 5s).value(), 0);
  EXPECT_EQ(engine.last().parameter("condition"), std::nullopt);
}
TEST_F(ContainersTest, ExpectedExitThatDoesNotCome_EndsAtTheDeadlineOrTheStop) {
  const auto waits = then(say(chunked_head()), silent());
  engine.expect("POST /containers/c1/wait", waits).expect("POST /containers/c1/wait", waits);
  const auto client = engine.client();
  EXPECT_TRUE(
      fails_as(engine::expect_exit(client, "c1")->exit_code({}, 100ms), ErrorCode::timeout));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(fails_as(engine::expect_exit(client, "c1")->exit_code(stop.get_token(), 10s),
                       ErrorCode::cancelled));
}
TEST_F(ContainersTest, Wait_GivesTheCodeOrWhyNot) {
  engine.expect("POST /containers/c1/wait", say(http(200, R"({"StatusCode":1,"Error":null})")))
      .expect("POST /containers/c1/wait",
              say(http(200, R"({"StatusCode":-1,"Error":{"Message":"gone"}})")))
      .expect("POST /containers/c1/wait", say(http(200, R"({"StatusCode":"1"})")))
      .expect("POST /containers/c1/wait", say(http(200, "")));
  const auto client = engine.client();
  EXPECT_EQ(engine::wait_container(client, "c1", {}).value(), 1);
  EXPECT_TRUE(fails_as(engine::wait_container(client, "c1", {}), ErrorCode::engine, "gone"));
  EXPECT_TRUE(fails_as(engine::wait_container(client, "c1", {}), ErrorCode::protocol));
  EXPECT_TRUE(fails_as(engine::wait_container(client, "c1", {}), ErrorCode::protocol));
}
TEST_F(ContainersTest, NothingIsMade_ThatRemovesItself) {
  EXPECT_EQ(made_from({.image = "i"})["HostConfig"]["AutoRemove"], false);
}

// --- point 12
TEST_F(ContainersTest, Addresses_AreThoseOfTheNetworks) {
  // As from API 1.52 on: no address at the top.
  const auto state = inspect(
      {{"NetworkSettings",
        {{"Networks", {{"net", {{"IPAddress", "10.0.0.2"}}}, {"off", {{"IPAddress", ""}}}}}}}});
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->addresses, (std::map<std::string, std::string>{{"net", "10.0.0.2"}}));
}

// --- point 13
TEST_F(ContainersTest, Ports_ArePublishedOn127_0_0_1Only) {
  const json body = made_from({.image = "i", .ports = {{.container_port = 8080}}});
  EXPECT_EQ(body["HostConfig"]["PortBindings"]["8080/tcp"],
            json::parse(R"([{"HostIp":"127.0.0.1","HostPort":""}])"));
  const auto state = inspect(json::parse(R"({"NetworkSettings":{"Ports":{
      "8080/tcp":[{"HostIp":"::","HostPort":"49999"},{"HostIp":"127.0.0.1","HostPort":"49153"}],
      "53/udp":[{"HostIp":"127.0.0.1","HostPort":"53"}],"9/tcp":null}}})"));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->host_ports, (std::map<int, int>{{8080, 49'153}}));
}

// --- point 14
TEST_F(ContainersTest, Health_IsToldWithTheTimeOfTheNewestLook) {
  const auto state = inspect(json::parse(R"({"State":{"Health":{"Status":"unhealthy",
      "Log":[{"End":"2026-11-26T01:00:00Z"},{"End":"2026-11-26T01:00:05Z"}]}}})"));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->health, "unhealthy");
  EXPECT_EQ(state->health_last, "2026-11-26T01:00:05Z");
  EXPECT_FALSE(state->paused);
}
TEST_F(ContainersTest, NoHealthCheck_IsNoHealth) {
  for (const json& health : {json(), json{{"Status", "none"}}, json{{"Status", ""}},
                             json{{"Status", "none"}, {"Log", nullptr}}}) {
    const auto state = inspect({{"State", {{"Health", health}}}});
    ASSERT_TRUE(state) << state.error().message;
    EXPECT_EQ(state->health, "");
    EXPECT_EQ(state->health_last, std::nullopt);
  }
}

// --- point 15
TEST_F(ContainersTest, Names_LoseTheirSlashAndLinksAreNoNames) {
  EXPECT_EQ(inspect({}).value().name, "web-1");
  engine.expect("GET /containers/json",
                say(http(200, R"([{"Id":"a","Names":["/other/alias","/web-1"]},
                                  {"Id":"b","Names":null,"Labels":null}])")));
  const auto listed = engine::list_containers(engine.client(), "bhsim.run");
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(listed->at(0).name, "web-1");
  EXPECT_EQ(listed->at(1).name, "");
}
TEST_F(ContainersTest, Durations_AreNanoseconds) {
  const json body = made_from({.image = "i",
                               .health = engine::HealthCheck{.test = {"CMD", "x"},
                                                             .interval = 5s,
                                                             .timeout = 1500ms,
                                                             .start_period = 1min,
                                                             .retries = 3}});
  EXPECT_EQ(body["Healthcheck"]["Interval"], 5'000'000'000);
  EXPECT_EQ(body["Healthcheck"]["Timeout"], 1'500'000'000);
  EXPECT_EQ(body["Healthcheck"]["StartPeriod"], 60'000'000'000);
}
TEST_F(ContainersTest, ZeroTime_IsNever) {
  const auto state = inspect(json::parse(R"({"State":{
      "StartedAt":"2026-11-26T01:00:00.5Z","FinishedAt":"0001-01-01T00:00:00Z",
      "Health":{"Status":"starting","Log":[{"End":"0001-01-01T00:00:00Z"}]}}})"));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->started_at, "2026-11-26T01:00:00.5Z");
  EXPECT_EQ(state->finished_at, "");
  EXPECT_EQ(state->health_last, std::nullopt);
}

// --- point 16
TEST_F(ContainersTest, EverythingMade_CarriesItsLabels) {
  const engine::Labels labels{{"bhsim.run", "r1"}};
  EXPECT_EQ(made_from({.image = "i", .labels = labels})["Labels"], json(labels));
  engine.expect("POST /networks/create", say(http(201, R"({"Id":"n1"})")))
      .expect("POST /volumes/create", say(http(201, R"({"Name":"v"})")));
  const auto client = engine.client();
  EXPECT_EQ(engine::create_network(client, "n", labels).value(), "n1");
  EXPECT_TRUE(engine::create_volume(client, {.name = "v", .labels = labels, .options = {}}));
  for (const auto& asked : engine.asked(3))
    EXPECT_EQ(json::parse(asked.body)["Labels"], json(labels)) << asked.target;
}
TEST_F(ContainersTest, Lists_AskForTheLabelAndShowIt) {
  engine.expect("GET /containers/json", say(http(200, R"([{"Id":"a","Labels":{"l":"1"}}])")))
      .expect("GET /networks", say(http(200, R"([{"Id":"n","Name":"net","Labels":{"l":"1"}}])")))
      .expect("GET /volumes", say(http(200, R"({"Volumes":[{"Name":"v","Labels":{"l":"1"}}]})")))
      .expect("GET /volumes", say(http(200, R"({"Volumes":null,"Warnings":null})")));
  const auto client = engine.client();
  EXPECT_EQ(engine::list_containers(client, "l=1")->at(0).labels.at("l"), "1");
  EXPECT_EQ(engine::list_networks(client, "l=1")->at(0).labels.at("l"), "1");
  EXPECT_EQ(engine::list_volumes(client, "l=1")->at(0).id, "v");
  EXPECT_TRUE(engine::list_volumes(client, "l=1").value().empty());
  for (const auto& asked : engine.asked(4))
    EXPECT_EQ(asked.parameter("filters"), R"({"label":["l=1"]})");
  EXPECT_EQ(engine.asked()[0].parameter("all"), "1");
}

// --- points 17 and 20
TEST_F(ContainersTest, NetworkOfAnotherContainer_IsJoined) {
  const json body = made_from({.image = "i", .network = "net", .network_mode = "container:t1"});
  EXPECT_EQ(body["HostConfig"]["NetworkMode"], "container:t1");
}
TEST_F(ContainersTest, SideCar_HasTheTargetsProcessesUserAndVolumesAndNoRights) {
  const json body = made_from({.image = "i",
                               .user = "1000:1000",
                               .mounts = {{.source = "tmp-r1", .target = "/tmp"}},
                               .pid_mode = "container:t1",
                               .stdin_open = true});
  EXPECT_EQ(body["User"], "1000:1000");
  EXPECT_EQ(body["OpenStdin"], true);
  EXPECT_EQ(body["StdinOnce"], true);
  const json& host = body["HostConfig"];
  EXPECT_EQ(host["PidMode"], "container:t1");
  EXPECT_EQ(host["CapDrop"], json::array({"ALL"}));
  EXPECT_EQ(host["CapAdd"], json::array());
  EXPECT_EQ(host["SecurityOpt"], json::array({"no-new-privileges"}));
  EXPECT_EQ(host["ReadonlyRootfs"], true);
  EXPECT_EQ(host["Mounts"][0]["Type"], "volume");
  EXPECT_EQ(host["Mounts"][0]["Target"], "/tmp");
}
TEST_F(ContainersTest, VolumeOfTypeTmpfs_IsMadeByItsOptions) {
  engine.expect("POST /volumes/create", say(http(201, "{}")));
  ASSERT_TRUE(engine::create_volume(
      engine.client(), {.name = "tmp-r1",
                        .labels = {},
                        .options = {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64m"}}}));
  const json body = sent();
  EXPECT_EQ(body["Driver"], "local");
  EXPECT_EQ(body["DriverOpts"]["o"], "size=64m");
}
TEST_F(ContainersTest, Attachment_SpeaksBothWays) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("POST /containers/c1/attach",
              then(then(split("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\n" +
                                  frame(1, "hello") + frame(2, "oh"),
                              1),
                        receive(5)),
                   say(frame(1, "bye"))));
  auto attached = engine::attach(engine.client(), "c1");
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_EQ(engine.last().header("upgrade"), "tcp");
  std::string out, err;
  const auto receive_one = [&] {
    const auto piece = attached->receive(5s);
    EXPECT_TRUE(piece) << piece.error().message;
    if (!piece || !*piece) return false;
    ((*piece)->stream == engine::OutputStream::err ? err : out) += (*piece)->bytes;
    return true;
  };
  while (err != "oh" && receive_one()) {
  }
  EXPECT_TRUE(attached->send("12345", 5s));
  while (receive_one()) {
  }
  EXPECT_EQ(out, "hellobye");
  EXPECT_EQ(engine.asked()[1].late, "12345");
}
TEST_F(ContainersTest, AttachmentCutInsideAFrame_IsAnErrorAndAQuietOneATimeout) {
  const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("POST /containers/c1/attach", cut_after(head + frame(1, "whole") + "\x01"))
      .expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("POST /containers/c1/attach", then(say(head), silent()));
  const auto client = engine.client();
  auto cut = engine::attach(client, "c1");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_EQ(cut->receive(5s).value().value().bytes, "whole");
  EXPECT_TRUE(fails_as(cut->receive(5s), ErrorCode::protocol, "cut inside a frame"));
  auto quiet = engine::attach(client, "c1");
  ASSERT_TRUE(quiet) << quiet.error().message;
  EXPECT_TRUE(fails_as(quiet->receive(50ms), ErrorCode::timeout));
  auto waiting = std::async(std::launch::async, [&] { return quiet->receive(20s); });
  quiet->shut_down();
  EXPECT_FALSE(waiting.get().value().has_value());
}
TEST_F(ContainersTest, AttachmentOfATty_IsUnframed) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected({{"Config", {{"Tty", true}}}}))))
      .expect("POST /containers/c1/attach", say("HTTP/1.1 101 UPGRADED\r\n\r\nplain words"));
  auto attached = engine::attach(engine.client(), "c1");
  ASSERT_TRUE(attached) << attached.error().message;
  EXPECT_EQ(attached->receive(5s).value().value().bytes, "plain words");
}
TEST_F(ContainersTest, AttachmentRefusedOrCutInItsHeader_IsAnError) {
  for (const auto* answer : {"HTTP/1.1 101 UPGRADED\r\nConnection", "", "hello\r\n\r\n"}) {
    engine.expect("GET /containers/c1/json", say(http(200, inspected())))
        .expect("POST /containers/c1/attach", cut_after(answer));
    EXPECT_TRUE(fails_as(engine::attach(engine.client(), "c1"), ErrorCode::protocol)) << answer;
  }
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("POST /containers/c1/attach", split(http(409, R"({"message":"is paused"})"), 5));
  EXPECT_TRUE(fails_as(engine::attach(engine.client(), "c1"), ErrorCode::conflict, "is paused"));
}

// --- point 19
TEST_F(ContainersTest, ClockOfTheEngine_IsComparedWithOurs) {
  const FakeClock clock;  // its wall clock stands at 1970
  engine.expect("GET /info", say(http(200, R"({"SystemTime":"1970-01-01T00:00:03.5+00:00"})")))
      .expect("GET /info", say(http(200, R"({"SystemTime":"noon"})")))
      .expect("GET /info", say(http(200, "{}")));
  const auto client = engine.client();
  const auto offset = engine::engine_clock_offset(client, clock);
  ASSERT_TRUE(offset) << offset.error().message;
  EXPECT_EQ(offset->offset, 3500ms);
  EXPECT_EQ(offset->uncertainty, 0ns);
  EXPECT_TRUE(fails_as(engine::engine_clock_offset(client, clock), ErrorCode::protocol, "noon"));
  EXPECT_TRUE(fails_as(engine::engine_clock_offset(client, clock), ErrorCode::protocol));
}

// --- point 21
TEST_F(ContainersTest, NetworkFaults_DisconnectAndReconnectWithTheSameAddress) {
  engine.expect("POST /networks/n1/disconnect", say(http(200, "")))
      .expect("POST /networks/n1/connect", say(http(200, "")));
  const auto client = engine.client();
  EXPECT_TRUE(engine::disconnect_network(client, "n1", "c1"));
  EXPECT_TRUE(engine::connect_network(client, "n1", "c1", "10.0.0.2"));
  const auto asked = engine.asked(2);
  EXPECT_EQ(json::parse(asked[0].body), json::parse(R"({"Container":"c1","Force":true})"));
  EXPECT_EQ(json::parse(asked[1].body)["EndpointConfig"]["IPAMConfig"]["IPv4Address"], "10.0.0.2");
}
TEST_F(ContainersTest, PauseUnpauseAndKill_AskWhatTheApiSays) {
  engine.expect("POST /containers/c1/pause", say(http(204, "")))
      .expect("POST /containers/c1/unpause", say(http(500, R"({"message":"cgroup"})")))
      .expect("POST /containers/c1/kill", say(http(409, R"({"message":"not running"})")));
  const auto client = engine.client();
  EXPECT_TRUE(engine::pause_container(client, "c1"));
  EXPECT_TRUE(fails_as(engine::unpause_container(client, "c1"), ErrorCode::engine, "cgroup"));
  EXPECT_TRUE(fails_as(engine::kill_container(client, "c1", "SIGKILL"), ErrorCode::conflict));
  EXPECT_EQ(engine.last().parameter("signal"), "SIGKILL");
}
TEST_F(ContainersTest, Update_SendsWhatIsGiven) {
  engine.expect("POST /containers/c1/update", say(http(200, R"({"Warnings":null})")));
  EXPECT_TRUE(engine::update_container(
      engine.client(), "c1",
      {.memory_bytes = 1'000, .cpu_quota_us = 5'000, .cpu_period_us = 10'000}));
  EXPECT_EQ(sent(),
            json::parse(R"({"Memory":1000,"MemorySwap":1000,"CpuQuota":5000,"CpuPeriod":10000})"));
}
TEST_F(ContainersTest, UpdateThatTheKernelDiscards_IsAnError) {
  engine.expect("POST /containers/c1/update",
                say(http(200, R"({"Warnings":["no pids cgroup. Limitation discarded."]})")));
  EXPECT_TRUE(fails_as(engine::update_container(engine.client(), "c1", {.pids_limit = 5}),
                       ErrorCode::unsupported, "discarded"));
}

// --- the rest of the API
TEST_F(ContainersTest, Processes_AreTheirCommandLines) {
  engine.expect(
      "GET /containers/c1/top",
      say(http(200, R"({"Titles":["PID","CMD"],"Processes":[["1","java"],["2","sh"]]})")));
  EXPECT_EQ(engine::container_processes(engine.client(), "c1").value(),
            (std::vector<std::string>{"java", "sh"}));
}
TEST_F(ContainersTest, Remove_TakesItsVolumesAndAnAbsentOneIsSuccess) {
  engine.expect("DELETE /containers/c1", say(http(404, "{}")))
      .expect("DELETE /networks/n1", say(http(404, "{}")))
      .expect("DELETE /volumes/v1", say(http(409, R"({"message":"volume is in use"})")));
  const auto client = engine.client();
  EXPECT_TRUE(engine::remove_container(client, "c1"));
  EXPECT_TRUE(engine::remove_network(client, "n1"));
  EXPECT_TRUE(fails_as(engine::remove_volume(client, "v1"), ErrorCode::conflict, "in use"));
  EXPECT_EQ(engine.asked()[0].parameter("v"), "1");
}
TEST_F(ContainersTest, TextThatIsNotUtf8_IsRefusedBeforeAnythingIsSent) {
  const auto client = engine.client();
  EXPECT_TRUE(fails_as(engine::create_container(client, {.image = "i", .environment = {"A=\xff"}}),
                       ErrorCode::config, "UTF-8"));
  EXPECT_TRUE(engine.asked().empty());
}

}  // namespace
}  // namespace bhsim::test
