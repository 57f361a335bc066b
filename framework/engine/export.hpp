#pragma once
// What lies in a container's file system, read as it comes: neither held in memory as a whole nor
// unpacked.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::engine {

// Regular files with the setuid or setgid bit, volumes not included; at most 1,000 paths. A name
// need not be UTF-8.
Result<std::vector<std::string>> setuid_files(const Client& client, std::string_view container);

struct CopyLimits {
  std::int64_t all_bytes = 0;
  std::int64_t file_bytes = 0;  // of one file
};
struct LeftOut {
  std::string name;
  std::int64_t bytes = 0;
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

// Copies the regular files at or below `path` of a container below `folder` of this machine, under
// the names that the engine gives them ("logs/gc.log"). A file that is larger than `limits` allow,
// or would make all together so, is left out and returned. An Error with ErrorCode::not_found when
// there is no such path.
Result<std::vector<LeftOut>> copy_out(const Client& client, std::string_view container,
                                      std::string_view path, const Path& folder,
                                      const CopyLimits& limits,
                                      Nanos deadline = std::chrono::minutes(5));

}  // namespace bhsim::engine
