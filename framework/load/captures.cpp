#include "framework/load/captures.hpp"

#include <algorithm>

#include "framework/load/escape.hpp"
#include "framework/load/expectation.hpp"
#include "framework/load/template.hpp"

namespace bhsim::load {
namespace {

constexpr std::size_t kMostCaptures = 16;

std::size_t slot_of(const std::vector<std::string>& names, std::string_view name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

bool captures(const Operation& op, std::string_view name) {
  return std::any_of(op.captures.begin(), op.captures.end(),
                     [name](const Capture& capture) { return capture.name == name; });
}

Result<void> validate_capture(const Operation& op, const Capture& capture) {
  if (!is_word(capture.name))
    return fail(ErrorCode::config,
                "capture \"{}\": a name is a letter, and then letters, digits, '_' and '-'",
                capture.name);
  if (capture.source.empty())
    return fail(ErrorCode::config, "capture {}: from no field and no header", capture.name);
  if (capture.from == Capture::From::json && op.method == "HEAD")
    return fail(ErrorCode::config, "capture {}: the response to HEAD has no body", capture.name);
  const auto same = [&capture](const Capture& other) { return other.name == capture.name; };
  if (std::count_if(op.captures.begin(), op.captures.end(), same) > 1)
    return fail(ErrorCode::config, "capture {}: stands here twice", capture.name);
  return {};
}

}  // namespace

void CapturedValues::drop_unusable(std::size_t slot) {
  if (has_control(values_[slot])) forget(slot);
}

void CapturedValues::keep(std::size_t slot, JsonType type, std::string_view raw) {
  forget(slot);
  if (raw.size() > kMostBytes) return;
  if (type == JsonType::string) {
    append_json_unescaped(values_[slot], raw);
  } else if (type == JsonType::number || type == JsonType::boolean) {
    values_[slot].append(raw);
  }
  drop_unusable(slot);
}

void CapturedValues::keep_header(std::size_t slot, std::string_view value) {
  forget(slot);
  if (value.size() > kMostBytes) return;
  values_[slot].append(value);
  drop_unusable(slot);
}

CompiledCaptures::CompiledCaptures(const Operation& op, const std::vector<std::string>& names,
                                   WantedHeaders& wanted) {
  std::vector<std::string> told;
  for (const Capture& capture : op.captures) {
    One one{slot_of(names, capture.name), capture.from, {}, 0};
    if (capture.from == Capture::From::json) {
      one.field = capture.source;
      looks_at_body_ = true;
    } else {
      one.header = index_of_header(wanted, capture.source);
    }
    told.push_back(fmt::format("{} ({} {})", capture.name,
                               capture.from == Capture::From::json ? "JSON field" : "header",
                               capture.source));
    captures_.push_back(std::move(one));
  }
  problem_ =
      fmt::format("the response does not hold what is captured from it: {}", fmt::join(told, ", "));
}

bool CompiledCaptures::take_json(std::string_view body, CapturedValues& into) const {
  return JsonScanner(body).members(
      [this, &into](std::string_view key, JsonType type, std::string_view raw) {
        for (const One& one : captures_) {
          if (one.from == Capture::From::json && one.field == key) into.keep(one.slot, type, raw);
        }
      });
}

bool CompiledCaptures::take(const ResponseParser& response, CapturedValues& into) const {
  for (const One& one : captures_) into.forget(one.slot);
  bool all = !looks_at_body_ || take_json(response.body(), into);
  for (const One& one : captures_) {
    if (one.from == Capture::From::header && response.has_header(one.header))
      into.keep_header(one.slot, response.header(one.header));
    all = all && into.has(one.slot);
  }
  if (!all) {
    for (const One& one : captures_) into.forget(one.slot);
  }
  return all;
}

std::vector<std::uint32_t> capturing_operations(const LoadSpec& spec) {
  std::vector<std::uint32_t> first;
  for (const std::string& name : captured_names(spec)) {
    const auto found = std::find_if(spec.operations.begin(), spec.operations.end(),
                                    [&name](const Operation& op) { return captures(op, name); });
    first.push_back(static_cast<std::uint32_t>(found - spec.operations.begin()));
  }
  return first;
}

Result<void> validate_captures(const LoadSpec& spec, std::size_t operation,
                               const std::vector<std::size_t>& used) {
  const Operation& op = spec.operations[operation];
  if (op.captures.size() > kMostCaptures)
    return fail(ErrorCode::config, "{} captured values; {} are possible", op.captures.size(),
                kMostCaptures);
  for (const Capture& capture : op.captures) BHSIM_TRY(validate_capture(op, capture));
  const std::vector<std::uint32_t> first = capturing_operations(spec);
  for (const std::size_t slot : used) {
    if (first[slot] < operation) continue;
    return fail(ErrorCode::config,
                "{{captured.{}}} is captured by operation {}, which does not stand above; put what "
                "captures a value above what uses it",
                captured_names(spec)[slot], spec.operations[first[slot]].name);
  }
  if (op.ledger != LedgerRole::read || op.captures.empty()) return {};
  const auto end = spec.operations.begin() + static_cast<std::ptrdiff_t>(operation);
  const bool has_write = std::any_of(spec.operations.begin(), end, [](const Operation& above) {
    return above.ledger == LedgerRole::write;
  });
  if (has_write) return {};
  return fail(ErrorCode::config,
              "it captures and reads the ledger; put the operation that writes to it above");
}

}  // namespace bhsim::load
