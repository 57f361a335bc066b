#include "framework/history/tables.hpp"

#include "framework/history/store.hpp"

namespace bhsim::history {
namespace {

// "bhsm": tells `file` and a curious reader whose database this is.
constexpr std::int32_t kApplicationId = 0x6268736d;

template <typename T>
constexpr std::string_view sql_type(Storage storage) {
  if constexpr (IsOptional<T>::value) {
    return sql_type<typename T::value_type>(storage);
  } else if constexpr (std::is_enum_v<T> || std::same_as<T, std::string>) {
    return storage == Storage::blob ? "BLOB" : "TEXT";
  } else if constexpr (std::floating_point<T>) {
    return "REAL";
  } else {
    return "INTEGER";
  }
}

template <typename Row>
std::string create_sql() {
  std::string columns;
  for_each_column<Row>([&](const auto& column) {
    using Value = std::remove_cvref_t<std::invoke_result_t<decltype(column.get), Row&>>;
    // SQLite keeps a NaN as NULL.
    constexpr bool kNullable = IsOptional<Value>::value || std::floating_point<Value>;
    if (!columns.empty()) columns += ", ";
    columns += fmt::format("{} {}{}", column.name, sql_type<Value>(column.storage),
                           kNullable ? "" : " NOT NULL");
  });
  const auto key = Table<Row>::kKey;
  const std::string primary = key.empty() ? "" : fmt::format(", PRIMARY KEY ({})", key);
  return fmt::format("CREATE TABLE {} ({}{});\n", Table<Row>::kName, columns, primary);
}

}  // namespace

std::string schema_sql() {
  std::string sql = fmt::format(
      "PRAGMA application_id = {};\n"
      "PRAGMA user_version = {};\n"
      "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;\n"
      "CREATE TABLE fact (name TEXT PRIMARY KEY, json TEXT NOT NULL);\n"
      "CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);\n"
      "CREATE TABLE sample_data (series INTEGER NOT NULL, t INTEGER NOT NULL, value REAL);\n"
      "CREATE VIEW sample AS SELECT series.name AS series, t, value\n"
      "  FROM sample_data JOIN series ON series.id = sample_data.series;\n",
      kApplicationId, kSchemaVersion);
  for_each_record([&]<typename Row>(const Row&) { sql += create_sql<Row>(); });
  return sql;
}

}  // namespace bhsim::history
