#include "docker/helper/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "docker/helper/sha256.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::helper {
namespace {

std::string_view type_of(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  if (S_ISDIR(mode)) return "directory";
  if (S_ISFIFO(mode)) return "fifo";
  if (S_ISSOCK(mode)) return "socket";
  if (S_ISLNK(mode)) return "symlink";
  return "other";
}

// A socket file is what bind() leaves behind; nothing listens there.
Result<void> make_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::usage, "socket {}: the path is longer than {} bytes", path,
                sizeof address.sun_path - 1);
  }
  path.copy(address.sun_path, path.size());
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail_errno("socket", path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("bind", path);
  }
  return {};
}

// Everything below `path`, without following links or leaving the file system; iterative and
// bounded.
struct Usage {
  std::int64_t bytes = 0;
  std::int64_t files = 0;
  bool complete = true;
};

Usage count_usage(const std::string& path, std::int64_t most) {
  Usage usage;
  std::vector<std::string> folders{path};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    const Directory directory(::opendir(folder.c_str()));
    if (!directory) {
      usage.complete = false;
      continue;
    }
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") continue;
      if (++usage.files > most) {
        usage.complete = false;
        return usage;
      }
      struct stat info {};
      if (::fstatat(::dirfd(directory.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;  // gone since
      }
      usage.bytes += static_cast<std::int64_t>(info.st_blocks) * 512;
      if (S_ISDIR(info.st_mode)) folders.push_back(folder + "/" + std::string(name));
    }
  }
  return usage;
}

}  // namespace

Result<Json> rename_file(const Args& args) {
  BHSIM_ASSIGN(const std::string from, args.path("from"));
  BHSIM_ASSIGN(const std::string to, args.path("to"));
  const std::int64_t t = now_ns();
  if (::rename(from.c_str(), to.c_str()) != 0) return fail_errno("rename", from + " to " + to);
  return Json{{"t", t}};
}

Result<Json> remove_file(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Json::object();
  if (errno != EISDIR && errno != EPERM) return fail_errno("remove", path);
  if (::rmdir(path.c_str()) != 0) return fail_errno("remove", path);
  return Json::object();
}

Result<Json> make_special(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(const std::string kind, args.text("kind"));
  if (kind == "fifo") {
    if (::mkfifo(path.c_str(), 0644) != 0) return fail_errno("mkfifo", path);
  } else if (kind == "directory") {
    if (::mkdir(path.c_str(), 0755) != 0) return fail_errno("mkdir", path);
  } else if (kind == "socket") {
    BHSIM_TRY(make_socket(path));
  } else if (kind == "symlink") {
    BHSIM_ASSIGN(const std::string target, args.text("target"));
    if (::symlink(target.c_str(), path.c_str()) != 0) return fail_errno("symlink", path);
  } else {
    return fail(ErrorCode::usage,
                "argument 'kind': '{}' is not one of fifo, socket, directory, symlink", kind);
  }
  return Json::object();
}

Result<Json> change_mode(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(const std::int64_t mode, args.number("mode", 0, 07777));
  if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return fail_errno("chmod", path);
  return Json::object();
}

Result<Json> change_owner(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(const std::int64_t uid, args.number("uid", 0, UINT32_MAX - 1));
  BHSIM_ASSIGN(const std::int64_t gid, args.number("gid", 0, UINT32_MAX - 1));
  if (::lchown(path.c_str(), static_cast<uid_t>(uid), static_cast<gid_t>(gid)) != 0) {
    return fail_errno("chown", path);
  }
  return Json::object();
}

Result<Json> stat_file(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return Json{{"exists", false}};
    return fail_errno("stat", path);
  }
  return Json{{"exists", true},
              {"type", type_of(info.st_mode)},
              {"mode", info.st_mode & 07777U},
              {"uid", info.st_uid},
              {"gid", info.st_gid},
              {"size", info.st_size},
              {"inode", info.st_ino},
              {"modified", static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 +
                               info.st_mtim.tv_nsec}};
}

Result<Json> digest(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  // Non-blocking, so that a fifo in the place of a file cannot hold the helper up.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail_errno("open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail_errno("stat", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::conflict, "digest {}: not a file", path);
  Sha256 sha;
  std::int64_t size = 0;
  std::vector<char> piece(1U << 16U);
  while (size <=
         info.st_size) {  // a file that grows is digested up to its size when opened, and a piece
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path);
    if (got == 0) break;
    sha.update(std::string_view(piece.data(), static_cast<std::size_t>(got)));
    size += got;
  }
  return Json{{"sha256", sha.hex()}, {"size", size}};
}

Result<Json> tail(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(std::int64_t offset, args.number("offset", 0, INT64_MAX));
  BHSIM_ASSIGN(const std::int64_t limit,
               args.number("limit", 0, sidecar::protocol::kMostTailBytes));
  BHSIM_ASSIGN(const std::int64_t inode, args.number_or("inode", 0, INT64_MAX, 0));
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return fail_errno("open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail_errno("stat", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::conflict, "tail {}: not a file", path);
  const bool another = inode != 0 && static_cast<std::uint64_t>(inode) != info.st_ino;
  if (another || info.st_size < offset) offset = 0;
  std::string bytes(static_cast<std::size_t>(limit), '\0');
  std::size_t length = 0;
  while (length < bytes.size()) {
    const ssize_t got = ::pread(file.get(), bytes.data() + length, bytes.size() - length,
                                static_cast<off_t>(offset + static_cast<std::int64_t>(length)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  bytes.resize(length);
  return Json{{"bytes", sidecar::protocol::to_base64(bytes)},
              {"offset", offset},
              {"size", info.st_size},
              {"inode", info.st_ino}};
}

Result<Json> list(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  const Directory directory(::opendir(path.c_str()));
  if (!directory) return fail_errno("list", path);
  Json entries = Json::array();
  bool complete = true;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() >= sidecar::protocol::kMostEntries) {
      complete = false;
      break;
    }
    struct stat info {};
    if (::fstatat(::dirfd(directory.get()), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;  // gone since
    }
    entries.push_back({{"name", name}, {"type", type_of(info.st_mode)}, {"size", info.st_size}});
  }
  return Json{{"entries", std::move(entries)}, {"complete", complete}};
}

Result<Json> usage(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(const std::int64_t most, args.number_or("most", 1, 1'000'000, 100'000));
  if (::access(path.c_str(), F_OK) != 0) return fail_errno("usage", path);
  const Usage counted = count_usage(path, most);
  return Json{{"bytes", counted.bytes}, {"files", counted.files}, {"complete", counted.complete}};
}

Result<Json> space(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return fail_errno("space", path);
  const auto bytes = [&info](auto blocks) {
    return static_cast<std::int64_t>(blocks) * static_cast<std::int64_t>(info.f_bsize);
  };
  constexpr auto kTmpfs = 0x01021994;
  return Json{{"total", bytes(info.f_blocks)},
              {"free", bytes(info.f_bavail)},
              {"in_memory", info.f_type == kTmpfs}};
}

Result<Json> fill(const Args& args) {
  BHSIM_ASSIGN(const std::string path, args.path("path"));
  BHSIM_ASSIGN(const std::int64_t bytes, args.number("bytes", 0, std::int64_t{64} << 30));
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return fail_errno("create", path);
  std::vector<char> piece(1U << 20U);
  for (std::size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 131 + i / 251);
  std::int64_t size = 0;
  bool full = false;
  while (size < bytes && !full) {
    const auto want = static_cast<std::size_t>(
        std::min<std::int64_t>(bytes - size, static_cast<std::int64_t>(piece.size())));
    const ssize_t put = ::write(file.get(), piece.data(), want);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == ENOSPC || errno == EDQUOT)) {
      full = true;
    } else if (put < 0) {
      return fail_errno("write", path);
    } else {
      size += put;
    }
  }
  return Json{{"size", size}, {"full", full}};
}

}  // namespace bhsim::helper
