// Bringing bytes into the watched place, in the ways that agents need (Way in
// framework/sidecar/sidecar.hpp).

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <vector>

#include "docker/helper/files.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::helper {
namespace {

struct Item {
  std::string path;
  std::string bytes;
  std::string way;
  std::string staged;  // empty until staged
  std::int64_t t_write = 0, t_rename = 0, t_done = 0;
};

bool renames(const Item& item) { return item.way == "rename+touch" || item.way == "rename"; }

Result<Item> read_item(const Args& args) {
  Item item;
  BHSIM_ASSIGN(item.path, args.path("path"));
  BHSIM_ASSIGN(item.bytes, args.bytes("bytes"));
  BHSIM_ASSIGN(item.way, args.text("way"));
  if (!renames(item) && item.way != "overwrite" && item.way != "in-place") {
    return fail(ErrorCode::usage,
                "argument 'way': '{}' is not one of rename+touch, rename, overwrite, in-place",
                item.way);
  }
  return item;
}

// Folders of a package may not be there yet.
Result<void> make_parents(const std::string& path) {
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS &&
        errno != EACCES) {
      return fail_errno("mkdir", folder);
    }
  }
  return {};
}

Result<Fd> open_for_writing(const std::string& path, int flags) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0644));
  if (file.valid() || errno != ENOENT) {
    if (!file.valid()) return fail_errno("open", path);
    return file;
  }
  BHSIM_TRY(make_parents(path));
  file = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0644));
  if (!file.valid()) return fail_errno("open", path);
  return file;
}

// A name in the same folder, so that the rename is atomic, that no watcher takes for a class.
std::string staging_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  const std::size_t slash = path.rfind('/');
  return fmt::format("{}.{}.{}-{}.staged", path.substr(0, slash + 1), path.substr(slash + 1),
                     ::getpid(), counter.fetch_add(1));
}

// As readable as the file that it replaces.
void copy_mode(int file, const std::string& from) {
  struct stat old {};
  const mode_t mode = ::stat(from.c_str(), &old) == 0 ? old.st_mode & 07777U : 0644U;
  ::fchmod(file, mode);
}

Result<void> write_staged(Item& item, bool sync) {
  item.staged = staging_name(item.path);
  item.t_write = now_ns();
  BHSIM_ASSIGN(const Fd file, open_for_writing(item.staged, O_EXCL));
  auto written = write_all(file.get(), item.bytes, item.staged);
  copy_mode(file.get(), item.path);
  if (written && sync && ::fsync(file.get()) != 0) written = fail_errno("fsync", item.staged);
  if (!written) ::unlink(item.staged.c_str());
  return written;
}

Result<void> touch_path(const std::string& path) {
  if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0) return fail_errno("touch", path);
  return {};
}

Result<void> bring(Item& item) {
  if (renames(item)) {
    item.t_rename = now_ns();
    if (::rename(item.staged.c_str(), item.path.c_str()) != 0) {
      const int number = errno;
      ::unlink(item.staged.c_str());
      return fail_errno("rename to", item.path, number);
    }
    if (item.way == "rename+touch") BHSIM_TRY(touch_path(item.path));
  } else {
    const bool in_place = item.way == "in-place";
    item.t_write = now_ns();
    BHSIM_ASSIGN(const Fd file, open_for_writing(item.path, in_place ? 0 : O_TRUNC));
    BHSIM_TRY(write_all(file.get(), item.bytes, item.path));
    if (in_place && ::ftruncate(file.get(), static_cast<off_t>(item.bytes.size())) != 0) {
      return fail_errno("truncate", item.path);
    }
  }
  item.t_done = now_ns();
  return {};
}

Json times(const Item& item) {
  Json json = {{"t_write", item.t_write}, {"t_done", item.t_done}};
  if (item.t_rename != 0) json["t_rename"] = item.t_rename;
  return json;
}

Result<std::vector<Item>> read_items(const Args& args) {
  const auto found = args.json().find("items");
  if (found == args.json().end() || !found->is_array() || found->empty() ||
      found->size() > sidecar::protocol::kMostTogether) {
    return fail(ErrorCode::usage, "argument 'items': an array of 1 to {} is needed",
                sidecar::protocol::kMostTogether);
  }
  std::vector<Item> items;
  for (const Json& json : *found) {
    if (!json.is_object()) return fail(ErrorCode::usage, "argument 'items': objects are needed");
    BHSIM_ASSIGN(Item item, read_item(Args(json)));
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

Result<Json> deliver(const Args& args) {
  BHSIM_ASSIGN(auto items, read_items(args));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!renames(items[i])) continue;
    if (auto staged = write_staged(items[i], false); !staged) {
      for (std::size_t k = 0; k < i; ++k) {
        if (!items[k].staged.empty()) ::unlink(items[k].staged.c_str());
      }
      return fail(staged.error());
    }
  }
  Json answers = Json::array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto brought = bring(items[i]); !brought) {
      for (std::size_t k = i + 1; k < items.size(); ++k) {
        if (!items[k].staged.empty()) ::unlink(items[k].staged.c_str());
      }
      return fail(brought.error().code, "{} (delivered before it: {} of {})",
                  brought.error().message, i, items.size());
    }
    answers.push_back(times(items[i]));
  }
  return Json{{"items", std::move(answers)}};
}

Result<Json> stage(const Args& args) {
  Item item;
  BHSIM_ASSIGN(item.path, args.path("path"));
  BHSIM_ASSIGN(item.bytes, args.bytes("bytes"));
  BHSIM_TRY(write_staged(item, true));
  return Json{{"staged", item.staged}, {"t_write", item.t_write}};
}

Result<Json> touch(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  const std::int64_t t = now_ns();
  BHSIM_TRY(touch_path(path));
  return Json{{"t", t}};
}

Result<Json> OpenFiles::deliver_half(const Args& args) {
  if (halves_.size() >= sidecar::protocol::kMostHalves) {
    return fail(ErrorCode::conflict, "{} half-written files are open already: finish one",
                halves_.size());
  }
  BHSIM_ASSIGN(Item item, read_item(args));
  if (renames(item)) {
    return fail(ErrorCode::usage,
                "argument 'way': a rename is never half done; overwrite or in-place");
  }
  BHSIM_ASSIGN(const std::int64_t first,
               args.number("first", 0, static_cast<std::int64_t>(item.bytes.size())));
  item.t_write = now_ns();
  BHSIM_ASSIGN(Fd file, open_for_writing(item.path, item.way == "in-place" ? 0 : O_TRUNC));
  const auto split = static_cast<std::size_t>(first);
  BHSIM_TRY(write_all(file.get(), std::string_view(item.bytes).substr(0, split), item.path));
  item.t_done = now_ns();
  const std::string token = std::to_string(next_++);
  halves_[token] = Half{std::move(file), item.path, item.bytes.substr(split),
                        static_cast<std::int64_t>(item.bytes.size())};
  Json answer = times(item);
  answer["token"] = token;
  return answer;
}

Result<Json> OpenFiles::finish_half(const Args& args) {
  BHSIM_ASSIGN(const std::string token, args.text("token"));
  const auto found = halves_.find(token);
  if (found == halves_.end()) {
    return fail(ErrorCode::not_found, "no half-written file with token '{}'", token);
  }
  const Half half = std::move(found->second);
  halves_.erase(found);
  BHSIM_TRY(write_all(half.file.get(), half.rest, half.path));
  if (::ftruncate(half.file.get(), half.length) != 0) return fail_errno("truncate", half.path);
  return Json{{"t", now_ns()}};
}

// --- write leases: another process's open of the file blocks until the lease is given back

namespace {
std::atomic<int> lease_breaks{0};
void on_lease_break(int) { lease_breaks.fetch_add(1, std::memory_order_relaxed); }
}  // namespace

Result<Json> OpenFiles::take_lease(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  if (leases_.contains(path)) return fail(ErrorCode::conflict, "lease on {}: held already", path);
  if (leases_.size() >= sidecar::protocol::kMostHalves) {
    return fail(ErrorCode::conflict, "{} leases are held already: release one", leases_.size());
  }
  struct sigaction action {};
  action.sa_handler = on_lease_break;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGIO, &action, nullptr);
  Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return fail_errno("open", path);
  if (::fcntl(file.get(), F_SETLEASE, F_WRLCK) != 0) return fail_errno("lease", path);
  leases_[path] = Lease{std::move(file), lease_breaks.load()};
  return Json{{"t", now_ns()}};
}

Result<Json> OpenFiles::release_lease(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  const auto found = leases_.find(path);
  if (found == leases_.end()) return fail(ErrorCode::not_found, "no lease on {} is held", path);
  const Lease lease = std::move(found->second);
  leases_.erase(found);
  const int breaks = lease_breaks.load() - lease.breaks_before;
  if (::fcntl(lease.file.get(), F_SETLEASE, F_UNLCK) != 0) return fail_errno("unlock", path);
  return Json{{"t", now_ns()}, {"held_up", breaks}};
}

}  // namespace bhsim::helper
