#include "framework/load/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/base/nearest.hpp"

namespace bhsim::load {
namespace {

// "w" and at least two digits.
void append_writer(std::string& out, std::uint32_t writer) {
  out.push_back('w');
  if (writer < 10) out.push_back('0');
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), writer).ptr;
  out.append(digits.data(), end);
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool parse_number(std::string_view text, std::uint64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool is_placeholder_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 127 &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

bool has_header(const Operation& op, std::string_view name) {
  return std::any_of(op.headers.begin(), op.headers.end(),
                     [name](const auto& header) { return same_name(header.first, name); });
}

// A JSON object of a ledger write that does not say which record it is gets it said.
std::string with_record(const Operation& op) {
  if (op.ledger != LedgerRole::write || op.body.find("{writer}") != std::string::npos)
    return op.body;
  const std::size_t open = op.body.find_first_not_of(" \t\r\n");
  if (open == std::string::npos || op.body[open] != '{') return op.body;
  const std::size_t next = op.body.find_first_not_of(" \t\r\n", open + 1);
  const bool is_empty = next != std::string::npos && op.body[next] == '}';
  return op.body.substr(0, open) + R"({"writer":"{writer}","sequence":{sequence})" +
         (is_empty ? "" : ",") + op.body.substr(open + 1);
}

}  // namespace

Result<Template::Segment> Template::placeholder(std::string_view name, LedgerRole role) {
  if (const std::size_t dots = name.find(".."); dots != std::string_view::npos) {
    Segment range{Kind::range, {}, 0, 0};
    if (!parse_number(name.substr(0, dots), range.low) ||
        !parse_number(name.substr(dots + 2), range.high) || range.low > range.high) {
      return fail(ErrorCode::config, "{{{}}} is not a range of whole numbers, such as {{1..9}}",
                  name);
    }
    if (role == LedgerRole::write) {
      if (range.low != 1 || range.high != 9) {
        return fail(ErrorCode::config, "{{{}}}: the quantity of a ledger write is {{1..9}}", name);
      }
      range.kind = Kind::quantity;
    }
    return range;
  }
  static const std::vector<std::string> names = {"sku", "acknowledged", "writer", "sequence",
                                                 "quantity"};
  static constexpr std::array kinds = {Kind::sku, Kind::acknowledged, Kind::writer, Kind::sequence,
                                       Kind::quantity};
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    const auto close = nearest(name, names);
    return fail(ErrorCode::config, "unknown placeholder {{{}}}{}", name,
                close ? fmt::format("; did you mean {{{}}}?", *close) : "");
  }
  const Kind kind = kinds[static_cast<std::size_t>(found - names.begin())];
  if (kind == Kind::acknowledged && role != LedgerRole::read) {
    return fail(ErrorCode::config, "{{acknowledged}} needs `ledger: read`");
  }
  if (kind == Kind::quantity && role != LedgerRole::write) {
    return fail(ErrorCode::config, "{{quantity}} needs `ledger: write`");
  }
  if ((kind == Kind::writer || kind == Kind::sequence) && role == LedgerRole::none) {
    return fail(ErrorCode::config, "{{{}}} needs an operation with a ledger role", name);
  }
  return Segment{kind, {}, 0, 0};
}

Result<Template> Template::compile(std::string_view text, LedgerRole role, Body kind) {
  Template out;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) out.segments_.push_back({Kind::literal, std::move(literal), 0, 0});
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t close = text[i] == '{' ? text.find('}', i) : std::string_view::npos;
    const std::string_view name =
        close == std::string_view::npos ? "" : text.substr(i + 1, close - i - 1);
    if (!is_placeholder_name(name)) {
      literal.push_back(text[i++]);
      continue;
    }
    BHSIM_ASSIGN(Segment segment, placeholder(name, role));
    const bool is_number = segment.kind == Kind::range || segment.kind == Kind::sequence ||
                           segment.kind == Kind::quantity;
    std::size_t next = close + 1;
    if (kind == Body::json && is_number && literal.ends_with('"') && next < text.size() &&
        text[next] == '"') {
      literal.pop_back();
      ++next;
    }
    flush();
    out.segments_.push_back(std::move(segment));
    i = next;
  }
  flush();
  return out;
}

bool Template::is_constant() const {
  return std::all_of(segments_.begin(), segments_.end(),
                     [](const Segment& s) { return s.kind == Kind::literal; });
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
    }
  }
}

Result<CompiledRequest> CompiledRequest::compile(const LoadSpec& spec, const Operation& op) {
  if (!is_token(op.method))
    return fail(ErrorCode::config, "method \"{}\" is not an HTTP token", op.method);
  const std::string& prefix = spec.target.path_prefix;
  if ((prefix + op.path).empty() || (prefix + op.path).front() != '/' ||
      has_control(prefix + op.path) || (prefix + op.path).find(' ') != std::string::npos) {
    return fail(ErrorCode::config, "path \"{}{}\" must begin with / and have no blanks", prefix,
                op.path);
  }
  CompiledRequest out;
  out.is_head_ = op.method == "HEAD";
  out.start_ = op.method + " " + prefix;
  BHSIM_ASSIGN(out.path_, Template::compile(op.path, op.ledger, Template::Body::text));
  const std::string body = with_record(op);
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string::npos && (body[first] == '{' || body[first] == '[');
  BHSIM_ASSIGN(out.body_, Template::compile(body, op.ledger,
                                            is_json ? Template::Body::json : Template::Body::text));
  out.has_body_ =
      !body.empty() || op.method == "POST" || op.method == "PUT" || op.method == "PATCH";

  out.fields_ = " HTTP/1.1\r\n";
  if (!has_header(op, "host")) {
    const bool is_v6 = spec.target.host.find(':') != std::string::npos;
    out.fields_ += fmt::format("Host: {}{}{}:{}\r\n", is_v6 ? "[" : "", spec.target.host,
                               is_v6 ? "]" : "", spec.target.port);
  }
  if (is_json && !has_header(op, "content-type"))
    out.fields_ += "Content-Type: application/json\r\n";
  for (const auto& [name, value] : op.headers) {
    if (!is_token(name) || has_control(value)) {
      return fail(ErrorCode::config, "header \"{}: {}\" is not possible", name, value);
    }
    if (same_name(name, "content-length") || same_name(name, "transfer-encoding") ||
        same_name(name, "expect")) {
      return fail(ErrorCode::config, "header {} is written by bhsim, or not supported", name);
    }
    out.fields_ += name + ": " + value + "\r\n";
  }
  if (spec.skus.empty() &&
      (op.path.find("{sku}") != std::string::npos || body.find("{sku}") != std::string::npos)) {
    return fail(ErrorCode::config, "{{sku}} needs a list of skus");
  }
  if (out.path_.is_constant() && out.body_.is_constant()) {
    std::string scratch;
    std::string whole;
    out.render({}, spec.skus, scratch, whole);
    out.constant_ = std::move(whole);
  }
  return out;
}

void CompiledRequest::render(const RequestValues& values, const std::vector<std::string>& skus,
                             std::string& scratch, std::string& out) const {
  if (!constant_.empty()) {
    out.assign(constant_);
    return;
  }
  Random random(values.random_seed);
  out.assign(start_);
  path_.render(values, random, skus, out);
  out.append(fields_);
  if (!has_body_) {
    out.append("\r\n");
    return;
  }
  scratch.clear();
  body_.render(values, random, skus, scratch);
  out.append("Content-Length: ");
  append_number(out, scratch.size());
  out.append("\r\n\r\n").append(scratch);
}

}  // namespace bhsim::load
