#include "framework/history/seal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "framework/history/facts.hpp"
#include "framework/history/store.hpp"
#include "framework/history/tables.hpp"

namespace bhsim::history {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestFormat = "bhsim-manifest/1";

Result<void> sync(const Path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0)
    return fail(ErrorCode::io, "sync {}: {}", path.string(), std::strerror(errno));
  return {};
}

// Regular files below `folder`, relative to it, sorted; nothing when there is no such folder. Links
// are not followed.
Result<std::vector<Path>> files_below(const Path& folder) {
  std::vector<Path> files;
  std::error_code error;
  if (!fs::exists(folder, error)) return files;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_regular_file(error) && !entry->is_symlink(error))
      files.push_back(entry->path().lexically_relative(folder));
  }
  if (error) return fail(ErrorCode::io, "list {}: {}", folder.string(), error.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_sealed_file(const Path& file) {
  return file != kManifestName && *file.begin() != kReportFolder;
}

std::string kind_of(const Path& file) {
  const std::string name = file.filename().string();
  if (name.find("gc") != std::string::npos && name.find(".log") != std::string::npos)
    return "gc-log";
  if (file.extension() == ".jfr") return "jfr";
  if (file.extension() == ".hprof") return "heap-dump";
  if (name.starts_with("hs_err")) return "crash";
  if (!file.empty() && *file.begin() == "diagnosis") return "diagnosis";
  if (name.find("dump") != std::string::npos) return "thread-dump";
  if (file.extension() == ".log" || file.extension() == ".txt") return "log";
  return "other";
}

// Every file below artifacts/ gets a row with its digest; a row that was added while running keeps
// its kind.
Result<void> register_artifacts(Database& db, const Path& run_directory) {
  BHSIM_ASSIGN(const auto files, files_below(run_directory / kArtifactFolder));
  BHSIM_ASSIGN(Statement known,
               db.prepare("UPDATE artifact SET sha256 = ?, bytes = ? WHERE path = ? "
                          "RETURNING path"));
  BHSIM_ASSIGN(Statement insert, db.prepare(insert_sql<Artifact>()));
  for (const auto& file : files) {
    Artifact row;
    const Path full = run_directory / kArtifactFolder / file;
    row.path = (Path(kArtifactFolder) / file).generic_string();
    row.kind = kind_of(file);
    BHSIM_ASSIGN(row.sha256, sha256_file(full));
    std::error_code error;
    row.bytes = static_cast<std::int64_t>(fs::file_size(full, error));
    if (error) return fail(ErrorCode::io, "size of {}: {}", full.string(), error.message());
    known.bind(1, row.sha256);
    known.bind(2, row.bytes);
    known.bind(3, row.path);
    BHSIM_ASSIGN(const bool updated, known.step());
    BHSIM_TRY(known.run());
    if (updated) continue;
    bind_row(insert, row);
    BHSIM_TRY(insert.run());
  }
  return {};
}

Result<void> write_manifest(const Path& run_directory, std::string_view run_id) {
  BHSIM_ASSIGN(const auto files, files_below(run_directory));
  auto list = nlohmann::json::array();
  for (const auto& file : files) {
    if (!is_sealed_file(file)) continue;
    const Path full = run_directory / file;
    BHSIM_TRY(sync(full));
    BHSIM_ASSIGN(const std::string digest, sha256_file(full));
    std::error_code error;
    const auto bytes = fs::file_size(full, error);
    if (error) return fail(ErrorCode::io, "size of {}: {}", full.string(), error.message());
    list.push_back({{"path", file.generic_string()}, {"bytes", bytes}, {"sha256", digest}});
  }
  const nlohmann::json manifest = {
      {"format", kManifestFormat}, {"run", run_id}, {"files", std::move(list)}};
  return write_file(run_directory / kManifestName, manifest.dump(1) + "\n");
}

Result<void> register_and_mark(Database& db, const Path& run_directory, std::string_view how) {
  BHSIM_TRY(db.execute("BEGIN IMMEDIATE"));
  BHSIM_TRY(register_artifacts(db, run_directory));
  BHSIM_TRY(set_meta(db, "sealed", how));
  return db.execute("COMMIT");
}

}  // namespace

Result<void> set_meta(Database& db, std::string_view key, std::string_view value) {
  BHSIM_ASSIGN(Statement statement, db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)"));
  statement.bind(1, key);
  statement.bind(2, value);
  return statement.run();
}

Result<std::optional<std::string>> get_meta(Database& db, std::string_view key) {
  return db.scalar(fmt::format("SELECT value FROM meta WHERE key = '{}'", key));
}

Result<void> finish(Database db, const Path& run_directory, std::string_view how) {
  // Leaving WAL mode needs the file alone: this fails, before anything is marked, while somebody
  // else has it open.
  BHSIM_TRY(db.execute("PRAGMA busy_timeout = 500"));
  const auto mode = db.scalar("PRAGMA journal_mode = DELETE");
  if (!mode || *mode != "delete")
    return fail(
        ErrorCode::conflict, "seal {}: another process seems to have {} open, end it first ({})",
        run_directory.string(), kDatabaseName, mode ? "still in WAL mode" : mode.error().message);
  BHSIM_TRY(db.execute("PRAGMA synchronous = FULL"));
  BHSIM_TRY(register_and_mark(db, run_directory, how));
  BHSIM_ASSIGN(const auto run_id, get_meta(db, "run_id"));
  BHSIM_TRY(db.close());
  return write_manifest(run_directory, run_id.value_or(""));
}

Result<void> seal_abandoned(const Path& run_directory, std::string_view reason) {
  const auto within = [&](const Error& e) {
    return fail(e.within(fmt::format("seal {}", run_directory.string())));
  };
  const Path file = run_directory / kDatabaseName;
  auto opened = Database::open(file.string(), SQLITE_OPEN_READWRITE);
  if (!opened) return within(opened.error());
  Database db = std::move(*opened);
  auto sealed = get_meta(db, "sealed");
  if (!sealed) return within(sealed.error());
  std::error_code ignored;
  const bool has_manifest = fs::exists(run_directory / kManifestName, ignored);
  if (*sealed != kOpen && has_manifest) return {};
  // Died between the mark and the manifest: only the manifest is missing.
  if (*sealed != kOpen) return finish(std::move(db), run_directory, **sealed);

  auto end = db.prepare("INSERT OR IGNORE INTO fact VALUES (?, ?)");
  if (!end) return within(end.error());
  end->bind(1, fact::kEnd);
  end->bind(2, nlohmann::json{{"reason", "crashed"}, {"detail", reason}}.dump(
                   -1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (const auto set = end->run(); !set) return within(set.error());
  *end = Statement();  // a statement that is alive keeps the database from closing
  if (const auto done = finish(std::move(db), run_directory, kAbandoned); !done)
    return within(done.error());
  return {};
}

Result<void> verify_manifest(const Path& run_directory) {
  const Path path = run_directory / kManifestName;
  BHSIM_ASSIGN(const std::string text, read_file(path));
  const auto manifest = nlohmann::json::parse(text, nullptr, false);
  if (!manifest.is_object() || manifest.value("format", "") != kManifestFormat)
    return fail(ErrorCode::protocol, "{}: not a manifest of format {}", path.string(),
                kManifestFormat);
  for (const auto& entry : manifest.value("files", nlohmann::json::array())) {
    if (!entry.is_object()) return fail(ErrorCode::protocol, "{}: damaged", path.string());
    const std::string file = entry.value("path", "");
    const auto digest = sha256_file(run_directory / file);
    if (!digest)
      return fail(
          digest.error().within(fmt::format("{} is in the manifest but cannot be read", file)));
    if (*digest != entry.value("sha256", ""))
      return fail(ErrorCode::conflict,
                  "{} was changed after the seal: its SHA-256 is {}, sealed was {}",
                  (run_directory / file).string(), *digest, entry.value("sha256", "nothing"));
  }
  return {};
}

}  // namespace bhsim::history
