// The document and the schema are held to each other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/history_builder.hpp"

namespace bhsim::history {
namespace {

// Columns by table and view, as SQLite has them.
std::map<std::string, std::vector<std::string>> columns_by_table(const Path& file) {
  std::map<std::string, std::vector<std::string>> tables;
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
  const auto collect = [](void* into, int, char** values, char**) {
    (*static_cast<std::map<std::string, std::vector<std::string>>*>(into))[values[0]].emplace_back(
        values[1]);
    return 0;
  };
  EXPECT_EQ(
      sqlite3_exec(db, "SELECT m.name, c.name FROM sqlite_schema m, pragma_table_info(m.name) c",
                   collect, &tables, nullptr),
      SQLITE_OK);
  sqlite3_close(db);
  return tables;
}

class SchemaTest : public ::testing::Test {
 protected:
  SchemaTest()
      : history_(builder_.build()), tables_(columns_by_table(builder_.directory() / "run.db")) {}
  HistoryBuilder builder_;
  const History history_;
  const std::map<std::string, std::vector<std::string>> tables_;
};

TEST_F(SchemaTest, EveryTableAndColumn_IsInTheDocument) {
  const std::string document = *read_file(Path(BHSIM_SOURCE_DIR) / "docs/run-store.md");
  for (const auto& [table, columns] : tables_) {
    if (table == "series" || table == "sample_data") continue;  // described with the view
    const auto heading = document.find("\n### " + table + "\n");
    ASSERT_NE(heading, std::string::npos) << table;
    const std::string section =
        document.substr(heading, document.find("\n##", heading + 4) - heading);
    for (const auto& column : columns)
      EXPECT_NE(section.find("`" + column + "`"), std::string::npos) << table << "." << column;
  }
}

TEST_F(SchemaTest, EveryTableOfTheDocument_Exists) {
  const std::string document = *read_file(Path(BHSIM_SOURCE_DIR) / "docs/run-store.md");
  for (std::size_t at = 0; (at = document.find("\n### ", at)) != std::string::npos; ++at) {
    const auto name = document.substr(at + 5, document.find('\n', at + 5) - at - 5);
    EXPECT_TRUE(tables_.contains(name)) << name;
  }
}

TEST_F(SchemaTest, EveryTable_CanBeNamedAsEvidence) {
  for (const auto& [table, columns] : tables_) {
    const auto excerpt = history_.excerpt(table, columns.front() + " IS NOT NULL", 3);
    EXPECT_TRUE(excerpt) << table << ": " << excerpt.error().message;
  }
}

TEST_F(SchemaTest, ConditionThatIsNoSql_IsAnError) {
  const auto excerpt = history_.excerpt("swap", "no_such_column = 1", 3);
  ASSERT_FALSE(excerpt);
  EXPECT_THAT(excerpt.error().message, ::testing::HasSubstr("no_such_column"));
}

TEST(Excerpt, HasTheRowsAndTheNumberOfAll) {
  HistoryBuilder run;
  for (int i = 0; i < 30; ++i)
    run.add(Violation{at(i), i % 2 == 0 ? "stale" : "went_back", "A", "d"});
  run.add(LoadSecond{.t = at(1), .operation = "quote", .corrected = std::string("\0\1\2", 3)});
  const History history = run.build();
  const auto excerpt = history.excerpt("violation", "kind = 'stale'", 4);
  ASSERT_TRUE(excerpt) << excerpt.error().message;
  EXPECT_EQ(excerpt->total, 15);
  ASSERT_EQ(excerpt->rows.size(), 4U);
  EXPECT_THAT(excerpt->columns, ::testing::ElementsAre("t", "kind", "class_name", "detail"));
  EXPECT_EQ(excerpt->rows.at(1).at(0), std::to_string(to_ns(at(2))));
  EXPECT_EQ(history.excerpt("load_second", "1", 1)->rows.at(0).at(12), "(3 bytes)");
}

}  // namespace
}  // namespace bhsim::history
