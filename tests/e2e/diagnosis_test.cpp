// What is left of an application that dies, for somebody who was not there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// The application with a planted defect, run to its end.
class DiagnosisTest : public ::testing::Test {
 protected:
  void run(const std::string& defect) {
    ::setenv("BHSIM_DOCKER", (Path(BHSIM_BINARY_DIR) / "tests/defects/docker").c_str(), 1);
    auto contract =
        read_file(Path(BHSIM_SOURCE_DIR) / "tests/defects/DefectApp.yml.in").value_or("");
    const auto put = [&contract](const std::string& word, const std::string& value) {
      const auto at = contract.find(word);
      ASSERT_NE(at, std::string::npos);
      contract.replace(at, word.size(), value);
    };
    put("-Dbhsim.defect=@DEFECT@", "-Dbhsim.defect=" + defect);
    put("-Dbhsim.defect.after=@AFTER@", "-Dbhsim.defect.after=8");
    put("  - -Dbhsim.swap.allow", "  - -Ddb.password=hunter2\n  - -Dbhsim.swap.allow");
    const auto file = folder_.path() / "DefectApp.yml";
    ASSERT_TRUE(write_file(file, contract));
    run_.emplace(std::vector<std::string>{"--app=" + file.string(), "--only=STAB-01"});
    ASSERT_EQ(run_->process().wait(3min), kFail) << output();
    EXPECT_EQ(left_on_engine(), 0U);
    auto history = history::History::open(run_->directory());
    ASSERT_TRUE(history) << history.error().message;
    const auto fact = history->fact(history::fact::kDiagnosis);
    ASSERT_TRUE(fact) << "nothing was kept";
    fact_ = *fact;
  }
  void TearDown() override { ::unsetenv("BHSIM_DOCKER"); }

  [[nodiscard]] std::string output() { return run_->process().output(); }
  [[nodiscard]] std::vector<std::string> texts(const char* list, const char* member) const {
    std::vector<std::string> found;
    for (const auto& item : fact_[list]) found.push_back(item[member].get<std::string>());
    return found;
  }
  [[nodiscard]] std::string content(const std::string& path) const {
    return read_file(run_->directory() / path, 1U << 30U).value_or("");
  }

  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-e2e-diagnosis"));
  std::optional<ShortRun> run_;
  nlohmann::json fact_;
};

TEST_F(DiagnosisTest, OfACrash_HoldsTheJvmsOwnReportWithoutSecrets) {
  run("crashes");
  EXPECT_THAT(texts("look_first", "what"),
              Contains(AllOf(HasSubstr("the JVM crashed: SIGSEGV"), HasSubstr("Unsafe_Put"))));
  const auto report = content("artifacts/logs/hs_err.log");
  EXPECT_THAT(report, AllOf(HasSubstr("Problematic frame"), HasSubstr("db.password=[redacted]"),
                            Not(HasSubstr("hunter2"))));
  EXPECT_THAT(texts("files", "path"), Contains("artifacts/diagnosis/last-lines.log"));
  EXPECT_THAT(texts("missing", "why"), Contains(HasSubstr("the JVM has ended")));
  EXPECT_THAT(output(), HasSubstr("look at first"));
}

TEST_F(DiagnosisTest, OfAnOutOfMemoryError_HoldsTheHeapDump) {
  run("heap-exhausted");
  EXPECT_THAT(texts("look_first", "what"), Contains(HasSubstr("the heap was full")));
  EXPECT_THAT(texts("files", "path"), Contains("artifacts/logs/heap.hprof"));
  EXPECT_THAT(content("artifacts/logs/heap.hprof").substr(0, 18), "JAVA PROFILE 1.0.2");
  EXPECT_THAT(content("artifacts/diagnosis/container.json"), HasSubstr("\"OOMKilled\":false"));
}

}  // namespace
}  // namespace bhsim::test
