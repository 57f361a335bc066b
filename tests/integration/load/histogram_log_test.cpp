// What bhsim writes as a HdrHistogram log, read by the library whose format it is: HdrHistogram for
// Java (Debian package libhdrhistogram-java), through java/ReadLog.java.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/base/files.hpp"
#include "framework/load/command.hpp"
#include "framework/load/histogram.hpp"
#include "framework/load/random.hpp"
#include "test_server.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::load {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// As Java reads them. Values are nanoseconds.
struct ReadBucket {
  std::int64_t lowest = 0, highest = 0;
  std::uint64_t count = 0;
};
struct ReadInterval {
  std::int64_t start_ms = 0, end_ms = 0;
  std::string tag;
  std::uint64_t count = 0;
  std::int64_t min = 0, max = 0;
  double mean = 0;
  std::vector<ReadBucket> buckets;
};

class HistogramLogInJava : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::string_view(BHSIM_HDRHISTOGRAM_JAR).ends_with("NOTFOUND")) return;
    FAIL() << "hdrhistogram.jar was not there when CMake configured this tree: apt-get install "
              "libhdrhistogram-java (scripts/packages-test), then run cmake again";
  }

  std::vector<ReadInterval> read_by_java(const Path& log) {
    const auto java = test::ChildProcess::start(
        {BHSIM_JAVA, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
         BHSIM_HDRHISTOGRAM_JAR ":" READ_LOG_CLASSES, "ReadLog", log.string()});
    if (!java) return {};
    java->close_input();
    std::vector<ReadInterval> intervals;
    while (const auto line = java->line(seconds(50))) {
      std::istringstream words(*line);
      if (line->starts_with("interval ")) {
        ReadInterval& i = intervals.emplace_back();
        std::string word;
        words >> word >> i.start_ms >> i.end_ms >> i.tag >> i.count >> i.min >> i.max >> i.mean;
      } else if (!intervals.empty()) {
        ReadBucket& b = intervals.back().buckets.emplace_back();
        words >> b.lowest >> b.highest >> b.count;
      }
      EXPECT_FALSE(words.fail()) << *line;
    }
    EXPECT_EQ(java->wait(), 0);
    return intervals;
  }

  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-hlog");
};

struct Recorded {
  Nanos value;
  std::uint64_t times;
};
struct WrittenInterval {
  Nanos start, length;
  std::string tag;
  std::vector<Recorded> recorded;

  [[nodiscard]] Histogram histogram() const {
    Histogram h;
    for (const Recorded& r : recorded) h.record(r.value, r.times);
    return h;
  }
  [[nodiscard]] std::uint64_t recorded_in(const ReadBucket& bucket) const {
    std::uint64_t sum = 0;
    for (const Recorded& r : recorded) {
      if (r.value.count() >= bucket.lowest && r.value.count() <= bucket.highest) sum += r.times;
    }
    return sum;
  }
};

// Around every edge at which buckets become twice as wide: the last value below it, the edge, the
// last value of its bucket and the first of the next.
std::vector<Recorded> edges_of_buckets() {
  std::vector<Recorded> values;
  std::uint64_t times = 1;
  for (std::int64_t edge = 2048, width = 2; edge < Histogram::kHighestNs; edge *= 2, width *= 2) {
    for (const std::int64_t ns : {edge - 1, edge, edge + width - 1, edge + width}) {
      values.push_back({Nanos(ns), times++});
    }
  }
  return values;
}

std::vector<Recorded> from_a_microsecond_to_an_hour() {
  Random random(11);
  std::vector<Recorded> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(
        {Nanos(std::llround(1e3 * std::pow(3.6e9, random.unit()))), 1 + random.next() % 3});
  }
  return values;
}

std::vector<WrittenInterval> intervals_of_all_kinds() {
  return {{seconds(0), seconds(1), "", {{Nanos(1000), 7}, {hours(1), 3}}},
          {seconds(0), seconds(1), "quote", edges_of_buckets()},
          {seconds(1), seconds(1), "", {}},
          {seconds(2),
           seconds(1),
           "order",
           {{Nanos(0), 1},
            {Nanos(1), 2},
            {milliseconds(3), 5'000'000'000},
            {milliseconds(4), 1},
            {milliseconds(5), (std::uint64_t{1} << 31U)},
            {milliseconds(6), std::uint64_t{1} << 61U}}},
          {milliseconds(3250), milliseconds(750), "", from_a_microsecond_to_an_hour()}};
}

void expect_equal(const ReadInterval& read, const WrittenInterval& written, WallTime base) {
  const auto ms = [](Nanos d) { return d / milliseconds(1); };
  EXPECT_EQ(read.start_ms, ms(base.time_since_epoch() + written.start));
  EXPECT_EQ(read.end_ms, ms(base.time_since_epoch() + written.start + written.length));
  EXPECT_EQ(read.tag, written.tag.empty() ? "-" : written.tag);
  const Histogram histogram = written.histogram();
  EXPECT_EQ(read.count, histogram.count());
  Histogram from_lowest;
  Histogram from_highest;
  for (const ReadBucket& bucket : read.buckets) {
    EXPECT_EQ(bucket.count, written.recorded_in(bucket)) << bucket.lowest << "-" << bucket.highest;
    from_lowest.record(Nanos(bucket.lowest), bucket.count);
    from_highest.record(Nanos(bucket.highest), bucket.count);
  }
  EXPECT_EQ(from_lowest, histogram);
  EXPECT_EQ(from_highest, histogram);
  // A log carries no values but those of buckets. Java's last bucket of the hour ends beyond it,
  // and its middle of a bucket lies half a nanosecond above ours.
  const auto logged = Histogram::decode(histogram.encode());
  ASSERT_TRUE(logged) << logged.error().message;
  EXPECT_EQ(read.min, logged->min().count());
  EXPECT_EQ(std::min(read.max, Histogram::kHighestNs), logged->max().count());
  EXPECT_NEAR(read.mean, static_cast<double>(logged->mean().count()), 1 + 1e-12 * read.mean);
}

TEST_F(HistogramLogInJava, IntervalsOfAllKinds_AreReadAsTheyWereRecorded) {
  // Java's times are binary fractions of seconds, cut to milliseconds: a quarter loses nothing.
  const WallTime base{seconds(1'764'180'000) + milliseconds(250)};
  const std::vector<WrittenInterval> written = intervals_of_all_kinds();
  std::string log = hlog_header(base);
  for (const WrittenInterval& w : written)
    log += hlog_line(w.histogram(), w.start, w.length, w.tag);
  const Path file = folder_.path() / "all.hlog";
  ASSERT_TRUE(write_file(file, log));
  const std::vector<ReadInterval> read = read_by_java(file);
  ASSERT_EQ(read.size(), written.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    SCOPED_TRACE(i);
    expect_equal(read[i], written[i], base);
  }
}

TEST_F(HistogramLogInJava, LogOfARun_HasEachSecondOfEachOperationUnderItsName) {
  TestServer server([](const TestRequest&, Wire& wire) { wire.send(response(200, "x")); });
  LoadCommandOptions options;
  options.url = fmt::format("http://127.0.0.1:{}", server.port());
  options.rate = "200/s";
  options.arrivals = "constant";
  options.duration = milliseconds(1500);
  options.hlog = folder_.path() / "run.hlog";
  options.json = folder_.path() / "run.json";
  options.mix.emplace();
  for (const char* name : {"home", "a quote, fresh"})
    options.mix->operations.emplace_back().name = name;
  std::ostringstream out;
  std::ostringstream err;
  const auto verdict = load_command(options, system_clock(), out, err, {});
  ASSERT_TRUE(verdict) << verdict.error().message;

  const auto json = nlohmann::json::parse(read_file(options.json).value_or(""), nullptr, false);
  const std::vector<ReadInterval> read = read_by_java(options.hlog);
  ASSERT_EQ(read.size(), 4U);
  const std::vector<std::pair<std::string, std::string>> names = {
      {"home", "home"}, {"a_quote__fresh", "a quote, fresh"}};
  for (std::size_t op = 0; op < 2; ++op) {
    const ReadInterval& first = read[op];
    const ReadInterval& second = read[2 + op];
    EXPECT_EQ(first.tag, names[op].first);
    EXPECT_EQ(second.tag, names[op].first);
    EXPECT_EQ(second.start_ms, first.end_ms);
    const auto& latency = json["operations"][names[op].second]["latency_from_plan"];
    EXPECT_EQ(first.count + second.count, latency["count"]);
    // Of the values themselves a log has the buckets alone, which are a thousandth wide at most.
    const auto max_us = latency["max_us"].get<double>();
    EXPECT_NEAR(static_cast<double>(std::max(first.max, second.max)) / 1e3, max_us, max_us / 1e3);
  }
}

// The target never answers the TLS handshake, so the plan starts a second after the program.
TEST_F(HistogramLogInJava, PlanThatStartsLate_IsWhereTheLogStarts) {
  TestServer server([](const TestRequest&, Wire&) {});
  LoadCommandOptions options;
  options.url = fmt::format("https://127.0.0.1:{}", server.port());
  options.insecure = true;
  options.rate = "20/s";
  options.arrivals = "constant";
  options.connections = 1;
  options.duration = milliseconds(100);
  options.timeout = milliseconds(1200);
  options.hlog = folder_.path() / "late.hlog";
  std::ostringstream out;
  std::ostringstream err;
  const auto before = system_clock().wall();
  const auto verdict = load_command(options, system_clock(), out, err, {});
  ASSERT_TRUE(verdict) << verdict.error().message;
  const std::vector<ReadInterval> read = read_by_java(options.hlog);
  ASSERT_EQ(read.size(), 1U);
  // Both the log and Java's reader cut a start to a millisecond.
  EXPECT_GE(milliseconds(read[0].start_ms), before.time_since_epoch() + milliseconds(998));
}

}  // namespace
}  // namespace bhsim::load
