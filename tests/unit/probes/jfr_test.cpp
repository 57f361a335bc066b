// Flight recordings: chunks of our own making, and what damage does to them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "framework/probes/jfr_costs.hpp"
#include "framework/probes/jfr_count.hpp"
#include "tests/support/jfr_builder.hpp"

namespace bhsim::probes::jfr {
namespace {

using test::jfr_integer;
using test::jfr_text;
using test::JfrBuilder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kStart = 1'764'000'000'000'000'000;
constexpr std::int64_t kMs = 1'000'000;
enum : std::int64_t {
  kLong = 100,
  kString,
  kBoolean,
  kInt,
  kSymbol,
  kClass,
  kMethod,
  kFrame,
  kStack,
  kThread,
  kOperation,
  kSample,
  kAllocation,
  kPause,
  kVmOperation,
  kStatistics
};

// The types that costs are made of, as JDK 17 describes them, with fewer fields; a class, a method
// and a stack have the key of the number that they are given.
class Recorded : public JfrBuilder {
 public:
  explicit Recorded(std::int64_t start_ns = kStart) : JfrBuilder(start_ns) {
    type(kLong, "long");
    type(kInt, "int");
    type(kBoolean, "boolean");
    type(kString, "java.lang.String");
    type(kSymbol, "jdk.types.Symbol", {{"string", kString}});
    type(kClass, "java.lang.Class", {{"name", kSymbol, true}});
    type(kMethod, "jdk.types.Method", {{"type", kClass, true}, {"name", kSymbol, true}});
    type(kFrame, "jdk.types.StackFrame", {{"method", kMethod, true}, {"lineNumber", kInt}});
    type(kStack, "jdk.types.StackTrace",
         {{"truncated", kBoolean}, {"frames", kFrame, false, true}});
    type(kThread, "java.lang.Thread", {{"javaName", kString}});
    type(kOperation, "jdk.types.VMOperationType", {{"type", kString}});
    type(kSample, "jdk.ExecutionSample",
         {{"startTime", kLong}, {"sampledThread", kThread, true}, {"stackTrace", kStack, true}});
    type(kAllocation, "jdk.ObjectAllocationSample",
         {{"startTime", kLong},
          {"eventThread", kThread, true},
          {"stackTrace", kStack, true},
          {"objectClass", kClass, true},
          {"weight", kLong}});
    type(kPause, "jdk.GCPhasePause",
         {{"startTime", kLong}, {"duration", kLong}, {"gcId", kInt}, {"name", kString}});
    type(kVmOperation, "jdk.ExecuteVMOperation",
         {{"startTime", kLong},
          {"duration", kLong},
          {"operation", kOperation, true},
          {"safepoint", kBoolean},
          {"caller", kThread, true}});
    type(kStatistics, "jdk.ThreadAllocationStatistics",
         {{"startTime", kLong}, {"allocated", kLong}, {"thread", kThread, true}});
    constant(kThread, 1, jfr_text("http-worker-1"));
    constant(kThread, 2, jfr_text("bhsim-agent-watch"));
    constant(kOperation, 1, jfr_text("RedefineClasses"));
    constant(kOperation, 2, jfr_text("PrintThreads"));
    klass(1, "com/example/Orders");
    klass(2, "java/util/Arrays");
    klass(3, "[B");
    method(1, 1, "read");
    method(2, 2, "copyOf");
    method(3, 1, "write");
  }

  void klass(std::int64_t key, std::string_view name) {
    constant(kSymbol, 1000 + key, jfr_text(name));
    constant(kClass, key, jfr_integer(1000 + key));
  }
  void method(std::int64_t key, std::int64_t of, std::string_view name) {
    constant(kSymbol, 2000 + key, jfr_text(name));
    constant(kMethod, key, jfr_integer(of) + jfr_integer(2000 + key));
  }
  // Innermost first; each in line 7.
  void stack(std::int64_t key, std::initializer_list<std::int64_t> methods) {
    std::string frames;
    for (const auto one : methods) frames += jfr_integer(one) + jfr_integer(7);
    constant(kStack, key,
             std::string(1, '\0') + jfr_integer(std::int64_t(methods.size())) + frames);
  }
  void sample(std::int64_t thread, std::int64_t stack, std::int64_t ticks = 0) {
    event(kSample, jfr_integer(ticks) + jfr_integer(thread) + jfr_integer(stack));
  }
  void allocation(std::int64_t thread, std::int64_t stack, std::int64_t of, std::int64_t bytes) {
    event(kAllocation, jfr_integer(0) + jfr_integer(thread) + jfr_integer(stack) + jfr_integer(of) +
                           jfr_integer(bytes));
  }
  void pause(std::int64_t ticks, std::int64_t length) {
    event(kPause, jfr_integer(ticks) + jfr_integer(length) + jfr_integer(4) + jfr_text("GC Pause"));
  }
  void vm_operation(std::int64_t ticks, std::int64_t length, bool safepoint,
                    std::int64_t operation = 1) {
    event(kVmOperation, jfr_integer(ticks) + jfr_integer(length) + jfr_integer(operation) +
                            std::string(1, safepoint ? '\1' : '\0') + jfr_integer(2));
  }
  void statistics(std::int64_t ticks, std::int64_t thread, std::int64_t bytes) {
    event(kStatistics, jfr_integer(ticks) + jfr_integer(bytes) + jfr_integer(thread));
  }
};

class JfrTest : public ::testing::Test {
 protected:
  FileReport read(const std::string& bytes, const std::string& life = "1") {
    const auto file = folder_->path() / "recording.jfr";
    EXPECT_TRUE(write_file(file, bytes));
    return costs_.read(file, life);
  }
  std::vector<Dear> dearest(const std::string& kind) {
    auto all = costs_.dearest(50);
    return all.contains(kind) ? all[kind] : std::vector<Dear>();
  }

  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-jfr");
  Costs costs_{"bhsim-agent"};
};

TEST_F(JfrTest, Samples_AreCountedByTheMethodThatRan_WithTheirStackAndTheAgentsShare) {
  Recorded recorded;
  recorded.stack(1, {2, 1});
  recorded.stack(2, {3});
  for (int i = 0; i < 3; ++i) recorded.sample(1, 1);
  recorded.sample(2, 2);
  const auto report = read(recorded.build());
  EXPECT_EQ(report.trouble, "");
  EXPECT_TRUE(report.whole);
  EXPECT_EQ(report.events, 4);
  const auto cpu = dearest("cpu");
  ASSERT_EQ(cpu.size(), 2U);
  EXPECT_EQ(cpu[0].what, "java.util.Arrays.copyOf");
  EXPECT_EQ(cpu[0].stack, "java.util.Arrays.copyOf:7\ncom.example.Orders.read:7");
  EXPECT_EQ(cpu[0].samples, 3);
  EXPECT_EQ(cpu[0].agent_samples, 0);
  EXPECT_DOUBLE_EQ(cpu[0].share, 0.75);
  EXPECT_EQ(cpu[1].what, "com.example.Orders.write");
  EXPECT_EQ(cpu[1].agent_samples, 1);
}

// Classes of a JRE without debug information have no lines: -1, of 32 bits.
TEST_F(JfrTest, FramesWithoutALine_HaveNone) {
  Recorded recorded;
  recorded.constant(
      kStack, 1, std::string(1, '\0') + jfr_integer(1) + jfr_integer(1) + jfr_integer(0xffffffff));
  recorded.sample(1, 1);
  read(recorded.build());
  ASSERT_EQ(dearest("cpu").size(), 1U);
  EXPECT_EQ(dearest("cpu")[0].stack, "com.example.Orders.read");
}

TEST_F(JfrTest, Allocations_AreNamedByClassAndTheFirstMethodOutsideTheJdk) {
  Recorded recorded;
  recorded.stack(1, {2, 1});
  recorded.allocation(1, 1, 3, 1'000);
  recorded.allocation(1, 1, 3, 2'000);
  read(recorded.build());
  const auto allocation = dearest("allocation");
  ASSERT_EQ(allocation.size(), 1U);
  EXPECT_EQ(allocation[0].what, "byte[] in com.example.Orders.read");
  EXPECT_DOUBLE_EQ(allocation[0].weight, 3'000);
  EXPECT_EQ(allocation[0].samples, 2);
}

TEST_F(JfrTest, Pauses_AreTheCollectorsAndTheJvmsOwn_NotTheSameTwice) {
  Recorded recorded;
  recorded.pause(100 * kMs, 5 * kMs);
  recorded.vm_operation(99 * kMs, 7 * kMs, true);  // the collection, as an operation
  recorded.vm_operation(200 * kMs, 9 * kMs, true);
  recorded.vm_operation(300 * kMs, 50 * kMs, false);  // nothing stands still in it
  read(recorded.build());
  const auto pauses = dearest("pause");
  ASSERT_EQ(pauses.size(), 2U);
  EXPECT_EQ(pauses[0].what, "JVM operation RedefineClasses");
  EXPECT_EQ(pauses[0].agent_samples, 1);
  EXPECT_EQ(pauses[0].t, wall_from_ns(kStart + 200 * kMs));
  EXPECT_DOUBLE_EQ(pauses[0].weight, 9 * kMs);
  EXPECT_EQ(pauses[1].what, "GC Pause");
}

TEST_F(JfrTest, PausesThatBhsimAsksFor_AreNoCostOfTheApplication) {
  Recorded recorded;
  recorded.vm_operation(0, 5 * kMs, true, 2);
  recorded.vm_operation(10 * kMs, kMs, true);
  read(recorded.build());
  const auto pauses = dearest("pause");
  ASSERT_EQ(pauses.size(), 1U);
  EXPECT_DOUBLE_EQ(pauses[0].share, 1);
}

TEST_F(JfrTest, AllocatedBytes_AddUpOverThreadsThatEndAndJvmsThatFollow) {
  Recorded first;
  first.statistics(1'000 * kMs, 1, 500);
  first.statistics(1'003 * kMs, 2, 30);
  first.statistics(2'000 * kMs, 2, 90);  // thread 1 has ended
  read(first.build(), "1");
  Recorded second(kStart + 60'000 * kMs);
  second.statistics(0, 1, 10);
  read(second.build(), "2");
  const auto& allocated = costs_.allocated();
  ASSERT_EQ(allocated.size(), 3U);
  EXPECT_EQ(allocated[0].bytes, 530);
  EXPECT_EQ(allocated[0].agent_bytes, 30);
  EXPECT_EQ(allocated[1].bytes, 590);
  EXPECT_EQ(allocated[1].agent_bytes, 90);
  EXPECT_EQ(allocated[1].t, wall_from_ns(kStart + 2'000 * kMs));
  EXPECT_EQ(allocated[2].bytes, 600);
}

TEST_F(JfrTest, SeveralChunks_AreReadOneAfterTheOther_EachOnce) {
  Recorded first, second(kStart + kMs);
  for (auto* one : {&first, &second}) {
    one->stack(1, {1});
    one->sample(1, 1, 10 * kMs);
  }
  const auto both = first.build() + second.build();
  EXPECT_EQ(read(both).chunks, 2);
  EXPECT_EQ(read(both).to, wall_from_ns(kStart + 11 * kMs));
  ASSERT_EQ(dearest("cpu").size(), 1U);
  EXPECT_EQ(dearest("cpu")[0].samples, 2);
}

TEST_F(JfrTest, OnlyTheDearest_AreKept_WithTheirShareOfAll) {
  Recorded recorded;
  for (std::int64_t i = 10; i < 30; ++i) {
    recorded.method(i, 1, "m" + std::to_string(i));
    recorded.stack(i, {i});
    recorded.sample(1, i);
  }
  recorded.sample(1, 29);
  read(recorded.build());
  const auto two = costs_.dearest(2)["cpu"];
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].what, "com.example.Orders.m29");
  EXPECT_DOUBLE_EQ(two[0].share, 2.0 / 21);
  EXPECT_EQ(two[1].what, "com.example.Orders.m10");
}

TEST_F(JfrTest, ARecordingThatIsCutShort_IsReadAsFarAsItGoes) {
  Recorded first, second(kStart + kMs);
  first.stack(1, {1});
  first.sample(1, 1);
  const auto cut = first.build() + second.build().substr(0, 200);
  const auto report = read(cut);
  EXPECT_FALSE(report.whole);
  EXPECT_THAT(report.trouble, HasSubstr("before the description"));
  EXPECT_EQ(report.chunks, 1);
  EXPECT_EQ(dearest("cpu").size(), 1U);
}

TEST_F(JfrTest, WhatIsNoRecording_IsSaid) {
  EXPECT_THAT(read("this is no recording").trouble, HasSubstr("does not begin"));
  EXPECT_THAT(read("FLR").trouble, HasSubstr("does not begin"));
  EXPECT_THAT(read(Recorded().build().substr(0, 20)).trouble, HasSubstr("inside the header"));
  EXPECT_THAT(read("").trouble, HasSubstr("empty"));
  EXPECT_THAT(costs_.read(folder_->path() / "none-such", "1").trouble, HasSubstr("opened"));
  EXPECT_THAT(costs_.dearest(50), IsEmpty());
}

TEST_F(JfrTest, AnotherFormat_IsRefusedByName) {
  auto bytes = Recorded().build();
  bytes[5] = 1;
  EXPECT_THAT(read(bytes).trouble, HasSubstr("of format 1"));
}

// A type that is made of itself would be read for ever.
TEST_F(JfrTest, TypesWithoutEnd_AreNotFollowed) {
  Recorded recorded;
  recorded.type(500, "jdk.Endless", {{"a", 500}, {"b", 500}, {"c", 500}, {"d", 500}});
  recorded.type(501, "jdk.ThreadAllocationStatistics2", {{"x", 500, false, true}});
  recorded.constant(500, 1, "");
  recorded.event(501, jfr_integer(3) + "abc");
  const auto bytes = recorded.build();
  const auto chunk = Chunk::parse(bytes);
  ASSERT_TRUE(chunk) << chunk.error().message;
  int read = 0;
  chunk->each(*chunk->type("jdk.ThreadAllocationStatistics2"), [&](const Values&) { ++read; });
  EXPECT_EQ(read, 0);
}

// The bytes that somebody has changed give another answer or none, and no crash.
TEST_F(JfrTest, DamagedBytes_NeverDoHarm) {
  Recorded recorded;
  recorded.stack(1, {2, 1});
  recorded.sample(1, 1);
  recorded.allocation(1, 1, 3, 1'000);
  recorded.pause(1, 2);
  recorded.statistics(1, 1, 2);
  const auto bytes = recorded.build();
  std::mt19937 random(7);
  for (int round = 0; round < 2'000; ++round) {
    auto damaged = bytes;
    for (int i = 0; i < 1 + round % 4; ++i)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto chunk = Chunk::parse(damaged);
    if (!chunk) continue;
    for (const auto* name : {"jdk.ExecutionSample", "jdk.ObjectAllocationSample"})
      if (const auto* type = chunk->type(name); type != nullptr)
        chunk->each(*type, [&](const Values& values) {
          for (const auto& value : values)
            static_cast<void>(chunk->constant(kStack, value.number()));
        });
  }
}

TEST(JfrCount, Events_AreCountedInAllChunks) {
  Recorded first, second(kStart + kMs);
  first.pause(1, 2);
  first.statistics(1, 1, 2);
  second.pause(3, 4);
  const auto counts = count_events(first.build() + second.build(),
                                   {"jdk.GCPhasePause", "jdk.ExecutionSample", "com.example.Swap"});
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->at("jdk.GCPhasePause"), 2);
  EXPECT_EQ(counts->at("jdk.ExecutionSample"), 0);
  EXPECT_EQ(counts->at("com.example.Swap"), 0) << "of a kind that it does not know";
}

TEST(JfrCount, OfWhatIsNoWholeRecording_IsAnError) {
  Recorded recorded;
  recorded.pause(1, 2);
  const auto bytes = recorded.build();
  EXPECT_FALSE(count_events("", {"jdk.GCPhasePause"}));
  EXPECT_FALSE(count_events("no recording", {"jdk.GCPhasePause"}));
  EXPECT_FALSE(count_events(bytes.substr(0, bytes.size() - 1), {"jdk.GCPhasePause"}));
  EXPECT_FALSE(count_events(bytes + bytes.substr(0, 100), {"jdk.GCPhasePause"}));
}

TEST(JfrIntegers, OfEverySize_AreReadAsTheyWereWritten) {
  for (const std::int64_t number :
       {std::int64_t{0}, std::int64_t{127}, std::int64_t{128}, std::int64_t{1} << 55,
        std::int64_t{1} << 56, std::int64_t{INT64_MAX}, std::int64_t{-1}}) {
    const auto bytes = jfr_integer(number);
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.integer(), number);
    EXPECT_EQ(cursor.left(), 0U);
  }
}

}  // namespace
}  // namespace bhsim::probes::jfr
