#include "framework/engine/export.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <thread>

#include "framework/base/files.hpp"

namespace bhsim::engine {
namespace {

constexpr std::size_t kMostPaths = 1'000;
constexpr unsigned int kSetIdBits = 06000;

struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

Result<std::vector<std::string>> scan(int fd) {
  const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  std::vector<std::string> paths;
  if (archive_read_open_fd(reader.get(), fd, 65'536) != ARCHIVE_OK)
    return fail(ErrorCode::protocol, "read the exported file system: {}",
                archive_error_string(reader.get()));
  archive_entry* entry = nullptr;
  int next = ARCHIVE_OK;
  while ((next = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK)
    if (archive_entry_filetype(entry) == AE_IFREG &&
        (archive_entry_perm(entry) & kSetIdBits) != 0 && paths.size() < kMostPaths)
      paths.emplace_back(archive_entry_pathname(entry));
  if (next != ARCHIVE_EOF)
    return fail(ErrorCode::protocol, "read the exported file system: {}",
                archive_error_string(reader.get()));
  return paths;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<std::vector<std::string>> setuid_files(const Client& client, std::string_view container) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::io, "list the files of {}: no pipe", container);
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Result<std::vector<std::string>> found = std::vector<std::string>{};
  // The reader drains the pipe to its end, whatever it finds, so that the writer never meets a
  // closed one.
  std::thread reader([&] {
    found = scan(read_end.get());
    std::array<char, 65'536> rest{};
    while (::read(read_end.get(), rest.data(), rest.size()) > 0) {
    }
  });
  const auto streamed =
      client.stream({.path = fmt::format("/containers/{}/export", container),
                     .what = fmt::format("list the files of {}", container)},
                    [&](std::string_view bytes) { return write_all(write_end.get(), bytes); }, {});
  write_end.reset();
  reader.join();
  if (!streamed) return fail(streamed.error());
  return found;
}

}  // namespace bhsim::engine
