#include "framework/history/history.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "framework/history/seal.hpp"
#include "framework/history/store.hpp"
#include "framework/history/tables.hpp"

namespace bhsim::history {
namespace {

namespace fs = std::filesystem;

// As a URI that SQLite takes apart again to the same path.
std::string uri(const Path& file, std::string_view parameters) {
  std::string escaped;
  for (const char c : fs::absolute(file).string()) {
    if (c == '%' || c == '?' || c == '#') {
      escaped += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      escaped += c;
    }
  }
  return fmt::format("file:{}?{}", escaped, parameters);
}

bool has_content(const Path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return !error && size > 0;
}

struct OpenDatabase {
  std::optional<TemporaryDirectory> copy;  // outlives the database, which is a member after it
  Database db;
};

Result<OpenDatabase> open_copy(const Path& file) {
  OpenDatabase opened;
  BHSIM_ASSIGN(TemporaryDirectory copy, TemporaryDirectory::create("bhsim-history"));
  for (const std::string_view suffix : {"", "-wal", "-journal"}) {
    const Path from = file.string() + std::string(suffix);
    std::error_code error;
    if (!suffix.empty() && !has_content(from)) continue;
    fs::copy_file(from, copy.path() / (std::string(kDatabaseName) + std::string(suffix)), error);
    if (error) return fail(ErrorCode::io, "copy {}: {}", from.string(), error.message());
  }
  BHSIM_ASSIGN(opened.db,
               Database::open((copy.path() / kDatabaseName).string(), SQLITE_OPEN_READWRITE));
  opened.copy.emplace(std::move(copy));
  return opened;
}

// Reads without changing a byte beside the file: a run may lie on a read-only medium, be sealed, or
// be evidence of a crash.
Result<OpenDatabase> open_untouched(const Path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorCode::not_found, "{} is not there: not the folder of a run", file.string());
  const bool wal = has_content(file.string() + "-wal");
  if (has_content(file.string() + "-journal")) return open_copy(file);
  if (!wal) {
    // No writer and nothing to recover: SQLite may take the file as it is, without locks or side
    // files.
    OpenDatabase opened;
    BHSIM_ASSIGN(opened.db, Database::open(uri(file, "mode=ro&immutable=1"), SQLITE_OPEN_READONLY));
    return opened;
  }
  if (has_content(file.string() + "-shm")) {
    // A live writer, or one that was killed: its index is used, or built anew in memory.
    OpenDatabase opened;
    auto db = Database::open(uri(file, "mode=ro&readonly_shm=1"), SQLITE_OPEN_READONLY);
    if (db && db->scalar("SELECT count(*) FROM meta")) {
      opened.db = std::move(*db);
      return opened;
    }
  }
  return open_copy(file);
}

template <typename Tuple>
struct Tables;
template <typename... Rows>
struct Tables<std::tuple<Rows...>> {
  std::tuple<std::optional<std::vector<Rows>>...> all;
};

std::vector<Span> merged(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.from < b.from; });
  std::vector<Span> result;
  for (const Span s : spans) {
    if (s.to <= s.from) continue;
    if (!result.empty() && s.from <= result.back().to) {
      result.back().to = std::max(result.back().to, s.to);
    } else {
      result.push_back(s);
    }
  }
  return result;
}

// A store that was opened and then cannot be read is damaged. The readers have no way to return
// that, and no verdict may be made of what is left: a check that throws is inconclusive.
template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

struct History::State {
  explicit State(OpenDatabase o) : opened(std::move(o)) {}

  std::set<std::string, std::less<>> columns(std::string_view table);
  template <typename Row>
  const std::vector<Row>& rows();
  void load_samples();
  const std::vector<Span>& masked(WindowKind kind);

  OpenDatabase opened;
  std::string run_id;
  bool sealed = false;
  std::int64_t dropped = 0;
  Tables<Records> tables;
  std::optional<std::map<std::string, std::vector<Point>, std::less<>>> samples;
  std::map<WindowKind, std::vector<Span>> spans;
  std::optional<Time> last;
};

// Of a table of this file; none when it was written before there was such a table.
std::set<std::string, std::less<>> History::State::columns(std::string_view table) {
  std::set<std::string, std::less<>> names;
  Statement select = value_or_throw(opened.db.prepare("SELECT name FROM pragma_table_info(?)"));
  select.bind(1, table);
  while (value_or_throw(select.step())) names.insert(select.bytes(0));
  return names;
}

template <typename Row>
const std::vector<Row>& History::State::rows() {
  auto& cached = std::get<std::optional<std::vector<Row>>>(tables.all);
  if (cached) return *cached;
  std::vector<Row> loaded;
  const auto present = columns(Table<Row>::kName);
  if (added_later<Row>() && present.empty()) return cached.emplace();
  Statement select = value_or_throw(opened.db.prepare(select_sql<Row>(present)));
  while (value_or_throw(select.step())) read_row(select, loaded.emplace_back());
  return cached.emplace(std::move(loaded));
}

void History::State::load_samples() {
  if (samples) return;
  std::map<std::int64_t, std::vector<Point>> by_id;
  // A value that is not a number was stored as NULL, and is no sample.
  Statement select = value_or_throw(
      opened.db.prepare("SELECT series, t, value FROM sample_data WHERE value IS NOT NULL"));
  while (value_or_throw(select.step()))
    by_id[select.integer(0)].push_back({time_from_ns(select.integer(1)), select.real(2)});
  samples.emplace();
  Statement names = value_or_throw(opened.db.prepare("SELECT id, name FROM series"));
  while (value_or_throw(names.step())) {
    auto& points = by_id[names.integer(0)];
    std::stable_sort(points.begin(), points.end(), [](auto& a, auto& b) { return a.t < b.t; });
    samples->emplace(names.bytes(1), std::move(points));
  }
}

const std::vector<Span>& History::State::masked(WindowKind kind) {
  const auto known = spans.find(kind);
  if (known != spans.end()) return known->second;
  std::vector<Span> found;
  for (const auto& w : rows<Window>()) {
    if (w.kind == kind) found.push_back({w.t0, w.t1});
  }
  return spans.emplace(kind, merged(std::move(found))).first->second;
}

Result<History> History::open(const Path& run_directory) {
  return open_file(run_directory / kDatabaseName);
}

Result<History> History::open_file(const Path& database) {
  const auto within = [&](const Error& e) {
    return fail(e.within(fmt::format("open {}", database.string())));
  };
  auto opened = open_untouched(database);
  if (!opened) return within(opened.error());
  auto state = std::make_unique<State>(std::move(*opened));
  Database& db = state->opened.db;
  const auto version = db.scalar("PRAGMA user_version");
  if (!version) return within(version.error());
  if (*version != std::to_string(kSchemaVersion))
    return fail(
        ErrorCode::unsupported,
        "open {}: its schema has version {}, this bhsim {} reads version {}; use the bhsim that "
        "wrote it",
        database.string(), version->value_or("?"), BHSIM_VERSION, kSchemaVersion);
  const auto run_id = get_meta(db, "run_id");
  const auto sealed = get_meta(db, "sealed");
  const auto dropped = get_meta(db, "dropped_rows");
  for (const auto* part : {&run_id, &sealed, &dropped}) {
    if (!*part) return within(part->error());
    if (!**part)
      return fail(ErrorCode::protocol, "open {}: its table meta lacks rows", database.string());
  }
  state->run_id = **run_id;
  state->sealed = *sealed == kInOrder;
  state->dropped = std::strtoll((*dropped)->c_str(), nullptr, 10);
  return History(std::move(state));
}

History::History(std::unique_ptr<State> state) : state_(std::move(state)) {}
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;
History::~History() = default;

const std::string& History::run_id() const { return state_->run_id; }
bool History::sealed() const { return state_->sealed; }
std::int64_t History::dropped_rows() const { return state_->dropped; }

Time History::last() const {
  if (state_->last) return *state_->last;
  std::int64_t latest = 0;
  const auto consider = [&](std::string_view table, std::string_view column) {
    const auto sql = fmt::format("SELECT max({}) FROM {}", column, table);
    const auto value = value_or_throw(state_->opened.db.scalar(sql));
    if (value) latest = std::max<std::int64_t>(latest, std::strtoll(value->c_str(), nullptr, 10));
  };
  consider("sample_data", "t");
  consider("served", "last_done");
  for_each_record([&]<typename Row>(const Row&) {
    const bool lacks = added_later<Row>() && state_->columns(Table<Row>::kName).empty();
    if (!Table<Row>::kTime.empty() && !lacks) consider(Table<Row>::kName, Table<Row>::kTime);
  });
  state_->last = time_from_ns(latest);
  return *state_->last;
}

const std::vector<Window>& History::windows() const { return state_->rows<Window>(); }

std::vector<Window> History::windows(WindowKind kind) const {
  std::vector<Window> of_kind;
  for (const auto& w : windows()) {
    if (w.kind == kind) of_kind.push_back(w);
  }
  return of_kind;
}

std::optional<Span> History::phase(std::string_view name) const {
  for (const auto& w : windows()) {
    if (w.kind == WindowKind::phase && w.name == name) return Span{w.t0, w.t1};
  }
  return std::nullopt;
}

std::optional<Span> History::measured() const {
  std::optional<Span> whole;
  for (const auto& w : windows()) {
    if (w.kind != WindowKind::phase || w.name == "warm-up") continue;
    if (!whole) whole = Span{w.t0, w.t1};
    whole->to = std::max(whole->to, w.t1);
  }
  return whole;
}

bool History::in_window(WindowKind kind, Time t) const {
  const auto& spans = state_->masked(kind);
  const auto after = std::upper_bound(spans.begin(), spans.end(), t,
                                      [](Time value, const Span& s) { return value < s.from; });
  return after != spans.begin() && std::prev(after)->contains(t);
}

std::vector<Span> History::outside(Span whole, std::span<const WindowKind> kinds) const {
  std::vector<Span> masks;
  for (const auto kind : kinds) {
    const auto& spans = state_->masked(kind);
    masks.insert(masks.end(), spans.begin(), spans.end());
  }
  std::vector<Span> free;
  Time from = whole.from;
  for (const Span& mask : merged(std::move(masks))) {
    if (mask.to <= from) continue;
    if (mask.from >= whole.to) break;
    if (mask.from > from) free.push_back({from, mask.from});
    from = mask.to;
  }
  if (from < whole.to) free.push_back({from, whole.to});
  return free;
}

const std::vector<Point>& History::samples(std::string_view series) const {
  static const std::vector<Point> kNone;
  state_->load_samples();
  const auto found = state_->samples->find(series);
  return found == state_->samples->end() ? kNone : found->second;
}

const std::vector<JvmSegment>& History::jvms() const { return state_->rows<JvmSegment>(); }
const std::vector<LoadSecond>& History::load() const { return state_->rows<LoadSecond>(); }
const std::vector<GeneratorSecond>& History::generator() const {
  return state_->rows<GeneratorSecond>();
}
const std::vector<Failure>& History::failures() const { return state_->rows<Failure>(); }
const std::vector<Swap>& History::swaps() const { return state_->rows<Swap>(); }
const std::vector<Served>& History::served() const { return state_->rows<Served>(); }
const std::vector<Violation>& History::violations() const { return state_->rows<Violation>(); }
const std::vector<Fault>& History::faults() const { return state_->rows<Fault>(); }
const std::vector<GcPause>& History::gc() const { return state_->rows<GcPause>(); }
const std::vector<Redefinition>& History::redefinitions() const {
  return state_->rows<Redefinition>();
}
const std::vector<LogLine>& History::log_lines() const { return state_->rows<LogLine>(); }
const std::vector<Health>& History::health() const { return state_->rows<Health>(); }
const std::vector<ThreadDump>& History::thread_dumps() const { return state_->rows<ThreadDump>(); }
const std::vector<LockWait>& History::lock_waits() const { return state_->rows<LockWait>(); }
const std::vector<LedgerCheck>& History::ledger_checks() const {
  return state_->rows<LedgerCheck>();
}
const std::vector<AuditLine>& History::audit() const { return state_->rows<AuditLine>(); }
const std::vector<EngineEvent>& History::events() const { return state_->rows<EngineEvent>(); }
const std::vector<Cost>& History::costs() const { return state_->rows<Cost>(); }
const std::vector<Artifact>& History::artifacts() const { return state_->rows<Artifact>(); }
const std::vector<ClockPoint>& History::clock() const { return state_->rows<ClockPoint>(); }
const std::vector<Pair>& History::pairs() const { return state_->rows<Pair>(); }
const std::vector<PairJvm>& History::pair_jvms() const { return state_->rows<PairJvm>(); }
const std::vector<PairThread>& History::pair_threads() const { return state_->rows<PairThread>(); }
const std::vector<PairWindow>& History::pair_windows() const { return state_->rows<PairWindow>(); }

std::optional<std::string> History::fact_text(std::string_view name) const {
  Statement select =
      value_or_throw(state_->opened.db.prepare("SELECT json FROM fact WHERE name = ?"));
  select.bind(1, name);
  if (!value_or_throw(select.step())) return std::nullopt;
  return select.bytes(0);
}

std::optional<nlohmann::json> History::fact(std::string_view name) const {
  const auto text = fact_text(name);
  if (!text) return std::nullopt;
  auto json = nlohmann::json::parse(*text, nullptr, false);
  if (json.is_discarded()) throw std::runtime_error(fmt::format("fact {} is not valid JSON", name));
  return json;
}

Result<Excerpt> History::excerpt(std::string_view table, std::string_view where, int rows) const {
  Database& db = state_->opened.db;
  Excerpt excerpt;
  const auto from = fmt::format("FROM {} WHERE {}", table, where);
  BHSIM_ASSIGN(const auto total, db.scalar("SELECT count(*) " + from));
  excerpt.total = std::strtoll(total.value_or("0").c_str(), nullptr, 10);
  BHSIM_ASSIGN(Statement select, db.prepare(fmt::format("SELECT * {} LIMIT {}", from, rows)));
  excerpt.columns = select.columns();
  while (true) {
    BHSIM_ASSIGN(const bool row, select.step());
    if (!row) return excerpt;
    auto& cells = excerpt.rows.emplace_back();
    for (int i = 0; i < static_cast<int>(excerpt.columns.size()); ++i) {
      auto& cell = cells.emplace_back();
      if (select.null(i)) continue;
      cell = select.blob(i) ? fmt::format("({} bytes)", select.bytes(i).size()) : select.bytes(i);
    }
  }
}

WallTime History::wall(Time t) const {
  const auto& points = clock();
  if (points.empty()) return WallTime(t.time_since_epoch());
  auto near = std::lower_bound(points.begin(), points.end(), t,
                               [](const ClockPoint& p, Time value) { return p.mono < value; });
  if (near == points.end()) --near;
  if (near != points.begin() && t - std::prev(near)->mono < near->mono - t) --near;
  return near->wall + (t - near->mono);
}

}  // namespace bhsim::history
