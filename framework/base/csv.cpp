#include "framework/base/csv.hpp"

#include <algorithm>
#include <set>

namespace bhsim {
namespace {

// Where the first byte stands that is not UTF-8; the text's size when there is none.
std::size_t end_of_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) return at;
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xC0U) != 0x80U) return at;
      code = (code << 6U) | (next & 0x3FU);
    }
    const bool is_overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (is_overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return at;
    at += length;
  }
  return text.size();
}

std::string place_in(std::string_view text, std::size_t at, std::string_view name) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("{}:{}:{}", name, line, at - line_begin + 1);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }

}  // namespace

class CsvTable::Parser {
 public:
  Parser(CsvTable& table, const CsvLimits& limits)
      : table_(table), text_(table.text_), limits_(limits) {}

  Result<void> parse() {
    BHSIM_TRY(check_bytes());
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    if (at_ == text_.size())
      return refuse(at_, "the file is empty; its first line names the columns");
    BHSIM_TRY(header());
    if (at_ == text_.size()) return refuse(at_, "there is no row below the header");
    for (std::size_t rows = 0; at_ < text_.size(); ++rows) {
      if (rows == limits_.rows) return refuse(at_, fmt::format("more than {} rows", limits_.rows));
      BHSIM_TRY(row(table_.columns_.size()));
    }
    table_.values_.shrink_to_fit();
    table_.text_ += copies_;
    return {};
  }

 private:
  tl::unexpected<Error> refuse(std::size_t at, std::string_view what) const {
    return fail(ErrorCode::config, "{}: {}", place_in(text_, at, table_.name_), what);
  }

  [[nodiscard]] Result<void> check_bytes() const {
    if (text_.size() > limits_.bytes)
      return fail(ErrorCode::config, "{}: larger than {} bytes", table_.name_, limits_.bytes);
    if (const auto zero = text_.find('\0'); zero != std::string::npos)
      return refuse(zero, "a NUL byte; is this a CSV file?");
    if (const auto end = end_of_utf8(text_); end != text_.size())
      return refuse(end, "not UTF-8; save the file as UTF-8");
    return {};
  }

  Result<void> header() {
    BHSIM_TRY(row(limits_.columns));
    std::set<std::string_view> names;
    for (const Value& value : table_.values_) {
      const std::size_t at = table_.origin(value);
      const std::string_view name = content(value);
      if (name.empty()) return refuse(at, "a column without a name");
      if (!names.insert(name).second)
        return refuse(at, fmt::format("the column '{}' stands here twice", name));
      if (std::any_of(name.begin(), name.end(), is_control))
        return refuse(at, "a control character in the name of a column");
    }
    for (const Value& value : table_.values_) table_.columns_.emplace_back(content(value));
    table_.values_.clear();
    return {};
  }

  // One row; below the header it has exactly `most` values.
  Result<void> row(std::size_t most) {
    if (is_line_end())
      return refuse(at_, "an empty line; write \"\" for a row whose only value is empty");
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
      if (count == most)
        return refuse(at_, table_.columns_.empty()
                               ? fmt::format("more than {} columns", most)
                               : fmt::format("one value too many; the header names {}: {}", most,
                                             fmt::join(table_.columns_, ", ")));
      BHSIM_TRY(value());
      more = at_ < text_.size() && text_[at_] == ',';
      if (more) ++at_;
    }
    if (!table_.columns_.empty() && count < most)
      return refuse(at_, fmt::format("the row ends after {} of {} values; '{}' is missing", count,
                                     most, table_.columns_[count]));
    return line_end();
  }

  [[nodiscard]] bool is_line_end() const {
    return at_ < text_.size() && (text_[at_] == '\n' || text_.compare(at_, 2, "\r\n") == 0);
  }

  Result<void> line_end() {
    if (at_ == text_.size()) return {};
    if (!is_line_end()) return refuse(at_, "a carriage return without its line feed");
    at_ += text_[at_] == '\r' ? 2 : 1;
    return {};
  }

  Result<void> value() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\r\n\"", at_), text_.size());
    if (at_ < text_.size() && text_[at_] == '"')
      return refuse(at_, "a quote inside a value; quote the whole value, and double this quote");
    keep(begin, at_);
    return {};
  }

  Result<void> quoted() {
    const std::size_t open = at_++;
    bool has_doubled = false;
    for (;; at_ += 2, has_doubled = true) {
      at_ = text_.find('"', at_);
      if (at_ == std::string::npos)
        return refuse(open, "the quote that begins here is never closed");
      if (text_.compare(at_, 2, "\"\"") != 0) break;
    }
    const std::size_t close = at_++;
    if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
      return refuse(at_, "text behind the closing quote of a value");
    if (has_doubled) {
      keep_copy(open + 1, close);
    } else {
      keep(open + 1, close);
    }
    return {};
  }

  void keep_copy(std::size_t begin, std::size_t end) {
    const std::size_t copy = text_.size() + copies_.size();
    table_.copied_.push_back({static_cast<std::uint32_t>(copy), static_cast<std::uint32_t>(begin)});
    for (; begin < end; ++begin) {
      copies_.push_back(text_[begin]);
      if (text_[begin] == '"') ++begin;
    }
    keep(copy, text_.size() + copies_.size());
  }

  // Also while the copies are not behind the text yet.
  [[nodiscard]] std::string_view content(const Value& value) const {
    return value.begin < text_.size()
               ? std::string_view(text_).substr(value.begin, value.size)
               : std::string_view(copies_).substr(value.begin - text_.size(), value.size);
  }

  void keep(std::size_t begin, std::size_t end) {
    table_.values_.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
  }

  CsvTable& table_;
  const std::string& text_;
  const CsvLimits& limits_;
  std::size_t at_ = 0;
  std::string copies_{'\n'};  // so that none begins where an empty value ends the text
};

Result<CsvTable> CsvTable::parse(std::string text, std::string name, const CsvLimits& limits) {
  CsvTable table;
  table.name_ = std::move(name);
  table.text_ = std::move(text);
  BHSIM_TRY(Parser(table, limits).parse());
  return table;
}

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::size_t CsvTable::origin(const Value& value) const {
  const auto found =
      std::lower_bound(copied_.begin(), copied_.end(), value.begin,
                       [](const Copied& copied, std::uint32_t at) { return copied.copy < at; });
  return found != copied_.end() && found->copy == value.begin ? found->origin : value.begin;
}

std::string CsvTable::place(std::size_t row, std::size_t column) const {
  return place_in(text_, origin(values_[row * columns_.size() + column]), name_);
}

std::optional<std::size_t> CsvTable::row_with_control(std::size_t column) const {
  for (std::size_t row = 0; row < rows(); ++row) {
    const std::string_view text = value(row, column);
    if (std::any_of(text.begin(), text.end(), is_control)) return row;
  }
  return std::nullopt;
}

}  // namespace bhsim
