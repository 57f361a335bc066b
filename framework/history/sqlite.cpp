#include "framework/history/sqlite.hpp"

namespace bhsim::history {
namespace {

tl::unexpected<Error> sqlite_error(sqlite3* db, std::string_view doing) {
  return fail(ErrorCode::io, "{}: {} (SQLite code {})", doing, sqlite3_errmsg(db),
              sqlite3_extended_errcode(db));
}

}  // namespace

void Statement::bind(int index, std::string_view value) {
  sqlite3_bind_text(statement_.get(), index, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
}

void Statement::bind_blob(int index, std::string_view value) {
  sqlite3_bind_blob(statement_.get(), index, value.data(), static_cast<int>(value.size()),
                    SQLITE_TRANSIENT);
}

std::string Statement::bytes(int index) const {
  const void* data = sqlite3_column_blob(statement_.get(), index);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), index))};
}

std::vector<std::string> Statement::columns() const {
  const int count = sqlite3_column_count(statement_.get());
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) names.emplace_back(sqlite3_column_name(statement_.get(), i));
  return names;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return sqlite_error(sqlite3_db_handle(statement_.get()), sqlite3_sql(statement_.get()));
}

Result<void> Statement::run() {
  const auto stepped = step();
  sqlite3_reset(statement_.get());
  if (!stepped) return fail(stepped.error());
  return {};
}

Result<Database> Database::open(const std::string& name, int flags) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_URI, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) return sqlite_error(raw, fmt::format("open {}", name));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  return db;
}

Result<void> Database::execute(std::string_view sql) {
  if (sqlite3_exec(db_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return sqlite_error(db_.get(), sql);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr) !=
      SQLITE_OK)
    return sqlite_error(db_.get(), sql);
  return Statement(raw);
}

Result<std::optional<std::string>> Database::scalar(std::string_view sql) {
  BHSIM_ASSIGN(Statement statement, prepare(sql));
  BHSIM_ASSIGN(const bool row, statement.step());
  if (!row || statement.null(0)) return std::optional<std::string>();
  return std::optional<std::string>(statement.bytes(0));
}

Result<void> Database::close() {
  if (sqlite3_close(db_.get()) != SQLITE_OK) return sqlite_error(db_.get(), "close");
  (void)db_.release();
  return {};
}

}  // namespace bhsim::history
