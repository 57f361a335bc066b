#include "framework/faults/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

namespace bhsim::faults {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kNames{"INTENT", "ACTIVE", "UNSEEN",
                                                 "UNDO",   "HEALED", "UNDO_FAILED"};

json to_json(const HandSpec& hand) {
  json volumes = json::array();
  for (const auto& volume : hand.volumes)
    volumes.push_back({{"volume", volume.volume}, {"path", volume.path}});
  return {{"image", hand.image}, {"user", hand.user}, {"volumes", std::move(volumes)}};
}

HandSpec hand_of(const json& from) {
  HandSpec hand{.image = from.at("image").get<std::string>(),
                .user = from.at("user").get<std::string>(),
                .volumes = {}};
  for (const auto& volume : from.at("volumes"))
    hand.volumes.push_back({.volume = volume.at("volume").get<std::string>(),
                            .path = volume.at("path").get<std::string>()});
  return hand;
}

json to_json(const FaultSpec& spec) {
  return {{"kind", spec.kind},
          {"run_id", spec.run_id},
          {"target", spec.target},
          {"port", spec.port},
          {"probe_path", spec.probe_path},
          {"class_directory", spec.class_directory},
          {"dependency_path", spec.dependency_path},
          {"way", spec.way},
          {"heals_within_ns", spec.heals_within.count()},
          {"stops_within_ns", spec.stops_within.count()},
          {"hand", to_json(spec.hand)},
          {"parameters", spec.parameters},
          {"before", spec.before}};
}

FaultSpec spec_of(const json& from, std::int64_t id) {
  FaultSpec spec;
  spec.id = id;
  spec.kind = from.at("kind").get<std::string>();
  spec.run_id = from.at("run_id").get<std::string>();
  spec.target = from.at("target").get<std::string>();
  spec.port = from.at("port").get<int>();
  spec.probe_path = from.at("probe_path").get<std::string>();
  // Before there was any fault by a helper, journals did not say these.
  spec.class_directory = from.value("class_directory", "");
  spec.dependency_path = from.value("dependency_path", "");
  spec.way = from.value("way", "");
  spec.heals_within = Nanos(from.at("heals_within_ns").get<std::int64_t>());
  spec.stops_within = Nanos(from.value("stops_within_ns", spec.stops_within.count()));
  if (from.contains("hand")) spec.hand = hand_of(from.at("hand"));
  spec.parameters = from.at("parameters").get<std::map<std::string, std::string>>();
  spec.before = from.at("before").get<std::map<std::string, std::string>>();
  return spec;
}

std::optional<JournalRecord> parse_line(std::string_view line) {
  try {
    const auto from = json::parse(line);
    if (from.at("v").get<int>() != kJournalVersion) return std::nullopt;
    JournalRecord record;
    record.id = from.at("id").get<std::int64_t>();
    record.t = time_from_ns(from.at("mono").get<std::int64_t>());
    record.wall = wall_from_ns(from.at("wall").get<std::int64_t>());
    record.proof = from.value("proof", "");
    const auto state = from.at("state").get<std::string>();
    const auto* name = std::find(kNames.begin(), kNames.end(), state);
    if (name == kNames.end()) return std::nullopt;
    record.state = static_cast<JournalState>(name - kNames.begin());
    if (from.contains("fault")) record.fault = spec_of(from.at("fault"), record.id);
    if (record.state == JournalState::intent && !record.fault) return std::nullopt;
    return record;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Result<void> sync_folder(const Path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0)
    return fail(ErrorCode::io, "sync the folder of the fault journal {}: {}", folder.string(),
                std::strerror(errno));
  return {};
}

}  // namespace

std::string_view to_string(JournalState state) { return kNames[static_cast<std::size_t>(state)]; }

Journal::Journal(UniqueFd fd, Path path, const Clock& clock)
    : fd_(std::move(fd)), path_(std::move(path)), clock_(&clock) {}

Result<Journal> Journal::open(const Path& run_directory, const Clock& clock) {
  const Path path = run_directory / kJournalFile;
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd.valid())
    return fail(ErrorCode::io, "open the fault journal {}: {}", path.string(),
                std::strerror(errno));
  BHSIM_ASSIGN(const auto text, read_file(path));
  const auto end = text.rfind('\n');
  const auto whole = end == std::string::npos ? 0 : end + 1;
  if (whole != text.size() && ::ftruncate(fd.get(), static_cast<off_t>(whole)) != 0)
    return fail(ErrorCode::io, "cut the torn line of the fault journal {}: {}", path.string(),
                std::strerror(errno));
  BHSIM_TRY(sync_folder(run_directory));
  return Journal(std::move(fd), path, clock);
}

Result<Time> Journal::append(std::int64_t id, JournalState state, std::string_view proof) {
  JournalRecord record;
  record.id = id;
  record.state = state;
  record.proof = proof;
  return write(std::move(record));
}

Result<Time> Journal::append_intent(const FaultSpec& fault) {
  JournalRecord record;
  record.id = fault.id;
  record.fault = fault;
  return write(std::move(record));
}

Result<Time> Journal::write(JournalRecord record) {
  record.t = clock_->now();
  json line{{"v", kJournalVersion},
            {"id", record.id},
            {"state", to_string(record.state)},
            {"mono", to_ns(record.t)},
            {"wall", to_ns(clock_->wall())}};
  if (record.fault) line["fault"] = to_json(*record.fault);
  if (!record.proof.empty()) line["proof"] = record.proof;
  const std::string text = line.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  const auto before = ::lseek(fd_.get(), 0, SEEK_END);
  // One write: what a crash tears is the last line, never one with something behind it. So is what
  // a full disk tears.
  if (::write(fd_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fdatasync(fd_.get()) != 0) {
    const int why = errno;
    if (before < 0 || ::ftruncate(fd_.get(), before) != 0)
      return fail(ErrorCode::io,
                  "write the fault journal {}: {}, and its torn line cannot be cut off",
                  path_.string(), std::strerror(why));
    return fail(ErrorCode::io, "write the fault journal {}: {}", path_.string(),
                std::strerror(why));
  }
  return record.t;
}

JournalContent parse_journal(std::string_view text) {
  JournalContent content;
  while (true) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    if (auto record = parse_line(text.substr(0, end)))
      content.records.push_back(std::move(*record));
    else
      ++content.damaged;
    text.remove_prefix(end + 1);
  }
  content.torn = !text.empty();
  return content;
}

Result<JournalContent> read_journal(const Path& run_directory) {
  const auto text = read_file(run_directory / kJournalFile);
  if (!text && text.error().code == ErrorCode::not_found) return JournalContent{};
  if (!text) return fail(text.error());
  return parse_journal(*text);
}

std::vector<FaultSpec> unhealed(const JournalContent& journal) {
  std::vector<FaultSpec> open;
  for (const auto& record : journal.records) {
    if (record.fault) open.push_back(*record.fault);
    if (record.state == JournalState::healed)
      std::erase_if(open, [&](const FaultSpec& spec) { return spec.id == record.id; });
  }
  std::reverse(open.begin(), open.end());
  return open;
}

std::vector<history::Fault> fault_rows(const JournalContent& journal) {
  std::map<std::int64_t, history::Fault> rows;
  for (const auto& record : journal.records) {
    auto& row = rows[record.id];
    row.id = record.id;
    if (record.fault) {
      row.kind = record.fault->kind;
      row.target = record.fault->target;
    }
    switch (record.state) {
      case JournalState::intent:
        row.t_intent = record.t;
        row.state = history::FaultState::intent;
        break;
      case JournalState::active:
        row.t_active = record.t;
        row.acted_proof = record.proof;
        row.state = history::FaultState::active;
        break;
      case JournalState::unseen:
        row.acted_proof = record.proof;
        row.state = history::FaultState::unseen;
        break;
      case JournalState::undo:
        row.t_undo = record.t;
        break;
      case JournalState::healed:
        row.t_healed = record.t;
        row.healed_proof = record.proof;
        if (row.state != history::FaultState::unseen) row.state = history::FaultState::healed;
        break;
      case JournalState::undo_failed:
        row.healed_proof = record.proof;
        row.state = history::FaultState::undo_failed;
        break;
    }
  }
  std::vector<history::Fault> result;
  for (auto& [id, row] : rows) result.push_back(std::move(row));
  return result;
}

}  // namespace bhsim::faults
