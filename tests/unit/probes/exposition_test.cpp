#include "framework/probes/exposition.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace bhsim::probes {
namespace {

constexpr std::string_view kGood = R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05",} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
)";

TEST(Exposition, ExampleOfTheSpecification_IsReadWhole) {
  const auto metrics = parse_exposition(kGood);
  ASSERT_TRUE(metrics) << metrics.error().message;
  ASSERT_EQ(metrics->size(), 9U);
  EXPECT_EQ((*metrics)[0].name, "http_requests_total");
  EXPECT_EQ((*metrics)[0].labels.at("code"), "200");
  EXPECT_EQ((*metrics)[0].type, "counter");
  EXPECT_EQ((*metrics)[0].value, 1027);
  EXPECT_EQ((*metrics)[2].labels.at("path"), "C:\\DIR\\FILE.TXT");
  EXPECT_EQ((*metrics)[2].labels.at("error"), "Cannot find file:\n\"FILE.TXT\"");
  EXPECT_EQ((*metrics)[3].type, "");
  EXPECT_TRUE(std::isinf((*metrics)[4].value));
  EXPECT_EQ((*metrics)[5].type, "histogram");
  EXPECT_EQ((*metrics)[8].type, "histogram");
}

TEST(Exposition, Nothing_IsNothing) {
  const auto metrics = parse_exposition("");
  ASSERT_TRUE(metrics);
  EXPECT_TRUE(metrics->empty());
}

TEST(Exposition, WhatTheFormatForbids_IsRefusedWithItsLine) {
  const std::vector<std::string> bad{
      "a 1",                               // no line end
      "1a 1\n",                            // a name begins with a letter
      "a\n",                               // no value
      "a one\n",                           //
      "a 1 soon\n",                        // a time stamp is a number
      "a 1 2 3\n",                         //
      "a 0x10\n",                          //
      "a infinity\n",                      //
      "a{b=c} 1\n",                        // values are quoted
      "a{b=\"c} 1\n",                      //
      "a{b=\"\\x\"} 1\n",                  // no such escape
      "a{b:c=\"d\"} 1\n",                  // no colon in a label's name
      "a{b=\"c\" d=\"e\"} 1\n",            // no comma
      "a{b=\"c\",b=\"d\"} 1\n",            // a label twice
      "a{b=\"c\"\n",                       //
      "a 1\na 2\n",                        // a sample twice
      "a{x=\"1\"} 1\na{x=\"1\"} 2\n",      //
      "# TYPE a number\na 1\n",            // no such type
      "# TYPE a gauge\n# TYPE a gauge\n",  // TYPE twice
      "a 1\n# TYPE a gauge\n",             // TYPE too late
  };
  for (const auto& text : bad) {
    const auto metrics = parse_exposition("ok 1\n" + text);
    ASSERT_FALSE(metrics) << text;
    EXPECT_EQ(metrics.error().code, ErrorCode::protocol);
    EXPECT_NE(metrics.error().message.find("line "), std::string::npos) << metrics.error().message;
  }
}

TEST(SumOf, Selector_TakesAllSamplesThatItNames) {
  const auto metrics = parse_exposition(
      "orders_total 7\n"
      "requests_total{operation=\"order\",status=\"201\"} 3\n"
      "requests_total{operation=\"quote\",status=\"201\"} 4\n"
      "requests_total{operation=\"order\",status=\"422\"} 8\n");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(sum_of(*metrics, "orders_total"), 7);
  EXPECT_EQ(sum_of(*metrics, "requests_total{operation=\"order\",status=\"201\"}"), 3);
  EXPECT_EQ(sum_of(*metrics, "requests_total{status=\"201\"}"), 7);
  EXPECT_EQ(sum_of(*metrics, "requests_total"), 15);
  EXPECT_EQ(sum_of(*metrics, "orders"), std::nullopt);
  EXPECT_EQ(sum_of(*metrics, "requests_total{status=\"500\"}"), std::nullopt);
  EXPECT_EQ(sum_of(*metrics, "requests_total{status="), std::nullopt);
}

TEST(Exposition, CutAnywhere_NeverCrashes) {
  for (std::size_t length = 0; length <= kGood.size(); ++length)
    (void)parse_exposition(kGood.substr(0, length));
}

}  // namespace
}  // namespace bhsim::probes
