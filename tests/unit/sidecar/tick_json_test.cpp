#include "framework/sidecar/tick_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bhsim::sidecar {
namespace {

using nlohmann::json;

const json kTick = json::parse(R"({"t":5000000000,"missed":2,
  "process":{"threads":9,"rss":1000,"descriptors":7,"cpu_threads":300,"cpu_agent":20,"cpu_process":310,"agent_threads":1},
  "jvm":{"heap_used":1,"heap_committed":2,"metaspace_used":3,"classes_loaded":4,"classes_unloaded":5,"gc_count":6,
         "gc_time":7,"safepoint_time":8,"safepoints":9}})");

TEST(TickJson, WholeTick_IsRead) {
  const auto tick = parse_tick(kTick);
  ASSERT_TRUE(tick && tick->process && tick->jvm);
  EXPECT_EQ(to_ns(tick->t), 5'000'000'000);
  EXPECT_EQ(tick->missed, 2);
  EXPECT_EQ(tick->process->descriptors, 7);
  EXPECT_EQ(tick->process->cpu_agent, Nanos(20));
  EXPECT_EQ(tick->jvm->safepoint_time, Nanos(8));
}

TEST(TickJson, ProcessThatIsGone_IsNothing) {
  json line = kTick;
  line["process"] = nullptr;
  line["jvm"] = nullptr;
  const auto tick = parse_tick(line);
  ASSERT_TRUE(tick);
  EXPECT_FALSE(tick->process);
  EXPECT_FALSE(tick->jvm);
}

TEST(TickJson, DescriptorsThatMayNotBeSeen_AreAbsentAlone) {
  json line = kTick;
  line["process"].erase("descriptors");
  const auto tick = parse_tick(line);
  ASSERT_TRUE(tick && tick->process);
  EXPECT_FALSE(tick->process->descriptors);
}

TEST(TickJson, PartThatLacksAFigure_IsNothing) {
  json line = kTick;
  line["process"].erase("rss");
  line["jvm"]["gc_time"] = "long";
  const auto tick = parse_tick(line);
  ASSERT_TRUE(tick);
  EXPECT_FALSE(tick->process);
  EXPECT_FALSE(tick->jvm);
}

TEST(TickJson, LineThatIsNoTick_IsNothing) {
  for (const char* text : {"[]", "1", "null", "{}", R"({"t":"now","missed":0})"}) {
    EXPECT_FALSE(parse_tick(json::parse(text))) << text;
  }
}

}  // namespace
}  // namespace bhsim::sidecar
