#pragma once
// The adapter of SQLite, for this folder only. C++ values are bound and read by their own type:
// instants and durations as INTEGER nanoseconds, flags as 0 or 1, enumerations by name, an empty
// optional as NULL.

#include <sqlite3.h>

#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/history/names.hpp"

namespace bhsim::history {

class Statement {
 public:
  Statement() = default;

  void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }
  void bind(int index, double value) { sqlite3_bind_double(statement_.get(), index, value); }
  void bind(int index, std::string_view value);
  // Histograms are bytes, not text.
  void bind_blob(int index, std::string_view value);
  void bind_null(int index) { sqlite3_bind_null(statement_.get(), index); }

  template <typename T>
  void bind_value(int index, const T& value);
  template <typename T>
  void read_value(int index, T& value) const;

  [[nodiscard]] std::int64_t integer(int index) const {
    return sqlite3_column_int64(statement_.get(), index);
  }
  [[nodiscard]] double real(int index) const {
    return sqlite3_column_double(statement_.get(), index);
  }
  [[nodiscard]] std::string bytes(int index) const;
  [[nodiscard]] bool null(int index) const {
    return sqlite3_column_type(statement_.get(), index) == SQLITE_NULL;
  }

  [[nodiscard]] bool blob(int index) const {
    return sqlite3_column_type(statement_.get(), index) == SQLITE_BLOB;
  }
  [[nodiscard]] std::vector<std::string> columns() const;

  // True when there is a row to read; false at the end.
  Result<bool> step();
  // One execution from start to end, and ready to be bound anew, also after an Error.
  Result<void> run();

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  Database() = default;
  // `flags` are SQLITE_OPEN_…; `name` is a path or a file: URI.
  static Result<Database> open(const std::string& name, int flags);

  Result<void> execute(std::string_view sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the first row, or nothing.
  Result<std::optional<std::string>> scalar(std::string_view sql);
  // False after BEGIN only when SQLite itself rolled back, as it does when the disk is full.
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(db_.get()) == 0; }
  // Closes in order, so that a failure is told; the destructor closes silently.
  Result<void> close();

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  explicit Database(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
void Statement::bind_value(int index, const T& value) {
  if constexpr (IsOptional<T>::value) {
    value ? bind_value(index, *value) : bind_null(index);
  } else if constexpr (std::is_enum_v<T>) {
    bind(index, to_string(value));
  } else if constexpr (std::same_as<T, Time> || std::same_as<T, WallTime>) {
    bind(index, to_ns(value));
  } else if constexpr (std::same_as<T, Nanos>) {
    bind(index, std::int64_t{value.count()});
  } else if constexpr (std::floating_point<T>) {
    bind(index, double{value});
  } else if constexpr (std::integral<T>) {
    bind(index, static_cast<std::int64_t>(value));
  } else {
    bind(index, std::string_view(value));
  }
}

template <typename T>
void Statement::read_value(int index, T& value) const {
  if constexpr (IsOptional<T>::value) {
    if (null(index)) {
      value.reset();
    } else {
      read_value(index, value.emplace());
    }
  } else if constexpr (std::is_enum_v<T>) {
    const auto names = names_of(value);
    const std::string name = bytes(index);
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) value = static_cast<T>(i);
    }
  } else if constexpr (std::same_as<T, Time>) {
    value = time_from_ns(integer(index));
  } else if constexpr (std::same_as<T, WallTime>) {
    value = wall_from_ns(integer(index));
  } else if constexpr (std::same_as<T, Nanos>) {
    value = Nanos(integer(index));
  } else if constexpr (std::floating_point<T>) {
    value = null(index) ? std::numeric_limits<T>::quiet_NaN() : real(index);
  } else if constexpr (std::integral<T>) {
    value = static_cast<T>(integer(index));
  } else {
    value = bytes(index);
  }
}

}  // namespace bhsim::history
