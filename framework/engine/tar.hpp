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
};

// Time stamps are zero, so equal entries give equal bytes.
Result<std::string> make_tar(const std::vector<TarEntry>& entries);
// All entries; an Error when they are longer than `most_bytes` together.
Result<std::vector<TarEntry>> read_tar(std::string_view bytes, std::size_t most_bytes);
// A folder of this machine, in order of path, below `prefix`; modes as they are, owner as given.
Result<std::vector<TarEntry>> tar_folder(const Path& folder, const std::string& prefix,
                                         std::int64_t uid, std::int64_t gid);

}  // namespace bhsim::engine
