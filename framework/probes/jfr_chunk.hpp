#pragma once
// One chunk of a flight recording, as JDK 11 and later write it (format 2): a header, events, and
// among them a description of their types ("metadata") and pools of constants ("checkpoints"), by
// which everything else is read. A recording is a row of chunks. Total on any bytes: what is no
// chunk is an Error, what is cut short is read as far as it goes.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/probes/jfr_cursor.hpp"

namespace bhsim::probes::jfr {

inline constexpr std::size_t kHeaderBytes = 68;

struct Header {
  std::int64_t size = 0;  // of the chunk, header included; 0: it was never finished
  std::int64_t constants_at = 0, metadata_at = 0;
  WallTime start;
  Nanos duration{};
  std::int64_t start_ticks = 0, ticks_per_second = 0;
};
// Of the first bytes of a chunk.
Result<Header> parse_header(std::string_view bytes);

struct Field {
  std::string name;
  std::int64_t type = 0;
  bool pooled = false;  // what stands there is the key of a constant of that type
  bool array = false;
};
struct Type {
  enum class Is { structure, integer, int32, boolean, byte, real32, real64, text };
  std::int64_t id = 0;
  Is is = Is::structure;
  std::string name;  // "jdk.ExecutionSample"
  std::vector<Field> fields;
  [[nodiscard]] std::optional<std::size_t> index(std::string_view field) const;
};

// A number (of a pooled field: the key), a text, or the values of a structure or an array.
struct Value {
  std::variant<std::int64_t, double, std::string, std::vector<Value>> is = std::int64_t{0};
  [[nodiscard]] std::int64_t number() const;
  [[nodiscard]] const std::string& text() const;  // empty when it is none
  [[nodiscard]] const std::vector<Value>& parts() const;
};
using Values = std::vector<Value>;
// Of a field that this JVM may not write: 0, or nothing.
const Value& field(const Values& values, std::optional<std::size_t> index);

class Chunk {
 public:
  // `bytes` begin with a header and must outlive the chunk; those beyond its size are not looked
  // at.
  static Result<Chunk> parse(std::string_view bytes);

  [[nodiscard]] const Header& header() const { return header_; }
  [[nodiscard]] std::int64_t events() const { return events_; }
  // False: it ends in the middle of something.
  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] WallTime end() const { return end_; }

  [[nodiscard]] const Type* type(std::string_view name) const;
  // Each event of that type, in the order of the chunk, which is not quite that of time.
  void each(const Type& type, const std::function<void(const Values& fields)>& visit) const;
  // The constant of that type with that key.
  [[nodiscard]] std::optional<Value> constant(std::int64_t type, std::int64_t key) const;
  // The type of a field of a type, by name; 0 when there is none.
  [[nodiscard]] static std::int64_t type_of(const Type& type, std::string_view field);
  [[nodiscard]] const Type* type(std::int64_t id) const;

  [[nodiscard]] WallTime wall(std::int64_t ticks) const;
  [[nodiscard]] Nanos length(std::int64_t ticks) const;

 private:
  Chunk(std::string_view bytes, Header header) : bytes_(bytes), header_(header) {}
  Result<void> read_metadata();
  void index_events();
  void index_constants(Cursor checkpoint);
  // Calls visit(type, cursor of the event's content); false: the last event is not whole.
  bool walk(const std::function<void(std::int64_t type, Cursor content)>& visit) const;
  std::string string(Cursor& cursor, int depth) const;
  Value value(Cursor& cursor, std::int64_t type, int depth) const;
  Value value(Cursor& cursor, const Field& field, int depth) const;

  std::string_view bytes_;
  Header header_;
  std::int64_t events_ = 0;
  bool whole_ = true;
  WallTime end_;
  std::unordered_map<std::int64_t, Type> types_;
  std::unordered_map<std::string, std::int64_t> by_name_;
  std::unordered_map<std::int64_t, std::unordered_map<std::int64_t, std::size_t>> constants_;
};

}  // namespace bhsim::probes::jfr
