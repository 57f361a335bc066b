#pragma once
// Tar streams, which the engine takes for builds, imports and copies.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::engine {

struct TarEntry {
  enum class Type { file, directory, symlink };
  std::string path;  // relative, without a leading slash
  Type type = Type::file;
  std::uint32_t mode = 0644;
  std::int64_t uid = 0, gid = 0;
  std::string content;  // of a file; the target of a symlink
  Path from{};          // of a file that is read when it is needed: where it lies; else empty
};

// What a file's content is, read where it lies if need be; at most 512 MB.
Result<std::string> content_of(const TarEntry& entry);
// Time stamps are zero, so equal entries give equal bytes.
Result<std::string> make_tar(const std::vector<TarEntry>& entries);
// All entries; an Error when they are longer than `most_bytes` together.
Result<std::vector<TarEntry>> read_tar(std::string_view bytes, std::size_t most_bytes);
// A folder of this machine, in order of path, below `prefix`; modes as they are, owner as given.
// Its files are named, not read: a JRE is 60 MB.
Result<std::vector<TarEntry>> tar_folder(const Path& folder, const std::string& prefix,
                                         std::int64_t uid, std::int64_t gid);

}  // namespace bhsim::engine
