// A CSV text from anywhere: it is a table whose values stay inside the text and that reads back
// equal once it is written again, or an error that says where.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/base/csv.hpp"

namespace {

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) out.append(c == '"' ? 2 : 1, c);
  out.push_back('"');
}

std::string written(const bhsim::CsvTable& table) {
  std::string out;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if (column > 0) out.push_back(',');
    append_quoted(out, table.columns()[column]);
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t column = 0; column < table.columns().size(); ++column) {
      out.append(column > 0 ? "," : "\r\n");
      append_quoted(out, table.value(row, column));
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bhsim::CsvLimits limits{4096, 64, 8};
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto table = bhsim::CsvTable::parse(text, "f", limits);
  if (!table) {
    if (!table.error().message.starts_with("f:")) std::abort();
    return 0;
  }
  if (table->rows() == 0 || table->rows() > limits.rows || table->columns().size() > limits.columns)
    std::abort();
  const auto again = bhsim::CsvTable::parse(written(*table), "f");
  if (!again || again->columns() != table->columns() || again->rows() != table->rows())
    std::abort();
  for (std::size_t row = 0; row < table->rows(); ++row) {
    for (std::size_t column = 0; column < table->columns().size(); ++column) {
      if (table->value(row, column) != again->value(row, column)) std::abort();
      if (table->place(row, column).empty()) std::abort();
    }
  }
  return 0;
}
