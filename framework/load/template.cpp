#include "framework/load/template.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/base/nearest.hpp"
#include "framework/load/escape.hpp"

namespace bhsim::load {
namespace {

constexpr std::string_view kCapturedPrefix = "captured.";

// "w" and at least two digits.
void append_writer(std::string& out, std::uint32_t writer) {
  out.push_back('w');
  if (writer < 10) out.push_back('0');
  append_number(out, writer);
}

bool parse_number(std::string_view text, std::uint64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word_part(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// "users.name"
bool is_dotted(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !is_word(name.substr(0, dot))) return false;
  const std::string_view column = name.substr(dot + 1);
  return !column.empty() && std::all_of(column.begin(), column.end(), is_word_part);
}

// What else stands between braces is text: JSON, mostly.
bool is_placeholder_name(std::string_view name) {
  return is_dotted(name) || (!name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
         }));
}

std::string did_you_mean(std::string_view prefix, std::string_view word,
                         const std::vector<std::string>& words) {
  const auto close = nearest(word, words);
  return close ? fmt::format("; did you mean {{{}{}}}?", prefix, *close) : "";
}

// Follows a JSON text to know whether the next byte stands inside a string.
struct JsonPosition {
  bool in_string = false;
  bool is_escaped = false;

  void see(char c) {
    if (is_escaped) {
      is_escaped = false;
    } else if (in_string && c == '\\') {
      is_escaped = true;
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
};

}  // namespace

bool is_word(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_word_part);
}

std::string_view placeholder_at(std::string_view text, std::size_t at) {
  if (text[at] != '{') return {};
  const std::size_t close = text.find('}', at);
  if (close == std::string_view::npos) return {};
  const std::string_view name = text.substr(at + 1, close - at - 1);
  return is_placeholder_name(name) ? name : std::string_view();
}

Result<Template::Segment> Template::range(std::string_view name, LedgerRole role) {
  const std::size_t dots = name.find("..");
  Segment segment;
  segment.kind = Kind::range;
  if (!parse_number(name.substr(0, dots), segment.low) ||
      !parse_number(name.substr(dots + 2), segment.high) || segment.low > segment.high) {
    return fail(ErrorCode::config, "{{{}}} is not a range of whole numbers, such as {{1..9}}",
                name);
  }
  if (role == LedgerRole::write) {
    if (segment.low != 1 || segment.high != 9) {
      return fail(ErrorCode::config, "{{{}}}: the quantity of a ledger write is {{1..9}}", name);
    }
    segment.kind = Kind::quantity;
  }
  return segment;
}

Result<Template::Segment> Template::captured(std::string_view name, const LoadSpec& spec) {
  const std::vector<std::string> names = captured_names(spec);
  const std::string_view word = name.substr(kCapturedPrefix.size());
  const auto found = std::find(names.begin(), names.end(), word);
  if (found == names.end()) {
    return fail(ErrorCode::config, "{{{}}}: no operation captures '{}'{}", name, word,
                did_you_mean(kCapturedPrefix, word, names));
  }
  Segment segment;
  segment.kind = Kind::captured;
  segment.index = static_cast<std::size_t>(found - names.begin());
  return segment;
}

Result<Template::Segment> Template::data(std::string_view name, const LoadSpec& spec,
                                         TemplatePlace place) {
  const std::string_view set_name = name.substr(0, name.find('.'));
  const std::string_view column = name.substr(set_name.size() + 1);
  const auto set = std::find_if(spec.data.begin(), spec.data.end(),
                                [&](const DataSet& one) { return one.name == set_name; });
  if (set == spec.data.end()) {
    std::vector<std::string> words;
    for (const DataSet& one : spec.data) words.push_back(one.name + "." + std::string(column));
    return fail(ErrorCode::config, "{{{}}}: there is no data set '{}'{}", name, set_name,
                did_you_mean("", name, words));
  }
  const CsvTable& table = *set->table;
  const auto index = table.column(column);
  if (!index) {
    return fail(ErrorCode::config, "{{{}}}: {} has no column '{}'{}", name, table.name(), column,
                did_you_mean(set->name + ".", column, table.columns()));
  }
  const auto row = place == TemplatePlace::header ? table.row_with_control(*index) : std::nullopt;
  if (row) {
    return fail(ErrorCode::config,
                "{{{}}}: {}: a control character, such as a line break, cannot stand in a header",
                name, table.place(*row, *index));
  }
  Segment segment;
  segment.kind = Kind::data;
  segment.index = static_cast<std::size_t>(set - spec.data.begin());
  segment.column = *index;
  segment.pick = set->pick;
  segment.table = set->table;
  return segment;
}

Result<Template::Segment> Template::placeholder(std::string_view name, const LoadSpec& spec,
                                                LedgerRole role, TemplatePlace place) {
  if (name.find("..") != std::string_view::npos) return range(name, role);
  if (name.starts_with(kCapturedPrefix)) return captured(name, spec);
  if (is_dotted(name)) return data(name, spec, place);
  static const std::vector<std::string> names = {"sku", "acknowledged", "writer", "sequence",
                                                 "quantity"};
  static constexpr std::array kinds = {Kind::sku, Kind::acknowledged, Kind::writer, Kind::sequence,
                                       Kind::quantity};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return fail(ErrorCode::config, "unknown placeholder {{{}}}{}", name,
                did_you_mean("", name, names));
  }
  Segment segment;
  segment.kind = kinds[static_cast<std::size_t>(found - names.begin())];
  if (segment.kind == Kind::sku && spec.skus.empty()) {
    return fail(ErrorCode::config, "{{sku}} needs a list of skus");
  }
  if (segment.kind == Kind::acknowledged && role != LedgerRole::read) {
    return fail(ErrorCode::config, "{{acknowledged}} needs `ledger: read`");
  }
  if (segment.kind == Kind::quantity && role != LedgerRole::write) {
    return fail(ErrorCode::config, "{{quantity}} needs `ledger: write`");
  }
  if ((segment.kind == Kind::writer || segment.kind == Kind::sequence) &&
      role == LedgerRole::none) {
    return fail(ErrorCode::config, "{{{}}} needs an operation with a ledger role", name);
  }
  return segment;
}

void Template::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (segments_.empty() || segments_.back().kind != Kind::literal) segments_.emplace_back();
  segments_.back().text.append(text);
}

Result<void> Template::add(std::string_view text, const LoadSpec& spec, LedgerRole role,
                           TemplatePlace place) {
  std::string literal;
  JsonPosition position;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view name = placeholder_at(text, i);
    if (name.empty()) {
      position.see(text[i]);
      literal.push_back(text[i++]);
      continue;
    }
    BHSIM_ASSIGN(Segment segment, placeholder(name, spec, role, place));
    i += name.size() + 2;
    const bool is_number = segment.kind == Kind::range || segment.kind == Kind::sequence ||
                           segment.kind == Kind::quantity;
    if (place == TemplatePlace::json && is_number && literal.ends_with('"') && i < text.size() &&
        text[i] == '"') {
      literal.pop_back();
      position.in_string = false;
      ++i;
    }
    if (segment.kind == Kind::data || segment.kind == Kind::captured) {
      const bool is_encoded = place == TemplatePlace::path || place == TemplatePlace::form;
      segment.escape = is_encoded                     ? Escape::percent
                       : place != TemplatePlace::json ? Escape::none
                       : position.in_string           ? Escape::json_string
                                                      : Escape::json_value;
    }
    add_literal(literal);
    literal.clear();
    segments_.push_back(std::move(segment));
  }
  add_literal(literal);
  return {};
}

bool Template::is_constant() const {
  return std::all_of(segments_.begin(), segments_.end(),
                     [](const Segment& s) { return s.kind == Kind::literal; });
}

void Template::add_captured_to(std::vector<std::size_t>& slots) const {
  for (const Segment& segment : segments_) {
    if (segment.kind == Kind::captured &&
        std::find(slots.begin(), slots.end(), segment.index) == slots.end()) {
      slots.push_back(segment.index);
    }
  }
}

// The row follows from the request and the data set alone, so all placeholders of one data set in
// one request stand for values of one row.
std::string_view Template::data_value(const Segment& segment, const RequestValues& values) {
  const std::uint64_t rows = segment.table->rows();
  const std::uint64_t row =
      segment.pick == Pick::sequential
          ? values.number % rows
          : Random(values.random_seed ^ Random::mix(segment.index + 1)).below(rows);
  return segment.table->value(static_cast<std::size_t>(row), segment.column);
}

void Template::append(std::string& out, std::string_view value, Escape escape) {
  switch (escape) {
    case Escape::none:
      out.append(value);
      break;
    case Escape::percent:
      append_percent_encoded(out, value);
      break;
    case Escape::json_string:
      append_json_escaped(out, value);
      break;
    case Escape::json_value:
      append_json_value(out, value);
      break;
  }
}

void Template::render(const RequestValues& values, Random& random,
                      const std::vector<std::string>& skus, std::string& out) const {
  for (const Segment& segment : segments_) {
    switch (segment.kind) {
      case Kind::literal:
        out.append(segment.text);
        break;
      case Kind::sku:
        out.append(skus[values.sequence != 0 ? values.record.sku : random.below(skus.size())]);
        break;
      case Kind::range:
        append_number(out, segment.low + random.below(segment.high - segment.low + 1));
        break;
      case Kind::acknowledged:
        append_writer(out, values.writer);
        out.push_back('/');
        append_number(out, values.sequence);
        break;
      case Kind::writer:
        append_writer(out, values.writer);
        break;
      case Kind::sequence:
        append_number(out, values.sequence);
        break;
      case Kind::quantity:
        append_number(out, static_cast<std::uint64_t>(values.record.quantity));
        break;
      case Kind::data:
        append(out, data_value(segment, values), segment.escape);
        break;
      case Kind::captured:
        append(out, values.captured->value(segment.index), segment.escape);
        break;
    }
  }
}

}  // namespace bhsim::load
