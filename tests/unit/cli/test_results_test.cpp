#include "framework/cli/test_results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bhsim::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestResultsFile : public testing::Test {
 protected:
  Result<checks::TestResults> read(std::string_view text) {
    EXPECT_TRUE(write_file(file_, text));
    return read_test_results(file_);
  }
  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-results");
  const Path file_ = folder_.path() / "junit.xml";
};

TEST_F(TestResultsFile, OfCTest_IsCountedByTheStatusOfEachCase) {
  const auto results = read(R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Linux-c++" tests="5" failures="1" disabled="1" skipped="1" time="3">
  <testcase name="Clock.Waits" classname="Clock.Waits" time="0.1" status="run">
    <system-out>1 &lt; 2</system-out>
  </testcase>
  <testcase name="Clock.Jumps" classname="x" time="0.1" status="fail"><failure message=""/></testcase>
  <testcase name="Engine.Waits" classname="x" time="0" status="notrun"><skipped message="SKIP"/></testcase>
  <testcase name="Old" classname="x" time="0" status="disabled"/>
  <testcase name="Gone" classname="x" time="0" status="notrun">
    <skipped message="Unable to find executable: gone"/>
  </testcase>
</testsuite>)");
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->passed, 1);
  EXPECT_EQ(results->skipped, 2);
  EXPECT_EQ(results->failed, 2) << "a test whose program is not there has not passed";
  EXPECT_THAT(results->failures, ElementsAre("Clock.Jumps", "Gone"));
}

TEST_F(TestResultsFile, OfMavenAndOthers_IsCountedByWhatStandsInEachCase) {
  const auto results = read(R"(<testsuites><testsuite name="a"><testsuite name="inner">
    <testcase name="one"/><testcase name="two"><error type="x">boom</error></testcase>
    </testsuite></testsuite><testsuite name="b"><testcase name="three"><skipped/></testcase>
    </testsuite></testsuites>)");
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->passed, 1);
  EXPECT_EQ(results->failed, 1);
  EXPECT_EQ(results->skipped, 1);
}

TEST_F(TestResultsFile, WithoutATest_HoldsNone) {
  const auto results = read("<testsuite name='x' tests='0'/>");
  ASSERT_TRUE(results) << results.error().message;
  EXPECT_EQ(results->passed + results->failed + results->skipped, 0);
}

TEST_F(TestResultsFile, ThatIsCutOffOrSomethingElse_IsRefused) {
  for (const auto* text : {"", "tests passed", "<testsuite><testcase name='x'>", "<html/>"}) {
    const auto results = read(text);
    ASSERT_FALSE(results) << text;
    EXPECT_EQ(results.error().code, ErrorCode::usage);
    EXPECT_THAT(results.error().message, HasSubstr("--output-junit"));
  }
}

TEST_F(TestResultsFile, ThatIsNotThere_IsRefused) {
  const auto results = read_test_results(folder_.path() / "none.xml");
  ASSERT_FALSE(results);
  EXPECT_EQ(results.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace bhsim::cli
