#pragma once
// Small things that every file of the helper needs.

#include <dirent.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::helper {

// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd();
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Owns an open directory.
struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// CLOCK_MONOTONIC, which all containers of a host share.
std::int64_t now_ns();

// "open /classes/A.class: No such file or directory", with the code that follows from errno.
tl::unexpected<Error> fail_errno(std::string_view what, std::string_view path, int number = errno);

// The whole of a small file, cut at `limit`; nothing when it cannot be read. For /proc.
std::optional<std::string> read_small(const std::string& path, std::size_t limit);

// All of `bytes` at the descriptor's position.
Result<void> write_all(int fd, std::string_view bytes, std::string_view path);

}  // namespace bhsim::helper
