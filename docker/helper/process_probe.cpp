#include "docker/helper/process_probe.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <ctime>
#include <memory>

#include "docker/helper/common.hpp"

namespace bhsim::helper {
namespace {

constexpr std::size_t kLongestName = 15;  // the kernel keeps that much of a thread's name
constexpr int kMostThreads = 100'000;
constexpr std::size_t kMostNames = 500;  // what has more is called "…"

std::optional<std::int64_t> leading_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// The n-th word, from 0, of words with single blanks between.
std::string_view word(std::string_view text, int n) {
  for (; n > 0; --n) {
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return {};
    text.remove_prefix(blank + 1);
  }
  return text.substr(0, text.find_first_of(" \n"));
}

std::optional<std::int64_t> count_entries(const std::string& folder) {
  const Directory directory(::opendir(folder.c_str()));
  if (!directory) return std::nullopt;
  std::int64_t entries = 0;
  while (const dirent* entry = ::readdir(directory.get())) entries += entry->d_name[0] != '.';
  return entries;
}

// utime + stime of the process. The name of the command may hold blanks and brackets: count from
// the last ')'.
std::optional<std::int64_t> process_cpu_ns(const std::string& folder) {
  const auto text = read_small(folder + "/stat", 4096);
  if (!text) return std::nullopt;
  const std::size_t close = text->rfind(") ");
  if (close == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(close + 2);
  const auto user = leading_number(word(rest, 11));
  const auto system = leading_number(word(rest, 12));
  if (!user || !system) return std::nullopt;
  return (*user + *system) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK));
}

// The threads of a pool differ by a number.
std::string without_digits(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }, '#');
  return name;
}

}  // namespace

Result<std::int64_t> process_clock_ns(int pid) {
  clockid_t clock{};
  timespec time{};
  const int error = ::clock_getcpuclockid(pid, &clock);
  if (error != 0 || ::clock_gettime(clock, &time) != 0)
    return fail(ErrorCode::not_found, "the CPU clock of process {} cannot be read", pid);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

ProcessProbe::ProcessProbe(int pid, std::string agent_prefix)
    : pid_(pid),
      folder_("/proc/" + std::to_string(pid)),
      agent_prefix_(agent_prefix.substr(0, kLongestName)) {}

void ProcessProbe::add_thread(const std::string& task, int tid) {
  const auto schedstat = read_small(task + "/schedstat", 128);
  const auto cpu = schedstat ? leading_number(*schedstat) : std::nullopt;
  if (!cpu) return;  // ended since
  Thread& thread = threads_[tid];
  if (*cpu < thread.cpu_ns) thread = Thread{};  // the number of an ended thread, given out again
  thread.seen = true;
  // A Java thread gets its name after it has started: ask each time.
  if (const auto name = read_small(task + "/comm", 64)) {
    thread.agent = !agent_prefix_.empty() && name->starts_with(agent_prefix_);
    thread.name = without_digits(name->substr(0, name->find('\n')));
  }
  const std::int64_t grown = *cpu - thread.cpu_ns;
  thread.cpu_ns = *cpu;
  cpu_threads_ns_ += grown;
  if (thread.agent) cpu_agent_ns_ += grown;
  const bool room = cpu_by_name_ns_.size() < kMostNames || cpu_by_name_ns_.contains(thread.name);
  cpu_by_name_ns_[room ? thread.name : "…"] += grown;
}

bool ProcessProbe::look_at_threads() {
  const Directory directory(::opendir((folder_ + "/task").c_str()));
  if (!directory) return false;
  for (auto& [tid, thread] : threads_) thread.seen = false;
  int looked = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const auto tid = leading_number(entry->d_name);
    if (!tid || ++looked > kMostThreads) continue;
    add_thread(folder_ + "/task/" + entry->d_name, static_cast<int>(*tid));
  }
  std::erase_if(threads_, [](const auto& item) { return !item.second.seen; });
  return !threads_.empty();
}

Json ProcessProbe::threads() {
  if (!look_at_threads()) return nullptr;
  Json list = Json::array();
  for (const auto& [name, cpu] : cpu_by_name_ns_) list.push_back({{"name", name}, {"cpu", cpu}});
  return list;
}

Json ProcessProbe::look() {
  if (!look_at_threads()) return nullptr;
  const auto statm = read_small(folder_ + "/statm", 256);
  const auto pages = statm ? leading_number(word(*statm, 1)) : std::nullopt;
  const auto cpu = process_cpu_ns(folder_);
  if (!pages || !cpu) return nullptr;
  std::int64_t agent_threads = 0;
  for (const auto& [tid, thread] : threads_) agent_threads += thread.agent ? 1 : 0;
  Json json = {{"threads", threads_.size()},
               {"rss", *pages * ::sysconf(_SC_PAGESIZE)},
               {"cpu_threads", cpu_threads_ns_},
               {"cpu_agent", cpu_agent_ns_},
               {"cpu_process", *cpu},
               {"agent_threads", agent_threads}};
  if (const auto descriptors = count_entries(folder_ + "/fd")) json["descriptors"] = *descriptors;
  return json;
}

}  // namespace bhsim::helper
