// Points 6 and 7: events and stats.

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::test {
namespace {

using engine::ContainerStats;
using engine::Event;

struct EventsTest : EngineTest {
  // Until the engine ends the stream.
  Result<void> follow(std::vector<Event>& events, std::int64_t since = 0) {
    const auto client = engine.client();
    return engine::follow_events(client, "bhsim.run=r1", since,
                                 [&](const Event& event) { events.push_back(event); }, {});
  }
  void engine_says(const std::string& lines, std::size_t piece = 7) {
    engine.expect("GET /events",
                  split(chunked_head() + chunk(lines) + std::string(kLastChunk), piece));
  }
  std::vector<Event> events;
};

TEST_F(EventsTest, OldAndNewAnswers_SayTheSame) {
  const json common{{"Type", "container"},
                    {"Action", "die"},
                    {"Actor", {{"ID", "c1"}, {"Attributes", {{"exitCode", "137"}}}}},
                    {"time", 1'700'000'000},
                    {"timeNano", 1'700'000'000'123'456'789}};
  json old = common;  // as engines before API 1.52 say it
  old.update(json{{"status", "die"}, {"id", "c1"}, {"from", "image"}});
  engine_says(old.dump() + "\n" + common.dump() + "\n");
  EXPECT_TRUE(fails_as(follow(events), ErrorCode::engine, "ended the stream"));
  ASSERT_EQ(events.size(), 2U);
  for (const auto& event : events) {
    EXPECT_EQ(event.type, "container");
    EXPECT_EQ(event.action, "die");
    EXPECT_EQ(event.id, "c1");
    EXPECT_EQ(event.attributes.at("exitCode"), "137");
    EXPECT_EQ(event.time_ns, 1'700'000'000'123'456'789);
  }
}
TEST_F(EventsTest, SuffixOfAnAction_IsKept) {
  engine_says(R"({"Type":"container","Action":"health_status: unhealthy"})"
              "\n"
              R"({"Type":"container","Action":"exec_start: /bin/sh -c x"})");
  EXPECT_FALSE(follow(events));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].action, "health_status: unhealthy");
  EXPECT_EQ(events[1].action, "exec_start: /bin/sh -c x");
}
TEST_F(EventsTest, PodmansHealthEvents_ComeOnceAProbe) {
  const std::string one = R"({"Type":"container","Action":"health_status","time":5})";
  engine_says(one + "\n" + one + "\n");
  EXPECT_FALSE(follow(events));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].time_ns, 5'000'000'000);
}
TEST_F(EventsTest, Reconnect_AsksSinceThen) {
  engine_says("");
  EXPECT_FALSE(follow(events, 1'700'000'000'000'000'001));
  const auto asked = engine.last();
  EXPECT_EQ(asked.parameter("since"), "1700000000.000000001");
  EXPECT_EQ(asked.parameter("filters"), R"({"label":["bhsim.run=r1"]})");
}
TEST_F(EventsTest, FirstTime_AsksFromNow) {
  engine_says("");
  EXPECT_FALSE(follow(events));
  EXPECT_EQ(engine.last().parameter("since"), std::nullopt);
}
TEST_F(EventsTest, WrongEvents_AreErrorsAndNotLeftOut) {
  for (const auto* wrong :
       {"{", "7", R"({"Type":7})", R"({"Type":"container"})",
        R"({"Type":"a","Action":"b","Actor":[]})", R"({"Type":"a","Action":"b","timeNano":1.5})"}) {
    engine_says(wrong);
    EXPECT_TRUE(fails_as(follow(events), ErrorCode::protocol, "follow the engine's events"))
        << wrong;
  }
  EXPECT_TRUE(events.empty());
}
TEST_F(EventsTest, LineWithoutEnd_IsAnError) {
  engine_says(std::string(5U << 20U, ' '), 1U << 20U);
  EXPECT_TRUE(fails_as(follow(events), ErrorCode::protocol, "longer than"));
}
TEST_F(EventsTest, StoppedStream_EndsInOrder) {
  engine.expect("GET /events", then(say(chunked_head()), silent()));
  const auto client = engine.client();
  std::stop_source stop;
  std::jthread stopper([&] {
    engine.asked(1);
    stop.request_stop();
  });
  EXPECT_TRUE(engine::follow_events(
      client, "l", 0, [](const Event&) {}, stop.get_token()));
}

json sample_v1() {
  return {
      {"read", "2026-11-26T01:00:00.5Z"},
      {"cpu_stats",
       {{"cpu_usage", {{"total_usage", 5'000}, {"percpu_usage", {3'000, 2'000}}}},
        {"throttling_data", {{"periods", 9}, {"throttled_periods", 2}, {"throttled_time", 7}}}}},
      {"precpu_stats", {{"cpu_usage", {{"total_usage", 4'000}}}}},
      {"memory_stats",
       {{"usage", 1'000},
        {"max_usage", 2'000},
        {"limit", 4'096},
        {"failcnt", 3},
        {"stats", {{"inactive_file", 1}, {"total_inactive_file", 400}, {"total_pgpgin", 70}}}}},
      {"pids_stats", {{"current", 17}}},
      {"networks",
       {{"eth0", {{"rx_bytes", 10}, {"tx_bytes", 20}}},
        {"eth1", {{"rx_bytes", 1}, {"tx_bytes", 2}}}}}};
}

TEST(Stats, CgroupV1_UsedIsWithoutInactiveFilePages) {
  const auto stats = engine::parse_stats(sample_v1());
  ASSERT_TRUE(stats && *stats);
  EXPECT_EQ((*stats)->cpu_ns, 5'000U);
  EXPECT_EQ((*stats)->memory_usage, 1'000U);
  EXPECT_EQ((*stats)->memory_used, 600U);
  EXPECT_EQ((*stats)->memory_failures, 3U);
  EXPECT_EQ((*stats)->memory_pages, 70U);
  EXPECT_EQ((*stats)->pids, 17U);
  EXPECT_EQ((*stats)->received_bytes, 11U);
  EXPECT_EQ((*stats)->sent_bytes, 22U);
  EXPECT_EQ((*stats)->throttled_ns, 7U);
}
TEST(Stats, CgroupV2_HasOtherNamesAndNoFailures) {
  json sample = sample_v1();
  sample["memory_stats"] = {
      {"usage", 1'000}, {"limit", 4'096}, {"stats", {{"inactive_file", 300}, {"anon", 5}}}};
  sample["cpu_stats"]["cpu_usage"].erase("percpu_usage");
  const auto stats = engine::parse_stats(sample);
  ASSERT_TRUE(stats && *stats);
  EXPECT_EQ((*stats)->memory_used, 700U);
  EXPECT_EQ((*stats)->memory_failures, std::nullopt);  // unknown, not zero
  EXPECT_EQ((*stats)->memory_pages, std::nullopt);
}
TEST(Stats, InactiveFilesAboveUsage_LeaveNothingUsed) {
  json sample = sample_v1();
  sample["memory_stats"]["stats"]["total_inactive_file"] = 5'000;
  EXPECT_EQ((*engine::parse_stats(sample))->memory_used, 0U);
}
TEST(Stats, CountersBeyondADouble_AreExact) {
  json sample = sample_v1();
  const std::uint64_t large = 18'446'744'073'709'551'615U;
  sample["cpu_stats"]["cpu_usage"]["total_usage"] = large;
  sample["memory_stats"]["limit"] = 9'007'199'254'740'993U;  // 2^53 + 1
  const auto stats = engine::parse_stats(json::parse(sample.dump()));
  ASSERT_TRUE(stats && *stats);
  EXPECT_EQ((*stats)->cpu_ns, large);
  EXPECT_EQ((*stats)->memory_limit, 9'007'199'254'740'993U);
}
TEST(Stats, CounterBeyond64BitsOrBelowZero_IsAnError) {
  for (const auto* wrong : {"18446744073709551616", "-1", "1.5", "\"7\"", "[]"}) {
    const auto sample = json::parse(fmt::format(
        R"({{"cpu_stats":{{"cpu_usage":{{"total_usage":{}}}}},"memory_stats":{{"usage":1}}}})",
        wrong));
    EXPECT_TRUE(fails_as(engine::parse_stats(sample), ErrorCode::protocol,
                         "cpu_stats.cpu_usage.total_usage"))
        << wrong;
  }
}

struct StatsTest : EngineTest {
  Result<void> follow() {
    const auto client = engine.client();
    return engine::follow_stats(client, "c1",
                                [&](const ContainerStats& stats) {
                                  samples.push_back(stats);
                                  return true;
                                },
                                {});
  }
  std::vector<ContainerStats> samples;
};

TEST_F(StatsTest, FirstSampleWithoutPrecpu_Counts) {
  json first = sample_v1();
  first["precpu_stats"] = {{"cpu_usage", {{"total_usage", 0}}}};
  json without = sample_v1();
  without.erase("precpu_stats");
  engine.expect("GET /containers/c1/stats",
                split(chunked_head() + chunk(first.dump() + "\n" + without.dump() + "\n") +
                          std::string(kLastChunk),
                      11));
  ASSERT_TRUE(follow());
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].cpu_ns, 5'000U);
}
TEST_F(StatsTest, StoppedContainer_GivesNoSamplesAndNoError) {
  // As 20.10 answers for a container that has ended.
  const json stopped{{"read", "0001-01-01T00:00:00Z"},
                     {"cpu_stats", {{"cpu_usage", {{"total_usage", 0}}}}},
                     {"memory_stats", json::object()}};
  engine.expect("GET /containers/c1/stats", say(http(200, "{}\n" + stopped.dump() + "\n")))
      .expect("GET /containers/c1/stats", say(http(200, "{}")));
  EXPECT_TRUE(follow());
  EXPECT_TRUE(samples.empty());
  const auto one = engine::container_stats(engine.client(), "c1");
  ASSERT_TRUE(one) << one.error().message;
  EXPECT_FALSE(one->has_value());
}
TEST_F(StatsTest, SampleCutInItsMiddle_IsAnError) {
  const std::string line = sample_v1().dump();
  engine.expect("GET /containers/c1/stats", say(http(200, line.substr(0, line.size() / 2))));
  EXPECT_TRUE(fails_as(follow(), ErrorCode::protocol, "follow the stats of c1"));
  EXPECT_TRUE(samples.empty());
}
TEST_F(StatsTest, OneSample_IsAskedForWithoutWaiting) {
  engine.expect("GET /containers/c1/stats", say(http(200, sample_v1().dump())));
  const auto one = engine::container_stats(engine.client(), "c1");
  ASSERT_TRUE(one && *one);
  const auto asked = engine.last();
  EXPECT_EQ(asked.parameter("stream"), "0");
  EXPECT_EQ(asked.parameter("one-shot"), "1");
}

}  // namespace
}  // namespace bhsim::test
