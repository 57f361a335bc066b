#pragma once
// Records to JSON and back by one list of their fields, so that what is written is what is read. A
// record has its list in its own namespace, and not in an unnamed one, where nobody would find it:
//
//   template <typename F>
//   void fields(Limit& one, F&& field) {
//     field("relation", one.relation);
//     field("value", one.value);
//   }
//
// A member may be a record, an instant or a length of time (nanoseconds), a path, an enumeration
// that has words_of(E) (a list of pairs of value and word, the first of which stands for unknown
// values), an optional, list or map by name of all these, or whatever nlohmann::json takes by
// itself.

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"

namespace bhsim::json_fields {

using nlohmann::json;

template <typename T>
concept Record = requires(T& value) {
  fields(value, [](const char*, auto&) {});
};
template <typename T>
concept Worded = std::is_enum_v<T> && requires(T value) {
  words_of(value);
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};
template <typename T>
struct IsMap : std::false_type {};
template <typename T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

// Whether a record's members that equal their defaults are written.
enum class Defaults { written, left_out };

template <Defaults kDefaults = Defaults::written, typename T>
json write(const T& value) {
  if constexpr (std::is_same_v<T, Time>) {
    return to_ns(value);
  } else if constexpr (std::is_same_v<T, Nanos>) {
    return value.count();
  } else if constexpr (std::is_same_v<T, Path>) {
    return value.string();
  } else if constexpr (Worded<T>) {
    for (const auto& [one, word] : words_of(value))
      if (one == value) return word;
    return words_of(value).front().second;
  } else if constexpr (IsOptional<T>::value) {
    return value ? write<kDefaults>(*value) : json();
  } else if constexpr (IsVector<T>::value) {
    json out = json::array();
    for (const auto& item : value) out.push_back(write<kDefaults>(item));
    return out;
  } else if constexpr (IsMap<T>::value) {
    json out = json::object();
    for (const auto& [key, item] : value) out[key] = write<kDefaults>(item);
    return out;
  } else if constexpr (Record<T>) {
    json out = json::object();
    std::vector<json> defaults;
    if constexpr (kDefaults == Defaults::left_out) {
      T standard{};
      fields(standard,
             [&](const char*, auto& field) { defaults.push_back(write<kDefaults>(field)); });
    }
    T copy = value;
    std::size_t i = 0;
    fields(copy, [&](const char* name, auto& field) {
      json written = write<kDefaults>(field);
      if (defaults.empty() || written != defaults[i++]) out[name] = std::move(written);
    });
    return out;
  } else {
    return value;
  }
}

// Absent fields keep their defaults, so that documents of older versions can be read. Throws
// json::exception where the kind is wrong, for the caller to say of which document.
template <typename T>
void read(const json& from, T& value) {
  if constexpr (std::is_same_v<T, Time>) {
    value = time_from_ns(from.get<std::int64_t>());
  } else if constexpr (std::is_same_v<T, Nanos>) {
    value = Nanos(from.get<std::int64_t>());
  } else if constexpr (std::is_same_v<T, Path>) {
    value = from.get<std::string>();
  } else if constexpr (Worded<T>) {
    const auto said = from.get<std::string>();
    for (const auto& [one, word] : words_of(value))
      if (said == word) value = one;
  } else if constexpr (IsOptional<T>::value) {
    value.reset();
    if (!from.is_null()) read(from, value.emplace());
  } else if constexpr (IsVector<T>::value) {
    value.clear();
    for (const auto& item : from.get_ref<const json::array_t&>()) read(item, value.emplace_back());
  } else if constexpr (IsMap<T>::value) {
    value.clear();
    for (const auto& [key, item] : from.get_ref<const json::object_t&>()) read(item, value[key]);
  } else if constexpr (Record<T>) {
    const auto& object = from.get_ref<const json::object_t&>();
    fields(value, [&object](const char* name, auto& field) {
      if (const auto found = object.find(name); found != object.end()) read(found->second, field);
    });
  } else {
    from.get_to(value);
  }
}

}  // namespace bhsim::json_fields
