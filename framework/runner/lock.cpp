#include "framework/runner/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace bhsim::runner {
namespace {

// One place for all users and environments of this machine: TMPDIR differs between them, and would
// let two of them use one engine.
Path lock_folder() {
  const Path usual = "/run/lock";
  return ::access(usual.c_str(), W_OK) == 0 ? usual : Path("/tmp");
}

// Several users may share an engine. A file of another one's in /tmp may be opened, but not with
// O_CREAT (fs.protected_regular).
UniqueFd open_shared(const Path& path) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  UniqueFd fd(::open(path.c_str(), kFlags));
  if (fd.valid() || errno != ENOENT) return fd;
  fd.reset(::open(path.c_str(), kFlags | O_CREAT, 0666));
  if (fd.valid() && ::fchmod(fd.get(), 0666) != 0) fd.reset();  // whatever the umask
  return fd;
}

}  // namespace

Result<EngineLock> EngineLock::take(std::string_view engine_id, std::string_view run_id) {
  const auto path =
      lock_folder() / fmt::format("bhsim-{}.lock", sha256_hex(engine_id).substr(0, 12));
  UniqueFd fd = open_shared(path);
  if (!fd.valid())
    return fail(ErrorCode::io, "open the engine's lock {}: {}", path.string(),
                std::strerror(errno));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 128> holder{};
    const auto n = ::pread(fd.get(), holder.data(), holder.size() - 1, 0);
    return fail(
        ErrorCode::conflict,
        "run {} is using this engine (lock {}); wait for its end, or stop it with Ctrl-C",
        n > 0 ? std::string_view(holder.data(), static_cast<std::size_t>(n)) : "of another process",
        path.string());
  }
  if (::ftruncate(fd.get(), 0) != 0 || ::pwrite(fd.get(), run_id.data(), run_id.size(), 0) < 0)
    return fail(ErrorCode::io, "write the engine's lock {}: {}", path.string(),
                std::strerror(errno));
  return EngineLock(std::move(fd));
}

}  // namespace bhsim::runner
