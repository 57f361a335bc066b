#include "docker/helper/perfdata.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <array>
#include <cstring>
#include <memory>

#include "docker/helper/common.hpp"

namespace bhsim::helper {
namespace {

constexpr std::size_t kLargestFile = 4U << 20U;
constexpr std::int32_t kMostEntries = 10'000;
constexpr char kLong = 'J';

// Reads integers in the byte order that the file declares; false outside of the bytes.
class Reader {
 public:
  Reader(std::string_view bytes, bool little) : bytes_(bytes), little_(little) {}

  template <typename Int>
  bool read(std::size_t offset, Int& into) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Int)) return false;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
      const std::size_t at = little_ ? offset + sizeof(Int) - 1 - i : offset + i;
      value = value << 8U | static_cast<unsigned char>(bytes_[at]);
    }
    into = static_cast<Int>(value);
    return true;
  }

 private:
  std::string_view bytes_;
  bool little_;
};

using Counters = std::map<std::string, std::int64_t, std::less<>>;

std::int64_t get(const Counters& counters, std::string_view name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

}  // namespace

Result<Counters> parse_perfdata(std::string_view bytes) {
  // Prologue of 32 bytes: magic (big-endian), byte order, major, minor, accessible, used, overflow,
  // modified (8 bytes), offset of the first entry, number of entries.
  if (bytes.size() < 32 || bytes.substr(0, 4) != "\xca\xfe\xc0\xc0") {
    return fail(ErrorCode::protocol, "hsperfdata: no magic number");
  }
  if (bytes[5] != 2) {
    return fail(ErrorCode::unsupported, "hsperfdata: version {}, 2 is needed", int{bytes[5]});
  }
  const Reader reader(bytes, bytes[4] == 1);
  if (bytes[7] == 0) return fail(ErrorCode::conflict, "hsperfdata: not yet written by the JVM");
  std::int32_t offset = 0, entries = 0;
  reader.read(24, offset);
  reader.read(28, entries);
  if (offset < 0 || entries < 0 || entries > kMostEntries) {
    return fail(ErrorCode::protocol, "hsperfdata: {} entries at {}", entries, offset);
  }
  Counters counters;
  auto at = static_cast<std::size_t>(offset);
  for (std::int32_t i = 0; i < entries; ++i) {
    std::int32_t length = 0, name_offset = 0, vector = 0, data_offset = 0;
    if (!reader.read(at, length) || !reader.read(at + 4, name_offset) ||
        !reader.read(at + 8, vector) || !reader.read(at + 16, data_offset) || length < 20 ||
        name_offset < 0 || data_offset < 0 ||
        at + static_cast<std::size_t>(length) > bytes.size()) {
      return fail(ErrorCode::protocol, "hsperfdata: bad entry {} at {}", i, at);
    }
    std::int64_t value = 0;
    if (vector == 0 && bytes[at + 12] == kLong && name_offset < length &&
        reader.read(at + static_cast<std::size_t>(data_offset), value)) {
      const auto name_at = at + static_cast<std::size_t>(name_offset);
      std::string_view name =
          bytes.substr(name_at, at + static_cast<std::size_t>(length) - name_at);
      counters.emplace(name.substr(0, name.find('\0')), value);
    }
    at += static_cast<std::size_t>(length);
  }
  return counters;
}

std::optional<std::string> find_perfdata(const std::string& tmp, int pid) {
  const Directory directory(::opendir(tmp.c_str()));
  if (!directory) return std::nullopt;
  std::optional<std::string> newest;
  std::int64_t newest_time = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (!name.starts_with("hsperfdata_")) continue;
    std::string path = fmt::format("{}/{}/{}", tmp, name, pid);
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const std::int64_t changed =
        static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
    if (!newest || changed > newest_time) {
      newest = std::move(path);
      newest_time = changed;
    }
  }
  return newest;
}

Json look_at_perfdata(const std::string& tmp, int pid) {
  const auto path = find_perfdata(tmp, pid);
  if (!path) return nullptr;
  const auto bytes = read_small(*path, kLargestFile);
  if (!bytes) return nullptr;
  const auto parsed = parse_perfdata(*bytes);
  const std::int64_t frequency = parsed ? get(*parsed, "sun.os.hrt.frequency") : 0;
  if (frequency <= 0) return nullptr;
  const Counters& counters = *parsed;
  const auto ns = [frequency](std::int64_t ticks) {
    return static_cast<std::int64_t>(static_cast<double>(ticks) * 1e9 /
                                     static_cast<double>(frequency));
  };
  std::int64_t used = 0, committed = 0, gc_ticks = 0, gc_count = 0;
  for (int generation = 0; generation < 2; ++generation) {
    const std::string prefix = fmt::format("sun.gc.generation.{}.", generation);
    committed += get(counters, prefix + "capacity");
    for (int space = 0; space < 3; ++space) {
      used += get(counters, fmt::format("{}space.{}.used", prefix, space));
    }
  }
  for (int collector = 0; collector < 3; ++collector) {
    gc_ticks += get(counters, fmt::format("sun.gc.collector.{}.time", collector));
    gc_count += get(counters, fmt::format("sun.gc.collector.{}.invocations", collector));
  }
  const std::int64_t unloaded =
      get(counters, "java.cls.unloadedClasses") + get(counters, "java.cls.sharedUnloadedClasses");
  const std::int64_t loaded =
      get(counters, "java.cls.loadedClasses") + get(counters, "java.cls.sharedLoadedClasses");
  return {{"heap_used", used},
          {"heap_committed", committed},
          {"metaspace_used", get(counters, "sun.gc.metaspace.used")},
          {"classes_loaded", loaded - unloaded},
          {"classes_unloaded", unloaded},
          {"gc_count", gc_count},
          {"gc_time", ns(gc_ticks)},
          {"safepoints", get(counters, "sun.rt.safepoints")},
          {"safepoint_time", ns(get(counters, "sun.rt.safepointTime"))}};
}

}  // namespace bhsim::helper
