#include "framework/engine/answer.hpp"

#include <utility>

namespace bhsim::engine {
namespace {

using nlohmann::json;

constexpr std::size_t kShown = 80;
// Deeper than any answer of the API; what writes JSON calls itself for each level.
constexpr int kDeepest = 200;

std::string shown(const json& value) {
  if (value.is_structured())
    return fmt::format("{} of {}", value.is_array() ? "a list" : "an object", value.size());
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kShown) text = text.substr(0, kShown) + "…";
  return text;
}

}  // namespace

Result<json> parse_answer(std::string_view what, std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, json::parse_event_t, json&) {
    too_deep |= depth > kDeepest;
    return true;
  };
  auto value = json::parse(text, watch, false);
  if (value.is_discarded() || too_deep)
    return fail(ErrorCode::protocol, "{}: the engine's answer is not JSON: '{}'", what,
                text.substr(0, 200));
  return value;
}

Result<std::string> encode(std::string_view what, const json& body) {
  try {
    return body.dump();
  } catch (const json::exception& exception) {
    return fail(ErrorCode::config, "{}: a text in the request is not UTF-8: {}", what,
                exception.what());
  }
}

Result<std::string> label_filter(std::string_view what, std::string_view label) {
  return encode(what, json::object({{"label", json::array({std::string(label)})}}));
}

void Field::note(std::string_view expected) const {
  if (*wrong_) return;
  *wrong_ = fmt::format("{}: {} expected, {} came", path_.empty() ? "the answer" : path_, expected,
                        value_ == nullptr ? "nothing" : shown(*value_));
}

const Field& Field::required() const {
  if (!present()) note("a value");
  return *this;
}

const Field& Field::not_null() const {
  if (value_ != nullptr && value_->is_null()) note("a value");
  return *this;
}

Field Field::operator[](std::string_view member) const {
  const json* found = nullptr;
  if (present() && !value_->is_object()) note("an object");
  if (present() && value_->is_object())
    if (const auto at = value_->find(member); at != value_->end()) found = &*at;
  return below(found, path_.empty() ? std::string(member) : fmt::format("{}.{}", path_, member));
}

std::string Field::text(std::string otherwise) const {
  if (!present()) return otherwise;
  if (value_->is_string()) return value_->get<std::string>();
  note("a text");
  return otherwise;
}

std::int64_t Field::number(std::int64_t otherwise) const {
  if (!present()) return otherwise;
  if (value_->is_number_unsigned() && std::in_range<std::int64_t>(value_->get<std::uint64_t>()))
    return value_->get<std::int64_t>();
  if (value_->is_number_integer() && !value_->is_number_unsigned())
    return value_->get<std::int64_t>();
  note("a whole number of 64 bits");
  return otherwise;
}

std::uint64_t Field::count(std::uint64_t otherwise) const {
  if (!present()) return otherwise;
  if (value_->is_number_unsigned()) return value_->get<std::uint64_t>();
  if (value_->is_number_integer() && value_->get<std::int64_t>() >= 0)
    return static_cast<std::uint64_t>(value_->get<std::int64_t>());
  note("a whole number from 0 to 2^64 - 1");
  return otherwise;
}

bool Field::flag() const {
  if (!present()) return false;
  if (value_->is_boolean()) return value_->get<bool>();
  note("true or false");
  return false;
}

std::vector<Field> Field::items() const {
  std::vector<Field> result;
  if (!present()) return result;
  if (!value_->is_array()) {
    note("a list");
    return result;
  }
  for (const auto& item : *value_)
    result.push_back(below(&item, fmt::format("{}[{}]", path_, result.size())));
  return result;
}

std::vector<std::pair<std::string, Field>> Field::members() const {
  std::vector<std::pair<std::string, Field>> result;
  if (!present()) return result;
  if (!value_->is_object()) {
    note("an object");
    return result;
  }
  for (auto it = value_->begin(); it != value_->end(); ++it)
    result.emplace_back(it.key(), below(&*it, fmt::format("{}.{}", path_, it.key())));
  return result;
}

std::vector<std::string> Field::texts() const {
  std::vector<std::string> result;
  for (const auto& item : items()) result.push_back(item.required().text());
  return result;
}

std::map<std::string, std::string> Field::texts_by_name() const {
  std::map<std::string, std::string> result;
  for (const auto& [name, field] : members()) result.emplace(name, field.text());
  return result;
}

Result<void> Fields::verdict() const {
  if (wrong_)
    return fail(ErrorCode::protocol, "{}: what came is not what the API says: {}", what_, *wrong_);
  return {};
}

Result<bool> JsonLines::take_line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
  BHSIM_ASSIGN(const auto value, parse_answer(what_, line));
  return take_(value);
}

Result<bool> JsonLines::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    pending_ += bytes.substr(0, end);
    if (pending_.size() > kLongestLine)
      return fail(ErrorCode::protocol, "{}: a line of the engine's stream is longer than {} bytes",
                  what_, kLongestLine);
    if (end == std::string_view::npos) return true;
    bytes.remove_prefix(end + 1);
    const auto taken = take_line(std::exchange(pending_, {}));
    if (!taken || !*taken) return taken;
  }
  return true;
}

Result<void> JsonLines::finish() {
  BHSIM_TRY(take_line(std::exchange(pending_, {})));
  return {};
}

Result<void> stream_json(const Client& client, const Request& request, const JsonLines::Taker& take,
                         std::stop_token stop) {
  JsonLines lines(request.what, take);
  std::optional<Error> broken;
  bool enough = false;
  const auto on_bytes = [&](std::string_view bytes) {
    const auto fed = lines.feed(bytes);
    if (!fed) broken = fed.error();
    enough = fed && !*fed;
    return fed && *fed;
  };
  const auto ended = client.stream(request, on_bytes, std::move(stop));
  if (broken) return fail(std::move(*broken));
  if (!ended) return fail(ended.error());
  if (enough) return {};
  return lines.finish();
}

}  // namespace bhsim::engine
