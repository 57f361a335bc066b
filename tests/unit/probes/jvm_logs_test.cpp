// The JVM's own lines, as OpenJDK 17 wrote them (samples/: real logs, shortened).

#include "framework/probes/jvm_logs.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/base/files.hpp"

namespace bhsim::probes {
namespace {

std::vector<std::string> lines_of(const std::string& sample) {
  const auto text = read_file(Path(BHSIM_SOURCE_DIR) / "tests/unit/probes/samples" / sample);
  EXPECT_TRUE(text) << sample;
  std::vector<std::string> lines;
  std::string line;
  for (const char c : text.value_or("")) {
    if (c != '\n') {
      line += c;
      continue;
    }
    lines.push_back(std::exchange(line, {}));
  }
  return lines;
}

std::vector<history::GcPause> pauses_of(const std::string& sample) {
  std::vector<history::GcPause> pauses;
  for (const auto& line : lines_of(sample))
    if (auto pause = parse_gc_line(line)) pauses.push_back(std::move(*pause));
  return pauses;
}

TEST(GcLog, G1_EveryPauseOnce_WithKindCauseAndFigures) {
  const auto pauses = pauses_of("g1.log");
  ASSERT_EQ(pauses.size(), 7U);
  const auto& full = pauses[0];
  EXPECT_EQ(to_ns(full.t), 4241171120509);
  EXPECT_EQ(full.id, 0);
  EXPECT_EQ(full.kind, "Pause Full");
  EXPECT_EQ(full.cause, "System.gc()");
  EXPECT_EQ(full.before_bytes, 2 << 20);
  EXPECT_EQ(full.after_bytes, 1 << 20);
  EXPECT_EQ(full.capacity_bytes, 10 << 20);
  EXPECT_EQ(full.pause, Nanos(3'164'000));
  const auto& young = pauses[1];
  EXPECT_EQ(young.kind, "Pause Young (Normal)");
  EXPECT_EQ(young.cause, "G1 Evacuation Pause");
}

TEST(GcLog, OnlyADiagnosticCommand_IsForced) {
  const auto pauses = pauses_of("g1.log");
  ASSERT_EQ(pauses.size(), 7U);
  for (std::size_t i = 0; i + 1 < pauses.size(); ++i) EXPECT_FALSE(pauses[i].forced) << i;
  EXPECT_TRUE(pauses.back().forced);
  EXPECT_EQ(pauses.back().cause, "Diagnostic Command");
}

TEST(GcLog, PauseWithoutCause_HasNone) {
  const auto pause = parse_gc_line("[5ns][info][gc] GC(3) Pause Remark 9M->9M(19M) 0.350ms");
  ASSERT_TRUE(pause);
  EXPECT_EQ(pause->kind, "Pause Remark");
  EXPECT_EQ(pause->cause, "");
}

TEST(GcLog, SerialAndParallel_AreReadLikeG1) {
  const auto serial = pauses_of("serial.log");
  ASSERT_EQ(serial.size(), 4U);
  EXPECT_EQ(serial[1].kind, "Pause Young");
  EXPECT_EQ(serial[1].cause, "Allocation Failure");
  EXPECT_EQ(pauses_of("parallel.log").size(), 2U);
}

TEST(GcLog, CollectorsBesideTheApplication_GivePausesWithoutFigures) {
  const auto z = pauses_of("zgc.log");
  ASSERT_EQ(z.size(), 3U);
  EXPECT_EQ(z[0].kind, "Pause Mark Start");
  EXPECT_EQ(z[0].pause, Nanos(12'000));
  EXPECT_EQ(z[0].capacity_bytes, 0);
  const auto shenandoah = pauses_of("shenandoah.log");
  ASSERT_EQ(shenandoah.size(), 2U);
  EXPECT_EQ(shenandoah[1].kind, "Pause Final Mark");
}

TEST(GcLog, LineCutAnywhere_IsNoPauseAndNoCrash) {
  const std::string line =
      "[4241174130371ns][info][gc             ] GC(1) Pause Young (Normal) (G1 Evacuation Pause) "
      "3M->3M(10M) 1.760ms";
  ASSERT_TRUE(parse_gc_line(line));
  for (std::size_t length = 0; length < line.size(); ++length)
    EXPECT_FALSE(parse_gc_line(line.substr(0, length))) << line.substr(0, length);
}

TEST(GcLog, LineDamagedAnywhere_NeverCrashes) {
  const std::string line =
      "[4241174130371ns][info][gc] GC(1) Pause Young (Normal) (G1 Evacuation Pause) 3M->3M(10M) "
      "1.760ms";
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (const char c : {'\0', ' ', '(', ')', '9', '-', '\xff'}) {
      auto damaged = line;
      damaged[at] = c;
      (void)parse_gc_line(damaged);
      (void)parse_redefine_line(damaged);
    }
  }
}

TEST(GcLog, OtherDecorations_AreNoPauses) {
  EXPECT_FALSE(
      parse_gc_line("[1.2s][info][gc] GC(7) Pause Young (Normal) (x) 24M->5M(256M) 3.4ms"));
  EXPECT_FALSE(parse_gc_line("GC(7) Pause Young (Normal) (x) 24M->5M(256M) 3.4ms"));
}

TEST(RedefineLog, EachRefusalAndSuccess_IsARow) {
  std::vector<history::Redefinition> rows;
  for (const auto& line : lines_of("redefine.log"))
    if (auto row = parse_redefine_line(line)) rows.push_back(std::move(*row));
  struct Expected {
    std::string class_name, detail;
    bool ok;
  };
  const std::vector<Expected> expected{
      {"PricingService", "", true},
      {"com.example.orders.OrderPolicy", "", true},
      {"", "java.lang.ClassFormatError", false},
      {"", "java.lang.ClassFormatError", false},
      {"", "java.lang.UnsupportedClassVersionError", false},
      {"", "java.lang.NoClassDefFoundError", false},
      {"PricingService", "methods error: added method: PricingService.more()I [2]", false},
      {"PricingService", "fields change error: some fields were added.", false},
      {"", "java.lang.VerifyError", false},
      {"PricingService", "", true},
      {"com.example.orders.OrderPolicy", "", true},
  };
  ASSERT_EQ(rows.size(), expected.size());  // java.util.ArrayList is the JDK's own affair
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].class_name, expected[i].class_name) << i;
    EXPECT_EQ(rows[i].detail, expected[i].detail) << i;
    EXPECT_EQ(rows[i].ok, expected[i].ok) << i;
  }
  EXPECT_EQ(to_ns(rows[0].t), 4241161949248);
}

TEST(ClassHistogram, TheTotal_IsTheBytesOfAllObjects) {
  EXPECT_EQ(
      parse_histogram_bytes(" num     #instances         #bytes  class name (module)\n"
                            "-------------------------------------------------------\n"
                            "   1:         21418        2025448  [B (java.base@17.0.15)\n"
                            "   2:             9            144  Total (the application's own)\n"
                            "Total        123456        7890123\n"),
      7890123);
}

TEST(ClassHistogram, NoTotal_IsNothing) {
  EXPECT_FALSE(parse_histogram_bytes(""));
  EXPECT_FALSE(
      parse_histogram_bytes("java.lang.IllegalArgumentException: Unknown diagnostic command"));
  EXPECT_FALSE(parse_histogram_bytes("\nTotal   what 12\n"));
  EXPECT_FALSE(parse_histogram_bytes("\nTotal   12\n"));
  EXPECT_FALSE(parse_histogram_bytes("\nTotal   12 34K\n"));
  EXPECT_FALSE(parse_histogram_bytes("\nTotal  "));
}

}  // namespace
}  // namespace bhsim::probes
