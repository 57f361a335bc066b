// The table, the limits and what is written about them agree.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "checks/limits.hpp"
#include "clean_run.hpp"
#include "framework/base/files.hpp"
#include "framework/config/loaders.hpp"

namespace bhsim::checks {
namespace {

const Path kSource = BHSIM_SOURCE_DIR;

TEST(Table, EveryCheck_SaysWhatItIs) {
  for (const auto& check : all()) {
    EXPECT_FALSE(check.title.empty() || check.source.empty() || check.rule.empty()) << check.id;
    EXPECT_TRUE(check.remediation.ends_with('.') || check.remediation.ends_with('?')) << check.id;
    EXPECT_EQ(find(check.id), &check);
  }
  EXPECT_EQ(find("PERF-99"), nullptr);
  EXPECT_EQ(all().size(), 102U);
}

TEST(LimitSpecs, EachBelongsToACheckAndIsInOrder) {
  for (const auto& limit : limit_specs())
    EXPECT_NE(find(limit.id.substr(0, limit.id.find('.'))), nullptr) << limit.id;
  EXPECT_TRUE(std::ranges::is_sorted(limit_specs(), {}, &LimitSpec::id));
}

TEST(LimitOf, PlanWithoutOne_IsTheDefault) {
  EXPECT_DOUBLE_EQ(limit_of(config::Plan(), "PERF-04").value, 2);
}

TEST(LimitOf, OtherUnitsOfTheSameKind_AreConverted) {
  config::Plan plan;
  plan.limits["PERF-04"] = {"<=", 1500, "ms"};
  plan.limits["STAB-03.metaspace"] = {"<=", 8, "KB/swap"};
  EXPECT_DOUBLE_EQ(limit_of(plan, "PERF-04").value, 1.5);
  EXPECT_DOUBLE_EQ(limit_of(plan, "STAB-03.metaspace").value, 8.0 / 1024);
}

TEST(LimitOf, OtherKindOrDirection_IsRefused) {
  config::Plan plan;
  plan.limits["PERF-04"] = {"<", 2, "%"};
  plan.limits["PERF-05"] = {">", 2, "s"};
  plan.limits["STAB-02"] = {"<", 2, "MB/swap"};
  EXPECT_THROW(limit_of(plan, "PERF-04"), std::invalid_argument);
  EXPECT_THROW(limit_of(plan, "PERF-05"), std::invalid_argument);
  EXPECT_THROW(limit_of(plan, "STAB-02"), std::invalid_argument);
}

// A default that stands only when nobody says anything must not differ from what everybody is
// given.
TEST(Thresholds_, OfProduction_NameEveryLimitWithItsDefault) {
  const auto thresholds = config::load_thresholds(kSource / "configs/thresholds/production.yml");
  ASSERT_TRUE(thresholds) << thresholds.error().message;
  config::Plan plan;
  plan.limits = thresholds->limits;
  std::set<std::string> named;
  for (const auto& [id, limit] : thresholds->limits) named.insert(id);
  for (const auto& spec : limit_specs()) {
    EXPECT_EQ(named.erase(std::string(spec.id)), 1U)
        << spec.id << " is not in configs/thresholds/production.yml";
    const auto limit = limit_of(plan, spec.id);
    EXPECT_DOUBLE_EQ(limit.value, spec.value) << spec.id;
    EXPECT_EQ(limit.relation, spec.relation) << spec.id;
  }
  for (const auto& id : named) ADD_FAILURE() << id << " is no limit of any check";
}

TEST(Catalogue, Document_IsWhatTheTableSays) {
  if (std::getenv("BHSIM_WRITE_DOCS") != nullptr) {
    ASSERT_TRUE(write_file(kSource / "docs/checks.md", markdown_catalogue()));
  }
  const auto document = read_file(kSource / "docs/checks.md");
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_TRUE(*document == markdown_catalogue())
      << "docs/checks.md is out of date: this test writes it anew with BHSIM_WRITE_DOCS=1 in its "
         "environment";
}

// Whoever reads a verdict can look at its rows with sqlite3.
TEST(Evidence_, OfEveryVerdict_IsAConditionThatTheStoreUnderstands) {
  const auto judged = judge(CleanRun());
  sqlite3* db = nullptr;
  const auto file = (judged.builder->directory() / "run.db").string();
  ASSERT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  for (const auto& [check, verdict, required] : judged.verdict.checks) {
    EXPECT_FALSE(verdict.evidence.empty()) << check->id;
    for (const auto& evidence : verdict.evidence) {
      const auto sql =
          fmt::format("SELECT count(*) FROM {} WHERE {}", evidence.table, evidence.where);
      sqlite3_stmt* statement = nullptr;
      EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK)
          << check->id << ": " << sql << ": " << sqlite3_errmsg(db);
      EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW) << sql;
      sqlite3_finalize(statement);
    }
  }
  sqlite3_close(db);
}

TEST(Verdict_, OfEveryCheck_CarriesValueLimitUnitAndSamples) {
  for (const auto& [check, verdict, required] : judge(CleanRun()).verdict.checks) {
    EXPECT_TRUE(verdict.value && verdict.limit) << check->id;
    EXPECT_FALSE(verdict.unit.empty() || verdict.relation.empty() || verdict.because.empty())
        << check->id;
    EXPECT_GT(verdict.samples, 0) << check->id;
  }
}

}  // namespace
}  // namespace bhsim::checks
