#pragma once
// What the engine's answers say, read without trust: no answer, however wrong, throws. Of this
// folder alone.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/engine/client.hpp"

namespace bhsim::engine {

// JSON text as a value, or ErrorCode::protocol with `what` was asked and how the answer begins.
Result<nlohmann::json> parse_answer(std::string_view what, std::string_view text);
// The body of a request; an Error when a text in it is not UTF-8.
Result<std::string> encode(std::string_view what, const nlohmann::json& body);

// The value of `filters` that asks for things with that label: "name" or "name=value".
Result<std::string> label_filter(std::string_view what, std::string_view label);

// A value in an answer and where it stands ("State.Health"). Absent and null are the same, and give
// the default; a value of another type than the one asked for gives the default too, and is noted
// in the Fields that it belongs to.
class Field {
 public:
  Field operator[](std::string_view member) const;
  [[nodiscard]] bool present() const { return value_ != nullptr && !value_->is_null(); }
  // The same field; that it is absent is noted.
  // NOLINTNEXTLINE(modernize-use-nodiscard): asked for the note alone, too
  const Field& required() const;
  // The same field; that it is null is noted, for JSON that callers read themselves.
  [[nodiscard]] const Field& not_null() const;

  // NOLINTNEXTLINE(modernize-use-nodiscard): read for its type alone, too
  std::string text(std::string otherwise = {}) const;
  [[nodiscard]] std::int64_t number(std::int64_t otherwise = 0) const;
  // A whole number from 0 up, exactly: never by way of a double.
  [[nodiscard]] std::uint64_t count(std::uint64_t otherwise = 0) const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] std::vector<Field> items() const;                            // of an array
  [[nodiscard]] std::vector<std::pair<std::string, Field>> members() const;  // of an object
  [[nodiscard]] std::vector<std::string> texts() const;                      // of an array
  [[nodiscard]] std::map<std::string, std::string> texts_by_name() const;    // of an object

 private:
  friend class Fields;
  Field(const nlohmann::json* value, std::string path, std::optional<std::string>* wrong)
      : value_(value), path_(std::move(path)), wrong_(wrong) {}
  void note(std::string_view expected) const;
  [[nodiscard]] Field below(const nlohmann::json* value, std::string path) const {
    return {value, std::move(path), wrong_};
  }

  const nlohmann::json* value_;
  std::string path_;
  std::optional<std::string>* wrong_;  // of the Fields
};

// One answer under reading; the JSON must outlive it. Read what is needed, then ask for the
// verdict: an Error with the first field that was not as the API has it.
class Fields {
 public:
  Fields(std::string_view what, const nlohmann::json& answer) : what_(what), answer_(answer) {}
  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;
  [[nodiscard]] Field root() { return {&answer_, "", &wrong_}; }
  [[nodiscard]] Result<void> verdict() const;

 private:
  std::string what_;
  const nlohmann::json& answer_;
  std::optional<std::string> wrong_;
};

// JSON values one a line, split anywhere, as events, stats and the progress of a build come.
class JsonLines {
 public:
  // True: go on. False: enough.
  using Taker = std::function<Result<bool>(const nlohmann::json&)>;
  JsonLines(std::string what, Taker take) : what_(std::move(what)), take_(std::move(take)) {}

  // An Error for a line that is not JSON or longer than 4 MiB, or the taker's own.
  Result<bool> feed(std::string_view bytes);
  // Takes the last line, which may lack its end of line.
  Result<void> finish();

 private:
  static constexpr std::size_t kLongestLine = 4U << 20U;
  Result<bool> take_line(std::string_view line);

  std::string what_;
  Taker take_;
  std::string pending_;
};

// Streams an answer of JSON lines to `take`, to its end, or until `stop`, which is an Error
// (cancelled), or until `take` has enough.
Result<void> stream_json(const Client& client, const Request& request, const JsonLines::Taker& take,
                         std::stop_token stop);

}  // namespace bhsim::engine
