#include "framework/history/item_record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bhsim::history {
namespace {

using nlohmann::json;

// --- every field once: the same list writes and reads

template <typename F>
void fields(ItemAttempt& one, F&& field) {
  field("purpose", one.purpose);
  field("class", one.class_name);
  field("variant", one.variant);
  field("generation", one.generation);
  field("sha256", one.sha256);
  field("t_write_ns", one.t_write);
  field("t_end_ns", one.t_end);
  field("t_served_ns", one.t_served);
  field("t_refused_ns", one.t_refused);
}

template <typename F>
void fields(ItemServed& one, F&& field) {
  field("generation", one.generation);
  field("first_sent_ns", one.first_sent);
  field("first_done_ns", one.first_done);
  field("last_done_ns", one.last_done);
  field("responses", one.responses);
}

template <typename F>
void fields(ItemReading& one, F&& field) {
  field("value", one.value);
  field("from_ns", one.from);
  field("to_ns", one.to);
}

template <typename F>
void fields(ItemLine& one, F&& field) {
  field("t_ns", one.t);
  field("kind", one.kind);
  field("what", one.what);
}

template <typename F>
void fields(ItemAudit& one, F&& field) {
  field("t_ns", one.t);
  field("class", one.class_name);
  field("before", one.before);
  field("after", one.after);
  field("outcome", one.outcome);
}

template <typename F>
void fields(ItemSecond& one, F&& field) {
  field("t_ns", one.t);
  field("planned", one.planned);
  field("ok", one.ok);
}

template <typename F>
void fields(ItemRecord& one, F&& field) {
  field("trouble", one.trouble);
  field("attempts", one.attempts);
  field("served", one.served);
  field("ready", one.ready);
  field("metrics", one.metrics);
  field("metrics_read", one.metrics_read);
  field("lines", one.lines);
  field("audit", one.audit);
  field("audit_read", one.audit_read);
  field("load", one.load);
}

// All kinds of values first: a list of one kind may hold any other.
json written(const Time& t);
json written(const std::optional<Time>& t);
template <typename T>
json written(const std::vector<T>& list);
template <typename T>
json written(const std::map<std::string, T>& map);
void read(const json& from, Time& into);
void read(const json& from, std::optional<Time>& into);
template <typename T>
void read(const json& from, std::vector<T>& into);
template <typename T>
void read(const json& from, std::map<std::string, T>& into);

template <typename T>
json written(const T& value) {
  if constexpr (requires(T & one) { fields(one, [](const char*, auto&) {}); }) {
    auto object = json::object();
    fields(const_cast<T&>(value),
           [&object](const char* name, auto& member) { object[name] = written(member); });
    return object;
  } else {
    return value;
  }
}
json written(const Time& t) { return to_ns(t); }
json written(const std::optional<Time>& t) { return t ? json(to_ns(*t)) : json(); }
template <typename T>
json written(const std::vector<T>& list) {
  auto array = json::array();
  for (const auto& one : list) array.push_back(written(one));
  return array;
}
template <typename T>
json written(const std::map<std::string, T>& map) {
  auto object = json::object();
  for (const auto& [name, one] : map) object[name] = written(one);
  return object;
}

void read(const json& from, Time& into) { into = time_from_ns(from.get<std::int64_t>()); }
void read(const json& from, std::optional<Time>& into) {
  if (from.is_null())
    into.reset();
  else
    into = time_from_ns(from.get<std::int64_t>());
}
template <typename T>
void read(const json& from, T& into) {
  if constexpr (requires(T & one) { fields(one, [](const char*, auto&) {}); })
    fields(into, [&from](const char* name, auto& member) {
      // What an earlier bhsim did not write keeps its default; what is no object is an error.
      if (!from.is_object() || from.contains(name)) read(from.at(name), member);
    });
  else
    into = from.get<T>();
}
template <typename T>
void read(const json& from, std::vector<T>& into) {
  for (const auto& one : from) read(one, into.emplace_back());
}
template <typename T>
void read(const json& from, std::map<std::string, T>& into) {
  for (const auto& [name, one] : from.items()) read(one, into[name]);
}

}  // namespace

const ItemAttempt* ItemRecord::attempt(std::string_view purpose) const {
  const auto found = std::ranges::find(attempts, purpose, &ItemAttempt::purpose);
  return found == attempts.end() ? nullptr : &*found;
}

std::optional<Time> ItemRecord::unready_since(Time t) const {
  for (const auto& reading : ready)
    if (reading.value == 0 && reading.from >= t) return reading.from;
  return std::nullopt;
}

const ItemServed* ItemRecord::served_since(const std::string& class_name, Time t) const {
  const auto runs = served.find(class_name);
  if (runs == served.end()) return nullptr;
  const auto found =
      std::ranges::find_if(runs->second, [t](const ItemServed& run) { return run.first_sent > t; });
  return found == runs->second.end() ? nullptr : &*found;
}

json to_json(const ItemRecord& record) { return written(record); }

Result<ItemRecord> item_record_from(const json& document) {
  try {
    ItemRecord record;
    read(document, record);
    return record;
  } catch (const json::exception& e) {
    return fail(ErrorCode::protocol, "the record of a conformance item: {}", e.what());
  }
}

}  // namespace bhsim::history
