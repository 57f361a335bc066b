#include "framework/engine/export.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "framework/engine/container_json.hpp"

namespace bhsim::engine {
namespace {

constexpr std::size_t kMostPaths = 1'000;
constexpr unsigned int kSetIdBits = 06000;
constexpr std::size_t kBlock = 65'536;

struct FreeExport {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

// Gets each entry's header; may read its content from `reader`.
using TakeEntry = std::function<Result<void>(archive* reader, archive_entry* entry)>;

// Empty where libarchive has no name to give.
std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name == nullptr ? std::string() : std::string(name);
}

// It may have no words for what went wrong.
std::string words_of(archive* reader) {
  const char* words = archive_error_string(reader);
  return words == nullptr ? "it is damaged" : words;
}

Result<void> read_entries(int fd, const TakeEntry& take) {
  const std::unique_ptr<archive, FreeExport> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  const auto broken = [&] {
    return fail(ErrorCode::protocol, "read a tar stream: {}", words_of(reader.get()));
  };
  if (archive_read_open_fd(reader.get(), fd, kBlock) != ARCHIVE_OK) return broken();
  archive_entry* entry = nullptr;
  while (true) {
    const int next = archive_read_next_header(reader.get(), &entry);
    if (next == ARCHIVE_EOF) return {};
    // A warning is a name that the locale has no characters for: it is given as it is.
    if (next != ARCHIVE_OK && next != ARCHIVE_WARN) return broken();
    BHSIM_TRY(take(reader.get(), entry));
  }
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

// Reads the answer to `request` as a tar stream while it comes.
Result<void> stream_tar(const Client& client, const Request& request, const TakeEntry& take) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::io, "{}: pipe: {}", request.what, std::strerror(errno));
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Result<void> read;
  // The reader drains the pipe to its end, whatever it finds, so that the writer never meets a
  // closed one.
  std::thread reader([&] {
    read = read_entries(read_end.get(), take);
    std::array<char, kBlock> rest{};
    while (::read(read_end.get(), rest.data(), rest.size()) > 0) {
    }
  });
  const auto streamed = client.stream(
      request, [&](std::string_view bytes) { return write_all(write_end.get(), bytes); }, {});
  write_end.reset();
  reader.join();
  if (!streamed) return fail(streamed.error());
  if (!read) return fail(read.error().within(request.what));
  return {};
}

// A name in the stream that stays below the folder it is unpacked to.
bool stays_below(const Path& name) {
  return !name.empty() && name.is_relative() &&
         std::none_of(name.begin(), name.end(), [](const Path& part) { return part == ".."; });
}

Result<void> write_content(archive* reader, const Path& file) {
  BHSIM_TRY(make_directories(file.parent_path()));
  const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return fail(ErrorCode::io, "write {}: {}", file.string(), std::strerror(errno));
  std::array<char, kBlock> block{};
  while (true) {
    const auto got = archive_read_data(reader, block.data(), block.size());
    if (got == 0) return {};
    if (got < 0) return fail(ErrorCode::protocol, "read a tar stream: {}", words_of(reader));
    if (!write_all(fd.get(), {block.data(), static_cast<std::size_t>(got)}))
      return fail(ErrorCode::io, "write {}: {}", file.string(), std::strerror(errno));
  }
}

}  // namespace

Result<std::vector<std::string>> setuid_files(const Client& client, std::string_view container) {
  std::vector<std::string> paths;
  bool any = false;
  const auto note = [&](archive*, archive_entry* entry) -> Result<void> {
    any = true;
    if (archive_entry_filetype(entry) == AE_IFREG &&
        (archive_entry_perm(entry) & kSetIdBits) != 0 && paths.size() < kMostPaths)
      paths.push_back(name_of(entry));
    return {};
  };
  BHSIM_TRY(stream_tar(client,
                       {.path = fmt::format("/containers/{}/export", container),
                        .deadline = std::chrono::minutes(5),
                        .what = fmt::format("list the files of {}", container)},
                       note));
  // Nothing at all is no file system, and would pass for one without such files.
  if (!any) return fail(ErrorCode::protocol, "list the files of {}: what came is empty", container);
  return paths;
}

Result<std::vector<LeftOut>> copy_out(const Client& client, std::string_view container,
                                      std::string_view path, const Path& folder,
                                      const CopyLimits& limits, Nanos deadline) {
  const auto what = fmt::format("copy {}:{}", container, path);
  BHSIM_TRY(refuse_tmpfs(client, container, path, what));
  std::vector<LeftOut> left_out;
  std::int64_t room = limits.all_bytes;
  const auto keep = [&](archive* reader, archive_entry* entry) -> Result<void> {
    if (archive_entry_filetype(entry) != AE_IFREG) return {};
    const Path name = name_of(entry);
    const std::int64_t size = archive_entry_size(entry);
    if (!stays_below(name) || size > std::min(room, limits.file_bytes)) {
      left_out.push_back({name.string(), size});
      return {};
    }
    room -= size;
    return write_content(reader, folder / name);
  };
  BHSIM_TRY(stream_tar(client,
                       {.path = fmt::format("/containers/{}/archive", container),
                        .query = {{"path", std::string(path)}},
                        .deadline = deadline,
                        .what = what},
                       keep));
  return left_out;
}

}  // namespace bhsim::engine
