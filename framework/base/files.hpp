#pragma once
// Files and their digests. What is said to be saved is on the disk: file and folder are synced
// first.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/base/unique_fd.hpp"

namespace bhsim {

using Path = std::filesystem::path;

// The whole file; an Error when it is larger than `limit_bytes` or cannot be read.
Result<std::string> read_file(const Path& path, std::size_t limit_bytes = 64U << 20U);
// Written beside, synced, renamed over `path`, folder synced: after a crash the old or the new
// content, never a mix.
Result<void> write_file(const Path& path, std::string_view content);
Result<void> make_directories(const Path& path);
// A new folder below TMPDIR, readable by the owner only, removed with all in it on destruction.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create(std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const Path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(Path path) : path_(std::move(path)) {}
  Path path_;
};

// SHA-256 in lower-case hexadecimal.
std::string sha256_hex(std::string_view bytes);
Result<std::string> sha256_file(const Path& path);

// SHA-256 of a stream of pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  std::string hex();  // ends the digest; call once

 private:
  void* context_;
};

}  // namespace bhsim
