#include "framework/engine/tar.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

namespace bhsim::engine {
namespace {

constexpr std::size_t kMostFileBytes = 512U << 20U;

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
struct FreeWriter {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeReader {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

la_ssize_t append(archive*, void* user, const void* data, std::size_t size) {
  static_cast<std::string*>(user)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

// Empty where libarchive has nothing to give.
std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

// It may have no words for what went wrong.
std::string trouble_of(archive* stream) {
  const char* words = archive_error_string(stream);
  return words == nullptr ? "it is damaged" : words;
}

unsigned int file_type(TarEntry::Type type) {
  switch (type) {
    case TarEntry::Type::file:
      return AE_IFREG;
    case TarEntry::Type::directory:
      return AE_IFDIR;
    case TarEntry::Type::symlink:
      return AE_IFLNK;
  }
  return AE_IFREG;
}

Result<void> write_entry(archive* writer, const TarEntry& from) {
  const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), from.path.c_str());
  archive_entry_set_filetype(entry.get(), file_type(from.type));
  archive_entry_set_perm(entry.get(), from.mode);
  archive_entry_set_uid(entry.get(), from.uid);
  archive_entry_set_gid(entry.get(), from.gid);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (from.type == TarEntry::Type::symlink)
    archive_entry_set_symlink(entry.get(), from.content.c_str());
  std::string content;
  const bool file = from.type == TarEntry::Type::file;
  if (file) {
    BHSIM_ASSIGN(content, content_of(from));
  }
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK ||
      (file && archive_write_data(writer, content.data(), content.size()) < 0))
    return fail(ErrorCode::internal, "make a tar stream: {}: {}", from.path, trouble_of(writer));
  return {};
}

Result<TarEntry> entry_of_file(const std::filesystem::path& path, const std::string& name) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0)
    return fail(ErrorCode::io, "read {}: it cannot be seen", path.string());
  TarEntry entry;
  entry.path = name;
  entry.mode = info.st_mode & 07777U;
  if (S_ISDIR(info.st_mode)) {
    entry.type = TarEntry::Type::directory;
  } else if (S_ISLNK(info.st_mode)) {
    entry.type = TarEntry::Type::symlink;
    std::error_code error;
    entry.content = std::filesystem::read_symlink(path, error).string();
  } else {
    entry.from = path;
  }
  return entry;
}

}  // namespace

Result<std::string> content_of(const TarEntry& entry) {
  if (entry.from.empty()) return entry.content;
  return read_file(entry.from, kMostFileBytes);
}

Result<std::string> make_tar(const std::vector<TarEntry>& entries) {
  std::string bytes;
  const std::unique_ptr<archive, FreeWriter> writer(archive_write_new());
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &bytes, nullptr, append, nullptr) != ARCHIVE_OK)
    return fail(ErrorCode::internal, "make a tar stream: {}", trouble_of(writer.get()));
  for (const auto& entry : entries) BHSIM_TRY(write_entry(writer.get(), entry));
  if (archive_write_close(writer.get()) != ARCHIVE_OK)
    return fail(ErrorCode::internal, "make a tar stream: {}", trouble_of(writer.get()));
  return bytes;
}

Result<std::vector<TarEntry>> read_tar(std::string_view bytes, std::size_t most_bytes) {
  const std::unique_ptr<archive, FreeReader> reader(archive_read_new());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return fail(ErrorCode::protocol, "read a tar stream: {}", trouble_of(reader.get()));
  std::vector<TarEntry> entries;
  std::size_t total = 0;
  archive_entry* header = nullptr;
  while (true) {
    const int next = archive_read_next_header(reader.get(), &header);
    if (next == ARCHIVE_EOF) return entries;
    // A warning is a name that the locale has no characters for: it is given as it is.
    if (next != ARCHIVE_OK && next != ARCHIVE_WARN)
      return fail(ErrorCode::protocol, "read a tar stream: {}", trouble_of(reader.get()));
    TarEntry entry;
    entry.path = text_of(archive_entry_pathname(header));
    entry.mode = archive_entry_perm(header);
    entry.uid = archive_entry_uid(header);
    entry.gid = archive_entry_gid(header);
    const auto type = archive_entry_filetype(header);
    if (type == AE_IFDIR) entry.type = TarEntry::Type::directory;
    if (type == AE_IFLNK) {
      entry.type = TarEntry::Type::symlink;
      entry.content = text_of(archive_entry_symlink(header));
    }
    if (type == AE_IFREG) {
      const auto size = static_cast<std::size_t>(archive_entry_size(header));
      total += size;
      if (total > most_bytes)
        return fail(ErrorCode::protocol, "read a tar stream: longer than {} bytes", most_bytes);
      entry.content.resize(size);
      if (archive_read_data(reader.get(), entry.content.data(), size) !=
          static_cast<la_ssize_t>(size))
        return fail(ErrorCode::protocol, "read a tar stream: {} is cut short", entry.path);
    }
    entries.push_back(std::move(entry));
  }
}

Result<std::vector<TarEntry>> tar_folder(const Path& folder, const std::string& prefix,
                                         std::int64_t uid, std::int64_t gid) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, error);
       !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error))
    paths.push_back(it->path());
  if (error) return fail(ErrorCode::io, "read folder {}: {}", folder.string(), error.message());
  std::sort(paths.begin(), paths.end());
  std::vector<TarEntry> entries;
  for (const auto& path : paths) {
    BHSIM_ASSIGN(auto entry,
                 entry_of_file(path, prefix + path.lexically_relative(folder).string()));
    entry.uid = uid;
    entry.gid = gid;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace bhsim::engine
