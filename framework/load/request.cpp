#include "framework/load/request.hpp"

#include <algorithm>

#include "framework/load/escape.hpp"

namespace bhsim::load {
namespace {

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 127 &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  });
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

const std::string* find_header(const Operation& op, std::string_view name) {
  const auto found = std::find_if(op.headers.begin(), op.headers.end(), [name](const auto& header) {
    return same_name(header.first, name);
  });
  return found == op.headers.end() ? nullptr : &found->second;
}

bool begins_as_json(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || !placeholder_at(body, first).empty()) return false;
  return body[first] == '{' || body[first] == '[';
}

TemplatePlace place_of_body(const Operation& op, std::string_view body) {
  if (begins_as_json(body)) return TemplatePlace::json;
  const std::string* type = find_header(op, "content-type");
  return type != nullptr && type->starts_with("application/x-www-form-urlencoded")
             ? TemplatePlace::form
             : TemplatePlace::text;
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

Result<void> CompiledRequest::add_fields(const LoadSpec& spec, const Operation& op,
                                         Template& fields) {
  for (const auto& [name, value] : op.headers) {
    if (!is_token(name) || has_control(value)) {
      return fail(ErrorCode::config, "header \"{}: {}\" is not possible", name, value);
    }
    if (same_name(name, "content-length") || same_name(name, "transfer-encoding") ||
        same_name(name, "expect")) {
      return fail(ErrorCode::config, "header {} is written by bhsim, or not supported", name);
    }
    fields.add_literal(name + ": ");
    const auto added = fields.add(value, spec, op.ledger, TemplatePlace::header);
    if (!added) return fail(added.error().within("header " + name));
    fields.add_literal("\r\n");
  }
  return {};
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
  BHSIM_TRY(out.path_.add(op.path, spec, op.ledger, TemplatePlace::path));
  const std::string body = with_record(op);
  const TemplatePlace place = place_of_body(op, body);
  BHSIM_TRY(out.body_.add(body, spec, op.ledger, place));
  out.has_body_ =
      !body.empty() || op.method == "POST" || op.method == "PUT" || op.method == "PATCH";

  out.fields_.add_literal(" HTTP/1.1\r\n");
  if (find_header(op, "host") == nullptr)
    out.fields_.add_literal("Host: " + spec.target.authority() + "\r\n");
  if (place == TemplatePlace::json && find_header(op, "content-type") == nullptr)
    out.fields_.add_literal("Content-Type: application/json\r\n");
  BHSIM_TRY(add_fields(spec, op, out.fields_));
  for (const Template* part : {&out.path_, &out.fields_, &out.body_})
    part->add_captured_to(out.captured_);
  if (out.path_.is_constant() && out.fields_.is_constant() && out.body_.is_constant()) {
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
  fields_.render(values, random, skus, out);
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
