#include "framework/faults/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace bhsim::faults {
namespace {

constexpr std::array<std::string_view, 5> kNames{"intent", "active", "unseen", "healed", "undo_failed"};

std::optional<Record> parse(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Record record;
  record.id = json.value("id", std::int64_t{0});
  record.kind = json.value("kind", "");
  record.target = json.value("target", "");
  record.note = json.value("note", "");
  record.t = time_from_ns(json.value("t", std::int64_t{0}));
  const auto state = json.value("state", "");
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == state) {
      record.state = static_cast<State>(i);
      return record;
    }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(State state) { return kNames[static_cast<std::size_t>(state)]; }

Result<Journal> Journal::open(const Path& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd.valid()) return fail(ErrorCode::io, "open the fault journal {}: {}", path.string(), std::strerror(errno));
  const UniqueFd folder(::open(path.parent_path().empty() ? "." : path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0)
    return fail(ErrorCode::io, "sync the folder of the fault journal {}: {}", path.string(), std::strerror(errno));
  return Journal(std::move(fd), path);
}

Result<void> Journal::append(const Record& record) {
  const std::string line = nlohmann::json{{"id", record.id},
                                          {"kind", record.kind},
                                          {"target", record.target},
                                          {"state", to_string(record.state)},
                                          {"t", to_ns(record.t)},
                                          {"note", record.note}}
                               .dump() +
                           "\n";
  // One write: a torn line is a crash, never two halves with something between.
  if (::write(fd_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()) || ::fdatasync(fd_.get()) != 0)
    return fail(ErrorCode::io, "write the fault journal {}: {}", path_.string(), std::strerror(errno));
  return {};
}

Result<std::vector<Record>> Journal::read(const Path& path) {
  const auto text = read_file(path);
  if (!text && text.error().code == ErrorCode::not_found) return std::vector<Record>{};
  if (!text) return fail(text.error());
  std::vector<Record> records;
  std::string_view rest = *text;
  while (true) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return records;
    if (auto record = parse(rest.substr(0, end))) records.push_back(std::move(*record));
    rest.remove_prefix(end + 1);
  }
}

std::vector<Record> Journal::unhealed(const std::vector<Record>& records) {
  std::map<std::int64_t, Record> newest;
  for (const auto& record : records) newest[record.id] = record;
  std::vector<Record> result;
  for (auto& [id, record] : newest)
    if (record.state != State::healed) result.push_back(std::move(record));
  return result;
}

}  // namespace bhsim::faults
