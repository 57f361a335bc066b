#include "docker/helper/common.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace bhsim::helper {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

tl::unexpected<Error> fail_errno(std::string_view what, std::string_view path, int number) {
  ErrorCode code = ErrorCode::io;
  if (number == ENOENT || number == ENOTDIR || number == ESRCH) code = ErrorCode::not_found;
  if (number == EEXIST || number == ENOTEMPTY || number == EAGAIN || number == EBUSY) {
    code = ErrorCode::conflict;
  }
  if (number == ENOTSUP || number == ENOSYS) code = ErrorCode::unsupported;
  return fail(code, "{} {}: {}", what, path, std::strerror(number));
}

std::optional<std::string> read_small(const std::string& path, std::size_t limit) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return std::nullopt;
  std::string text(limit, '\0');
  std::size_t length = 0;
  while (length < limit) {
    const ssize_t got = ::read(file.get(), text.data() + length, limit - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  text.resize(length);
  return text;
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace bhsim::helper
