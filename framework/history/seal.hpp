#pragma once
// The end of a store: from a database with a WAL to files that do not change any more. For this
// folder only.

#include <cstdint>
#include <string_view>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/history/sqlite.hpp"

namespace bhsim::history {

inline constexpr std::string_view kDatabaseName = "run.db";
inline constexpr std::string_view kManifestName = "manifest.json";
inline constexpr std::string_view kReportFolder =
    "report";  // written after the seal, so not part of it
inline constexpr std::string_view kArtifactFolder = "artifacts";

// Values of meta.sealed.
inline constexpr std::string_view kOpen = "open";         // being written, or cut short
inline constexpr std::string_view kInOrder = "in order";  // sealed by its runner
inline constexpr std::string_view kAbandoned =
    "abandoned";  // sealed by somebody else after its runner died

Result<void> set_meta(Database& db, std::string_view key, std::string_view value);
Result<std::optional<std::string>> get_meta(Database& db, std::string_view key);

// Folds the WAL in, so that the database is one file that can be read from a read-only medium;
// registers the artifacts, marks the store, closes it, writes the manifest, and syncs everything. A
// conflict when another process has it open.
Result<void> finish(Database db, const Path& run_directory, std::string_view how);

}  // namespace bhsim::history
