#include "framework/history/store.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <variant>

#include "framework/base/log.hpp"
#include "framework/base/queue.hpp"
#include "framework/history/seal.hpp"
#include "framework/history/tables.hpp"

namespace bhsim::history {
namespace {

// A minute of a busy run (some 150 rows a second) and the burst of failures that a kill causes.
constexpr std::size_t kQueueRows = 32'768;
constexpr std::size_t kMostRowsABatch = 1000;
constexpr Nanos kLongestBatch = std::chrono::milliseconds(250);
constexpr Nanos kIdle = std::chrono::seconds(1);
constexpr auto kFlushWithin = std::chrono::seconds(60);

struct FactRow {
  std::string name, json;
};
struct Wake {};  // carries nothing: ends the batch at hand

template <typename Tuple>
struct RowVariant;
template <typename... Rows>
struct RowVariant<std::tuple<Rows...>> {
  using type = std::variant<Wake, FactRow, Sample, Rows...>;
};
using Row = RowVariant<Records>::type;

// The prepared INSERT of each table.
template <typename Tuple>
struct Inserts;
template <typename... Rows>
struct Inserts<std::tuple<Rows...>> {
  template <typename R>
  struct Insert {
    Statement statement;
  };
  std::tuple<Insert<Rows>...> all;
  template <typename R>
  Statement& of() {
    return std::get<Insert<R>>(all).statement;
  }
};

// The database as the writer thread sees it; used by one thread at a time.
class Writer {
 public:
  static Result<Writer> open(const Path& file) {
    Writer w;
    BHSIM_ASSIGN(w.db_, Database::open(file.string(), SQLITE_OPEN_READWRITE));
    // NORMAL: a killed process loses nothing that was committed; only a power cut may lose the last
    // commits, never the file's consistency. Foreign keys stay off, rows of different threads come
    // in any order. Pages are filled and not read again: a large cache would only be memory that
    // grows for the first minutes of a run.
    BHSIM_TRY(
        w.db_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                      "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; "
                      "PRAGMA cache_size = -512"));
    // A first read takes the lock that tells other processes, before any row comes, that this run
    // is being written.
    BHSIM_TRY(w.db_.scalar("SELECT count(*) FROM meta"));
    Error error;
    bool failed = false;
    for_each_record([&]<typename R>(const R&) {
      auto statement = w.db_.prepare(insert_sql<R>());
      if (statement) {
        w.inserts_.template of<R>() = std::move(*statement);
      } else {
        error = statement.error();
        failed = true;
      }
    });
    if (failed) return fail(error);
    BHSIM_ASSIGN(w.fact_, w.db_.prepare("INSERT OR REPLACE INTO fact VALUES (?, ?)"));
    BHSIM_ASSIGN(w.sample_, w.db_.prepare("INSERT INTO sample_data VALUES (?, ?, ?)"));
    BHSIM_ASSIGN(w.series_, w.db_.prepare("INSERT INTO series (name) VALUES (?) ON CONFLICT (name) "
                                          "DO UPDATE SET name = name RETURNING id"));
    return w;
  }

  Result<void> write(const Row& row) {
    return std::visit([this](const auto& r) { return write_one(r); }, row);
  }
  Result<void> begin() { return db_.execute("BEGIN IMMEDIATE"); }
  Result<void> commit() { return db_.execute("COMMIT"); }
  [[nodiscard]] bool in_transaction() const { return db_.in_transaction(); }
  void roll_back() {
    (void)db_.execute("ROLLBACK");  // may have been rolled back by SQLite itself
    series_ids_.clear();            // ids given in this transaction are gone
  }
  Result<void> set_dropped(std::int64_t rows) {
    return set_meta(db_, "dropped_rows", std::to_string(rows));
  }
  // Gives the database away; every statement is finalised.
  Database release() {
    inserts_ = {};
    for (Statement* statement : {&fact_, &sample_, &series_}) *statement = Statement();
    return std::move(db_);
  }

 private:
  Result<void> write_one(const Wake&) { return {}; }

  Result<void> write_one(const FactRow& row) {
    if (!nlohmann::json::accept(row.json))
      return fail(ErrorCode::internal, "fact {} is not valid JSON", row.name);
    fact_.bind(1, row.name);
    fact_.bind(2, row.json);
    return fact_.run();
  }

  Result<void> write_one(const Sample& row) {
    auto id = series_ids_.find(row.series);
    if (id == series_ids_.end()) {
      series_.bind(1, row.series);
      BHSIM_TRY(series_.step());
      const std::int64_t number = series_.integer(0);
      BHSIM_TRY(series_.run());
      id = series_ids_.emplace(row.series, number).first;
    }
    sample_.bind(1, id->second);
    sample_.bind(2, to_ns(row.t));
    sample_.bind(3, row.value);
    return sample_.run();
  }

  template <typename R>
  Result<void> write_one(const R& row) {
    Statement& insert = inserts_.template of<R>();
    bind_row(insert, row);
    return insert.run();
  }

  Database db_;  // before the statements: they are finalised first
  Inserts<Records> inserts_;
  Statement fact_, sample_, series_;
  std::map<std::string, std::int64_t, std::less<>> series_ids_;
};

// A run.db is there complete or not at all: made under another name, then renamed.
Result<void> create_database(const Path& file, std::string_view run_id) {
  const Path beside = file.string() + ".new";
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  BHSIM_ASSIGN(Database db,
               Database::open(beside.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  // 4 KiB pages; a table is scanned as a whole, never searched, so there are no indices to pay for.
  BHSIM_TRY(db.execute("PRAGMA page_size = 4096"));
  BHSIM_TRY(db.execute("BEGIN"));
  BHSIM_TRY(db.execute(schema_sql()));
  BHSIM_TRY(set_meta(db, "schema_version", std::to_string(kSchemaVersion)));
  BHSIM_TRY(set_meta(db, "bhsim_version", BHSIM_VERSION));
  BHSIM_TRY(set_meta(db, "run_id", run_id));
  BHSIM_TRY(set_meta(db, "created", std::to_string(to_ns(system_clock().wall()))));
  BHSIM_TRY(set_meta(db, "dropped_rows", "0"));
  BHSIM_TRY(set_meta(db, "sealed", kOpen));
  BHSIM_TRY(db.execute("COMMIT"));
  BHSIM_TRY(db.close());
  std::error_code error;
  std::filesystem::rename(beside, file, error);
  if (error) return fail(ErrorCode::io, "create {}: {}", file.string(), error.message());
  return {};
}

}  // namespace

struct Store::State {
  State(Path folder, Writer w) : directory(std::move(folder)), writer(std::move(w)) {}

  void hand_over(Row row);
  void write_until_closed();
  void write_batch(Row first);
  void stop();

  const Path directory;
  Writer writer;  // of the thread; of the owner again once that is joined
  BoundedQueue<Row> queue{kQueueRows};
  std::thread thread;

  std::mutex mutex;  // for what follows
  std::condition_variable done;
  std::int64_t handed_over = 0;  // accepted by the queue
  std::int64_t finished = 0;     // of them committed, or failed for good
  std::int64_t lost = 0;         // refused by the full queue, or failed
  std::optional<Error> first_error;
  std::atomic<bool> flush_wanted = false;
};

void Store::State::hand_over(Row row) {
  const std::lock_guard lock(mutex);
  queue.push(std::move(row)) ? ++handed_over : ++lost;
}

void Store::State::write_batch(Row first) {
  const Time end = system_clock().now() + kLongestBatch;
  std::int64_t taken = 0;
  std::int64_t failed = 0;
  std::optional<Error> error;
  const auto note = [&](const Result<void>& result) {
    if (!result && !error) error = result.error();
    return result.has_value();
  };
  bool good = note(writer.begin());
  std::optional<Row> row(std::move(first));
  while (row) {
    if (!std::holds_alternative<Wake>(*row)) {
      ++taken;
      if (good && !note(writer.write(*row))) {
        ++failed;
        good = writer.in_transaction();
      }
    }
    const Nanos left = flush_wanted ? Nanos(0) : end - system_clock().now();
    if (taken >= static_cast<std::int64_t>(kMostRowsABatch) || left < Nanos(0)) break;
    row = queue.pop(left);
  }
  std::int64_t lost_now = 0;
  {
    const std::lock_guard lock(mutex);
    lost += failed;
    lost_now = lost;
  }
  good = good && (lost_now == 0 || note(writer.set_dropped(lost_now))) && note(writer.commit());
  if (!good) writer.roll_back();
  const std::lock_guard lock(mutex);
  finished += taken;
  if (!good) lost += taken - failed;
  if (error && !first_error) {
    first_error = error->within(fmt::format("write {}", (directory / kDatabaseName).string()));
    log::error("{}; rows that cannot be kept are counted, and make the run invalid",
               first_error->message);
  }
  done.notify_all();
}

void Store::State::write_until_closed() {
  while (!queue.closed_and_empty()) {
    if (auto row = queue.pop(kIdle)) write_batch(std::move(*row));
  }
}

void Store::State::stop() {
  queue.close();
  if (thread.joinable()) thread.join();
}

Result<Store> Store::create(const Path& run_directory, std::string_view run_id) {
  BHSIM_TRY(make_directories(run_directory));
  const Path file = run_directory / kDatabaseName;
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored))
    return fail(ErrorCode::conflict, "{} is there already: a run never writes over another",
                file.string());
  BHSIM_TRY(create_database(file, run_id));
  BHSIM_ASSIGN(Writer writer, Writer::open(file));
  auto state = std::make_unique<State>(run_directory, std::move(writer));
  state->thread = std::thread([s = state.get()] { s->write_until_closed(); });
  return Store(std::move(state));
}

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&& other) noexcept {
  if (this != &other) {
    if (state_) state_->stop();
    state_ = std::move(other.state_);
  }
  return *this;
}
Store::~Store() {
  if (state_) state_->stop();
}

void Store::add(ClockPoint row) { state_->hand_over(row); }
void Store::add(Window row) { state_->hand_over(std::move(row)); }
void Store::add(JvmSegment row) { state_->hand_over(std::move(row)); }
void Store::add(Sample row) { state_->hand_over(std::move(row)); }
void Store::add(LoadSecond row) { state_->hand_over(std::move(row)); }
void Store::add(GeneratorSecond row) { state_->hand_over(std::move(row)); }
void Store::add(Failure row) { state_->hand_over(std::move(row)); }
void Store::add(Swap row) { state_->hand_over(std::move(row)); }
void Store::add(Served row) { state_->hand_over(std::move(row)); }
void Store::add(Violation row) { state_->hand_over(std::move(row)); }
void Store::add(Fault row) { state_->hand_over(std::move(row)); }
void Store::add(GcPause row) { state_->hand_over(std::move(row)); }
void Store::add(Redefinition row) { state_->hand_over(std::move(row)); }
void Store::add(LogLine row) { state_->hand_over(std::move(row)); }
void Store::add(Health row) { state_->hand_over(std::move(row)); }
void Store::add(ThreadDump row) { state_->hand_over(std::move(row)); }
void Store::add(LockWait row) { state_->hand_over(std::move(row)); }
void Store::add(LedgerCheck row) { state_->hand_over(std::move(row)); }
void Store::add(AuditLine row) { state_->hand_over(std::move(row)); }
void Store::add(EngineEvent row) { state_->hand_over(std::move(row)); }
void Store::add(Cost row) { state_->hand_over(std::move(row)); }
void Store::add(Artifact row) { state_->hand_over(std::move(row)); }
void Store::add(Pair row) { state_->hand_over(std::move(row)); }
void Store::add(PairJvm row) { state_->hand_over(std::move(row)); }
void Store::add(PairThread row) { state_->hand_over(std::move(row)); }
void Store::add(PairWindow row) { state_->hand_over(row); }

void Store::set_fact(std::string_view name, std::string json) {
  state_->hand_over(FactRow{std::string(name), std::move(json)});
}

void Store::set_fact_json(std::string_view name, const nlohmann::json& document) {
  set_fact(name, document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<void> Store::flush() {
  std::unique_lock lock(state_->mutex);
  const std::int64_t target = state_->handed_over;
  state_->flush_wanted = true;
  (void)state_->queue.push(Wake{});  // a full queue keeps the writer awake anyway
  const bool in_time =
      state_->done.wait_for(lock, kFlushWithin, [&] { return state_->finished >= target; });
  state_->flush_wanted = false;
  if (!in_time)
    return fail(ErrorCode::timeout, "write {}: rows were not committed within {} s",
                (state_->directory / kDatabaseName).string(), kFlushWithin.count());
  if (state_->first_error) return fail(*state_->first_error);
  return {};
}

Result<void> Store::seal() {
  if (!state_->thread.joinable())
    return fail(ErrorCode::conflict, "{} is sealed already", state_->directory.string());
  state_->stop();
  // Rows that came too late for the last batch to say so.
  if (state_->lost > 0) BHSIM_TRY(state_->writer.set_dropped(state_->lost));
  return finish(state_->writer.release(), state_->directory, kInOrder);
}

}  // namespace bhsim::history
