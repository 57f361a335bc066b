#include "framework/base/csv.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bhsim {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows rows_of(const CsvTable& table) {
  Rows rows{table.columns()};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    rows.emplace_back();
    for (std::size_t column = 0; column < table.columns().size(); ++column)
      rows.back().emplace_back(table.value(row, column));
  }
  return rows;
}

Rows parsed(const std::string& text) {
  const auto table = CsvTable::parse(text, "f.csv");
  EXPECT_TRUE(table) << table.error().message;
  return table ? rows_of(*table) : Rows{};
}

std::string problem(const std::string& text, const CsvLimits& limits = {}) {
  const auto table = CsvTable::parse(text, "f.csv", limits);
  if (table) return "";
  EXPECT_EQ(table.error().code, ErrorCode::config);
  return table.error().message;
}

TEST(Csv, PlainAndQuotedValues_AreWhatTheySay) {
  EXPECT_EQ(parsed("name,password\nanna,\"s,e\"\"cret\"\n\"b\nob\", x \n"),
            (Rows{{"name", "password"}, {"anna", "s,e\"cret"}, {"b\nob", " x "}}));
}

TEST(Csv, LinesEndedEitherWayAndTheLastOneNotAtAll_AreTheSameRows) {
  const Rows expected{{"a", "b"}, {"1", ""}, {"", "2"}};
  EXPECT_EQ(parsed("a,b\n1,\n,2\n"), expected);
  EXPECT_EQ(parsed("a,b\r\n1,\r\n,2\r\n"), expected);
  EXPECT_EQ(parsed("a,b\n1,\n,2"), expected);
  EXPECT_EQ(parsed("\xEF\xBB\xBF\"a\",b\n\"1\",\"\"\n\"\",2"), expected);
}

TEST(Csv, Utf8_IsKept) { EXPECT_EQ(parsed("näme\nÄnne 😀\n"), (Rows{{"näme"}, {"Änne 😀"}})); }

TEST(Csv, AColumn_IsFoundByItsName) {
  const auto table = CsvTable::parse("a,b\n1,2\n", "f.csv");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->column("b"), 1U);
  EXPECT_FALSE(table->column("B"));
}

// Doubled quotes and line breaks inside quotes in front of it do not move a place.
TEST(Csv, Place_IsThatInTheFile) {
  const auto table = CsvTable::parse("a,b\n\"x\"\"\"\"\n\",2\n\"\"\"\",\"\t\"\n", "f.csv");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->value(0, 0), "x\"\"\n");
  EXPECT_EQ(table->place(0, 1), "f.csv:3:3");
  EXPECT_EQ(table->place(1, 1), "f.csv:4:7");
  EXPECT_EQ(table->row_with_control(0), 0U);
  EXPECT_EQ(table->row_with_control(1), 1U);
}

TEST(Csv, WhatIsNoTable_IsRefusedWithItsPlace) {
  EXPECT_EQ(problem(""), "f.csv:1:1: the file is empty; its first line names the columns");
  EXPECT_EQ(problem("a,b\n"), "f.csv:2:1: there is no row below the header");
  EXPECT_EQ(problem("a,\n1,2\n"), "f.csv:1:3: a column without a name");
  EXPECT_EQ(problem("a,a\n1,2\n"), "f.csv:1:3: the column 'a' stands here twice");
  EXPECT_EQ(problem("a,b\n1\n"), "f.csv:2:2: the row ends after 1 of 2 values; 'b' is missing");
  EXPECT_EQ(problem("a,b\n1,2,3\n"), "f.csv:2:5: one value too many; the header names 2: a, b");
  EXPECT_EQ(problem("a\n1\n\n2\n"),
            "f.csv:3:1: an empty line; write \"\" for a row whose only value is empty");
  EXPECT_EQ(problem("a\n1\"2\n"),
            "f.csv:2:2: a quote inside a value; quote the whole value, and double this quote");
  EXPECT_EQ(problem("a\n\"1\"2\n"), "f.csv:2:4: text behind the closing quote of a value");
  EXPECT_EQ(problem("a\n1\n\"2\n3\n"), "f.csv:3:1: the quote that begins here is never closed");
  EXPECT_EQ(problem("a\n1\r2\n"), "f.csv:2:2: a carriage return without its line feed");
  EXPECT_EQ(problem(std::string("a\n1\0\n", 5)), "f.csv:2:2: a NUL byte; is this a CSV file?");
  EXPECT_EQ(problem("a\nM\xFCller\n"), "f.csv:2:2: not UTF-8; save the file as UTF-8");
}

TEST(Csv, HalfAndOverlongUtf8_IsRefused) {
  for (const char* bad : {"a\n\xC3", "a\n\xC0\x80", "a\n\xE0\x80\x80", "a\n\xED\xA0\x80",
                          "a\n\xF4\x90\x80\x80", "a\n\xF0\x9F\x98", "a\n\x80"})
    EXPECT_EQ(problem(bad), "f.csv:2:1: not UTF-8; save the file as UTF-8");
}

TEST(Csv, BeyondItsBounds_IsRefused) {
  const CsvLimits limits{20, 2, 2};
  EXPECT_EQ(problem("a,b\n1,2\n3,4\n", limits), "");
  EXPECT_EQ(problem("a,b\n1,2\n3,4\n5,6\n", limits), "f.csv:4:1: more than 2 rows");
  EXPECT_EQ(problem("a,b,c\n1,2,3\n", limits), "f.csv:1:5: more than 2 columns");
  EXPECT_EQ(problem("a,b\n123456789,123456789\n", limits), "f.csv: larger than 20 bytes");
}

// Any table, written as a tool might write it, reads back as it was.
TEST(Csv, RandomTables_ReadBackEqual) {
  std::mt19937_64 dice(2026);
  const std::vector<std::string> pieces{"a", "Z9", "\"", ",", "\n", "\r\n", " ", "ü", "\t", "{x}"};
  for (int round = 0; round < 2'000; ++round) {
    Rows rows(2 + dice() % 5, std::vector<std::string>(1 + dice() % 4));
    for (auto& row : rows)
      for (auto& value : row)
        for (auto n = dice() % 4; n > 0; --n) value += pieces[dice() % pieces.size()];
    for (std::size_t i = 0; i < rows[0].size(); ++i) rows[0][i] = "column" + std::to_string(i);
    std::string text;
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        const bool needs_quotes = row[i].find_first_of("\",\r\n") != std::string::npos ||
                                  (row[i].empty() && row.size() == 1);
        std::string value = row[i];
        if (needs_quotes || dice() % 2 == 0) {
          for (std::size_t at = 0; (at = value.find('"', at)) != std::string::npos; at += 2)
            value.insert(at, 1, '"');
          value = '"' + value + '"';
        }
        text += (i > 0 ? "," : "") + value;
      }
      text += dice() % 2 == 0 ? "\n" : "\r\n";
    }
    ASSERT_EQ(parsed(text), rows) << text;
  }
}

// A short, seeded run of the fuzz target in every test run: the corpus, damaged.
TEST(CsvMutation, DamagedCorpus_IsATableOrAnError) {
  std::mt19937_64 dice(7);
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(BHSIM_SOURCE_DIR "/tests/fuzz/corpus/csv")) {
    const auto bytes = read_file(entry.path());
    ASSERT_TRUE(bytes);
    ++files;
    for (int i = 0; i < 3'000; ++i) {
      std::string damaged = *bytes;
      for (auto changes = dice() % 4; changes > 0 && !damaged.empty(); --changes) {
        const std::size_t at = dice() % damaged.size();
        if (dice() % 2 == 0)
          damaged.erase(at, 1 + dice() % 4);
        else
          damaged.insert(at, 1, "\",\r\n\xC3 a"[dice() % 7]);
      }
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(damaged.data()), damaged.size());
    }
  }
  EXPECT_GE(files, 6);
}

}  // namespace
}  // namespace bhsim
