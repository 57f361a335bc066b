#pragma once
// The schema: one descriptor a record type, from which the CREATE, INSERT and SELECT statements and
// the binding follow. For this folder only. A new table is a struct in records.hpp, a descriptor
// here, and a line in Records. Column names are the names of the struct's members
// (docs/run-store.md): checks name them as evidence.

#include <functional>
#include <set>
#include <string>
#include <tuple>

#include "framework/history/records.hpp"
#include "framework/history/sqlite.hpp"

namespace bhsim::history {

enum class Storage { by_type, blob };

template <typename Get>
struct Column {
  std::string_view name;
  Get get;  // what std::invoke(get, row) refers to is the value
  Storage storage = Storage::by_type;
};
template <typename Get>
Column(std::string_view, Get) -> Column<Get>;
template <typename Get>
Column(std::string_view, Get, Storage) -> Column<Get>;

// kName: of the table. kKey: columns of the primary key, whose row a later one replaces; empty:
// rows only add up. kTime: the column that orders the rows and says when the evidence of this table
// ends; empty: none. kAddedLater, where it is declared: stores of the same version may lack the
// table, which is then empty. Whatever rests on one must be able to tell "nothing was there" from
// "nobody looked".
template <typename Row>
struct Table;
template <typename Row>
constexpr bool added_later() {
  return requires { Table<Row>::kAddedLater; };
}

template <>
struct Table<ClockPoint> {
  static constexpr std::string_view kName = "clock", kKey = "", kTime = "mono";
  static constexpr std::tuple kColumns = {Column{"mono", &ClockPoint::mono},
                                          Column{"wall", &ClockPoint::wall}};
};

template <>
struct Table<Window> {
  static constexpr std::string_view kName = "window", kKey = "kind, id", kTime = "t0";
  static constexpr std::tuple kColumns = {Column{"kind", &Window::kind}, Column{"id", &Window::id},
                                          Column{"name", &Window::name}, Column{"t0", &Window::t0},
                                          Column{"t1", &Window::t1}};
};

template <>
struct Table<JvmSegment> {
  static constexpr std::string_view kName = "jvm", kKey = "role, segment", kTime = "t_start";
  static constexpr std::tuple kColumns = {Column{"segment", &JvmSegment::segment},
                                          Column{"container", &JvmSegment::container},
                                          Column{"role", &JvmSegment::role},
                                          Column{"t_start", &JvmSegment::t_start},
                                          Column{"t_ready", &JvmSegment::t_ready},
                                          Column{"t_end", &JvmSegment::t_end},
                                          Column{"exit_code", &JvmSegment::exit_code},
                                          Column{"oom_killed", &JvmSegment::oom_killed},
                                          Column{"planned_end", &JvmSegment::planned_end}};
};

template <Outcome kOutcome>
struct CountOf {
  auto& operator()(auto& row) const { return row.outcomes[static_cast<std::size_t>(kOutcome)]; }
};
template <Outcome kOutcome>
constexpr auto outcome_column(std::string_view name) {
  return Column{name, CountOf<kOutcome>()};
}

template <>
struct Table<LoadSecond> {
  static constexpr std::string_view kName = "load_second", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {
      Column{"t", &LoadSecond::t},
      Column{"operation", &LoadSecond::operation},
      Column{"planned", &LoadSecond::planned},
      outcome_column<Outcome::ok>("ok"),
      outcome_column<Outcome::bad_status>("bad_status"),
      outcome_column<Outcome::bad_body>("bad_body"),
      outcome_column<Outcome::timeout>("timeout"),
      outcome_column<Outcome::reset>("reset"),
      outcome_column<Outcome::refused>("refused"),
      outcome_column<Outcome::unsent>("unsent"),
      Column{"within_slo", &LoadSecond::within_slo},
      Column{"blocked", &LoadSecond::blocked},
      Column{"corrected", &LoadSecond::corrected, Storage::blob},
      Column{"uncorrected", &LoadSecond::uncorrected, Storage::blob}};
};

template <>
struct Table<GeneratorSecond> {
  static constexpr std::string_view kName = "generator_second", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &GeneratorSecond::t},
                                          Column{"lag", &GeneratorSecond::lag, Storage::blob},
                                          Column{"lag_max", &GeneratorSecond::lag_max},
                                          Column{"cpu_share", &GeneratorSecond::cpu_share},
                                          Column{"wakeups", &GeneratorSecond::wakeups},
                                          Column{"reconnects", &GeneratorSecond::reconnects}};
};

template <>
struct Table<Failure> {
  static constexpr std::string_view kName = "failure", kKey = "", kTime = "t_planned";
  static constexpr std::tuple kColumns = {
      Column{"t_planned", &Failure::t_planned}, Column{"t_sent", &Failure::t_sent},
      Column{"t_done", &Failure::t_done},       Column{"operation", &Failure::operation},
      Column{"outcome", &Failure::outcome},     Column{"status", &Failure::status},
      Column{"detail", &Failure::detail}};
};

template <>
struct Table<Swap> {
  static constexpr std::string_view kName = "swap", kKey = "role, class_name, generation",
                                    kTime = "t_write";
  static constexpr std::tuple kColumns = {Column{"generation", &Swap::generation},
                                          Column{"class_name", &Swap::class_name},
                                          Column{"variant", &Swap::variant},
                                          Column{"valid", &Swap::valid},
                                          Column{"group_id", &Swap::group_id},
                                          Column{"phase", &Swap::phase},
                                          Column{"role", &Swap::role},
                                          Column{"t_write", &Swap::t_write},
                                          Column{"t_rename", &Swap::t_rename},
                                          Column{"t_served", &Swap::t_served},
                                          Column{"outcome", &Swap::outcome},
                                          Column{"sha256", &Swap::sha256},
                                          Column{"sha256_before", &Swap::sha256_before},
                                          Column{"detail", &Swap::detail}};
};

template <>
struct Table<Served> {
  static constexpr std::string_view kName = "served", kKey = "", kTime = "first_sent";
  static constexpr std::tuple kColumns = {
      Column{"class_name", &Served::class_name}, Column{"generation", &Served::generation},
      Column{"first_sent", &Served::first_sent}, Column{"first_done", &Served::first_done},
      Column{"last_done", &Served::last_done},   Column{"responses", &Served::responses}};
};

template <>
struct Table<Violation> {
  static constexpr std::string_view kName = "violation", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {
      Column{"t", &Violation::t}, Column{"kind", &Violation::kind},
      Column{"class_name", &Violation::class_name}, Column{"detail", &Violation::detail}};
};

template <>
struct Table<Fault> {
  static constexpr std::string_view kName = "fault", kKey = "id", kTime = "t_intent";
  static constexpr std::tuple kColumns = {Column{"id", &Fault::id},
                                          Column{"kind", &Fault::kind},
                                          Column{"target", &Fault::target},
                                          Column{"state", &Fault::state},
                                          Column{"t_intent", &Fault::t_intent},
                                          Column{"t_active", &Fault::t_active},
                                          Column{"t_undo", &Fault::t_undo},
                                          Column{"t_healed", &Fault::t_healed},
                                          Column{"t_recovered", &Fault::t_recovered},
                                          Column{"acted_proof", &Fault::acted_proof},
                                          Column{"healed_proof", &Fault::healed_proof}};
};

template <>
struct Table<GcPause> {
  static constexpr std::string_view kName = "gc", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &GcPause::t},
                                          Column{"id", &GcPause::id},
                                          Column{"kind", &GcPause::kind},
                                          Column{"cause", &GcPause::cause},
                                          Column{"before_bytes", &GcPause::before_bytes},
                                          Column{"after_bytes", &GcPause::after_bytes},
                                          Column{"capacity_bytes", &GcPause::capacity_bytes},
                                          Column{"pause", &GcPause::pause},
                                          Column{"forced", &GcPause::forced}};
};

template <>
struct Table<Redefinition> {
  static constexpr std::string_view kName = "redefinition", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {
      Column{"t", &Redefinition::t}, Column{"class_name", &Redefinition::class_name},
      Column{"ok", &Redefinition::ok}, Column{"detail", &Redefinition::detail}};
};

template <>
struct Table<LogLine> {
  static constexpr std::string_view kName = "log_line", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {
      Column{"t", &LogLine::t}, Column{"source", &LogLine::source},
      Column{"level", &LogLine::level}, Column{"text", &LogLine::text}};
};

template <>
struct Table<Health> {
  static constexpr std::string_view kName = "health", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &Health::t},
                                          Column{"endpoint", &Health::endpoint},
                                          Column{"up", &Health::up},
                                          Column{"status", &Health::status},
                                          Column{"latency", &Health::latency},
                                          Column{"role", &Health::role}};
};

template <>
struct Table<ThreadDump> {
  static constexpr std::string_view kName = "thread_dump", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &ThreadDump::t},
                                          Column{"file", &ThreadDump::file},
                                          Column{"threads", &ThreadDump::threads},
                                          Column{"deadlock", &ThreadDump::deadlock},
                                          Column{"detail", &ThreadDump::detail},
                                          Column{"lock_waits", &ThreadDump::lock_waits}};
};

template <>
struct Table<LockWait> {
  static constexpr std::string_view kName = "lock_wait", kKey = "", kTime = "t";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {
      Column{"t", &LockWait::t},         Column{"thread", &LockWait::thread},
      Column{"tid", &LockWait::tid},     Column{"lock", &LockWait::lock},
      Column{"frame", &LockWait::frame}, Column{"cpu", &LockWait::cpu}};
};

template <>
struct Table<LedgerCheck> {
  static constexpr std::string_view kName = "ledger_check", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &LedgerCheck::t},
                                          Column{"reason", &LedgerCheck::reason},
                                          Column{"acknowledged", &LedgerCheck::acknowledged},
                                          Column{"verified", &LedgerCheck::verified},
                                          Column{"lost", &LedgerCheck::lost},
                                          Column{"altered", &LedgerCheck::altered},
                                          Column{"duplicated", &LedgerCheck::duplicated},
                                          Column{"resurrected", &LedgerCheck::resurrected},
                                          Column{"complete", &LedgerCheck::complete},
                                          Column{"detail", &LedgerCheck::detail}};
};

template <>
struct Table<AuditLine> {
  static constexpr std::string_view kName = "audit", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {Column{"t", &AuditLine::t},
                                          Column{"class_name", &AuditLine::class_name},
                                          Column{"sha256_before", &AuditLine::sha256_before},
                                          Column{"sha256_after", &AuditLine::sha256_after},
                                          Column{"outcome", &AuditLine::outcome},
                                          Column{"detail", &AuditLine::detail}};
};

template <>
struct Table<EngineEvent> {
  static constexpr std::string_view kName = "event", kKey = "", kTime = "t";
  static constexpr std::tuple kColumns = {
      Column{"t", &EngineEvent::t}, Column{"container", &EngineEvent::container},
      Column{"action", &EngineEvent::action}, Column{"detail", &EngineEvent::detail}};
};

template <>
struct Table<Cost> {
  static constexpr std::string_view kName = "cost", kKey = "kind, rank", kTime = "";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {
      Column{"kind", &Cost::kind},       Column{"rank", &Cost::rank},
      Column{"what", &Cost::what},       Column{"stack", &Cost::stack},
      Column{"samples", &Cost::samples}, Column{"agent_samples", &Cost::agent_samples},
      Column{"share", &Cost::share},     Column{"bytes", &Cost::bytes},
      Column{"took", &Cost::took},       Column{"t", &Cost::t}};
};

template <>
struct Table<Artifact> {
  static constexpr std::string_view kName = "artifact", kKey = "path", kTime = "";
  static constexpr std::tuple kColumns = {
      Column{"path", &Artifact::path}, Column{"kind", &Artifact::kind},
      Column{"sha256", &Artifact::sha256}, Column{"bytes", &Artifact::bytes}};
};

template <>
struct Table<Pair> {
  static constexpr std::string_view kName = "pair", kKey = "id", kTime = "t0";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {
      Column{"id", &Pair::id},          Column{"floor", &Pair::floor},
      Column{"t0", &Pair::t0},          Column{"t1", &Pair::t1},
      Column{"swaps", &Pair::swaps},    Column{"served", &Pair::served},
      Column{"trouble", &Pair::trouble}};
};

template <>
struct Table<PairJvm> {
  static constexpr std::string_view kName = "pair_jvm", kKey = "pair, side", kTime = "";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {Column{"pair", &PairJvm::pair},
                                          Column{"side", &PairJvm::side},
                                          Column{"start", &PairJvm::start},
                                          Column{"planned", &PairJvm::planned},
                                          Column{"ok", &PairJvm::ok},
                                          Column{"cpu", &PairJvm::cpu},
                                          Column{"p50", &PairJvm::p50},
                                          Column{"p99", &PairJvm::p99},
                                          Column{"heap_live", &PairJvm::heap_live},
                                          Column{"beside_heap", &PairJvm::beside_heap}};
};

template <>
struct Table<PairThread> {
  static constexpr std::string_view kName = "pair_thread", kKey = "pair, side, name", kTime = "";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {
      Column{"pair", &PairThread::pair}, Column{"side", &PairThread::side},
      Column{"name", &PairThread::name}, Column{"cpu", &PairThread::cpu}};
};

template <>
struct Table<PairWindow> {
  static constexpr std::string_view kName = "pair_window", kKey = "", kTime = "t";
  static constexpr bool kAddedLater = true;
  static constexpr std::tuple kColumns = {
      Column{"pair", &PairWindow::pair},   Column{"t", &PairWindow::t},
      Column{"cpu_a", &PairWindow::cpu_a}, Column{"length_a", &PairWindow::length_a},
      Column{"cpu_b", &PairWindow::cpu_b}, Column{"length_b", &PairWindow::length_b}};
};

// Every record type that is stored as one row of a table of its own. Samples are not: their series
// name is interned (sample_data, series), because there are forty a second.
using Records = std::tuple<ClockPoint, Window, JvmSegment, LoadSecond, GeneratorSecond, Failure,
                           Swap, Served, Violation, Fault, GcPause, Redefinition, LogLine, Health,
                           ThreadDump, LockWait, LedgerCheck, AuditLine, EngineEvent, Cost,
                           Artifact, Pair, PairJvm, PairThread, PairWindow>;

// Calls visit(Row{}) for every record type.
template <typename Visit>
void for_each_record(Visit visit) {
  std::apply([&](const auto&... row) { (visit(row), ...); }, Records());
}

template <typename Row, typename Visit>
void for_each_column(Visit visit) {
  std::apply([&](const auto&... column) { (visit(column), ...); }, Table<Row>::kColumns);
}

template <typename Row>
std::string column_list() {
  std::string list;
  for_each_column<Row>([&](const auto& column) {
    if (!list.empty()) list += ", ";
    list += column.name;
  });
  return list;
}

template <typename Row>
std::string insert_sql() {
  std::string marks;
  for_each_column<Row>([&](const auto&) { marks += marks.empty() ? "?" : ", ?"; });
  return fmt::format("INSERT OR REPLACE INTO {} ({}) VALUES ({})", Table<Row>::kName,
                     column_list<Row>(), marks);
}

// `present`: the columns that the file has. One that an older bhsim did not write yet reads as what
// was not observed; only those that may be absent were ever added (docs/run-store.md).
template <typename Row>
std::string select_sql(const std::set<std::string, std::less<>>& present) {
  std::string list;
  for_each_column<Row>([&](const auto& column) {
    using Value = std::remove_cvref_t<std::invoke_result_t<decltype(column.get), Row&>>;
    const bool lacks = IsOptional<Value>::value && !present.contains(column.name);
    list += list.empty() ? "" : ", ";
    list += lacks ? "NULL" : column.name;
  });
  const auto order = Table<Row>::kTime;
  return fmt::format("SELECT {} FROM {}{}{}", list, Table<Row>::kName,
                     order.empty() ? "" : " ORDER BY ",
                     order.empty() ? std::string() : fmt::format("{}, rowid", order));
}

template <typename Row>
void bind_row(Statement& statement, const Row& row) {
  int index = 0;
  for_each_column<Row>([&](const auto& column) {
    const auto& value = std::invoke(column.get, row);
    ++index;
    if constexpr (std::same_as<std::remove_cvref_t<decltype(value)>, std::string>) {
      if (column.storage == Storage::blob) return statement.bind_blob(index, value);
    }
    statement.bind_value(index, value);
  });
}

template <typename Row>
void read_row(const Statement& statement, Row& row) {
  int index = 0;
  for_each_column<Row>(
      [&](const auto& column) { statement.read_value(index++, std::invoke(column.get, row)); });
}

// All CREATE statements, and the identification of the file.
std::string schema_sql();

}  // namespace bhsim::history
