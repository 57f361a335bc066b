#pragma once
// A table of texts from a CSV file: RFC 4180 in UTF-8, lines ended by LF or CRLF, whose first line
// names the columns. Strict: a row has as many values as the header, blanks belong to their value,
// and an empty line is refused (an empty value alone in its line is written "").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim {

struct CsvLimits {
  std::size_t bytes = 64U << 20U;  // of the file; below 2 GiB
  std::size_t rows = 1'000'000;    // below the header
  std::size_t columns = 64;
};

// Constant once made: any thread may read it. It costs about the file's size and 8 bytes a value.
class CsvTable {
 public:
  // `name` is what errors call the text. An Error is of code config and says file:line:column, both
  // from 1, columns in bytes.
  static Result<CsvTable> parse(std::string text, std::string name, const CsvLimits& limits = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] std::optional<std::size_t> column(std::string_view name) const;
  [[nodiscard]] std::size_t rows() const { return values_.size() / columns_.size(); }  // 1 or more
  // Valid as long as the table.
  [[nodiscard]] std::string_view value(std::size_t row, std::size_t column) const {
    const Value& v = values_[row * columns_.size() + column];
    return std::string_view(text_).substr(v.begin, v.size);
  }
  // "users.csv:7:12"
  [[nodiscard]] std::string place(std::size_t row, std::size_t column) const;
  // The first row whose value of that column holds a control character, such as a line break.
  [[nodiscard]] std::optional<std::size_t> row_with_control(std::size_t column) const;

 private:
  class Parser;
  struct Value {  // of text_
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  // A value with doubled quotes has a copy without them behind the text.
  struct Copied {
    std::uint32_t copy = 0, origin = 0;
  };
  [[nodiscard]] std::size_t origin(const Value& value) const;

  std::string name_;
  std::string text_;
  std::vector<Copied> copied_;  // in order of both
  std::vector<std::string> columns_;
  std::vector<Value> values_;  // row by row
};

}  // namespace bhsim
