#include "framework/report/evidence.hpp"

#include <algorithm>
#include <cstdlib>

#include "framework/report/numbers.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

constexpr int kMostIds = 8;

// The schema's instants: "mono", "t", "t0", "t_…", "first_sent", "first_done", "last_done"
// (docs/run-store.md).
bool is_instant(std::string_view column) {
  return column == "mono" || column == "t" || column == "t0" || column == "t1" ||
         column.starts_with("t_") || column == "first_sent" || column.ends_with("_done");
}

// Durations in nanoseconds (docs/run-store.md).
bool is_duration(std::string_view column) {
  return column == "pause" || column == "latency" || column == "lag_max";
}

// A cell for people: instants since the start of the load, durations with their unit.
std::string shown(std::string_view column, std::string cell, Time start) {
  if (is_instant(column))
    return format_offset(time_from_ns(std::strtoll(cell.c_str(), nullptr, 10)) - start);
  if (is_duration(column)) return format_latency(std::strtod(cell.c_str(), nullptr) / 1e9);
  if (cell.ends_with(".0")) cell.resize(cell.size() - 2);
  return cell;
}

std::optional<std::size_t> index_of(const history::Excerpt& excerpt, std::string_view column) {
  const auto found = std::find(excerpt.columns.begin(), excerpt.columns.end(), column);
  if (found == excerpt.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - excerpt.columns.begin());
}

std::string ids_of(const history::Excerpt& excerpt, std::size_t column, std::string_view singular) {
  std::string list = fmt::format("{}{} ", singular, excerpt.total == 1 ? "" : "s");
  for (std::size_t i = 0; i < excerpt.rows.size(); ++i)
    list += (i == 0 ? "" : ", ") + excerpt.rows[i][column].value_or("?");
  const auto more = excerpt.total - static_cast<std::int64_t>(excerpt.rows.size());
  if (more > 0) list += fmt::format(" and {} more", more);
  return list;
}

}  // namespace

Time load_start(const history::History& history) {
  for (const auto& window : history.windows()) {
    if (window.kind == history::WindowKind::phase) return window.t0;
  }
  if (!history.load().empty()) return history.load().front().t;
  if (!history.clock().empty()) return history.clock().front().mono;
  return {};
}

std::string where_of(const checks::Verdict& verdict, const history::History& history) {
  if (verdict.evidence.empty()) return {};
  const auto& evidence = verdict.evidence.front();
  if (evidence.table == "fact") return {};  // one document: no place in it to point at
  const auto excerpt = history.excerpt(evidence.table, evidence.where, kMostIds);
  if (!excerpt || excerpt->total == 0) return {};
  if (evidence.table == "swap") {
    if (const auto column = index_of(*excerpt, "generation"))
      return ids_of(*excerpt, *column, "swap");
  }
  if (evidence.table == "fault") {
    if (const auto column = index_of(*excerpt, "id")) return ids_of(*excerpt, *column, "fault");
  }
  std::string where =
      fmt::format("{} of {}", counted(excerpt->total, "row", "rows"), evidence.table);
  for (std::size_t i = 0; i < excerpt->columns.size(); ++i) {
    if (!is_instant(excerpt->columns[i]) || !excerpt->rows.front()[i]) continue;
    const Time t = time_from_ns(std::strtoll(excerpt->rows.front()[i]->c_str(), nullptr, 10));
    where += fmt::format(", from {}", format_offset(t - load_start(history)));
    break;
  }
  return where;
}

std::vector<EvidenceTable> evidence_tables(const checks::Verdict& verdict,
                                           const history::History& history, int rows) {
  std::vector<EvidenceTable> tables;
  for (const auto& evidence : verdict.evidence) {
    EvidenceTable table;
    table.sql = fmt::format("SELECT * FROM {} WHERE {}", evidence.table, evidence.where);
    auto excerpt = history.excerpt(evidence.table, evidence.where, rows);
    if (excerpt) {
      table.excerpt = std::move(*excerpt);
    } else {
      table.error = excerpt.error().message;
    }
    const Time start = load_start(history);
    for (auto& row : table.excerpt.rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i]) row[i] = shown(table.excerpt.columns[i], std::move(*row[i]), start);
      }
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace bhsim::report
