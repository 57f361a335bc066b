#pragma once
// A class file that is there and cannot simply be read.

#include <cstdint>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::runner {

enum class Obstacle {
  held,        // whoever opens it waits until it is cleared (a write lease)
  unreadable,  // permission denied until it is cleared
  fifo,        // no regular file: stands in its place until it is cleared
  socket,
  directory
};
std::string_view to_string(Obstacle kind);

struct Obstructed {
  Obstacle kind{};
  std::string path;
  std::string staged;  // what a held file was called when the lease was taken
};

// Puts `content` where `path` is, behind the obstacle; of what is no regular file there is no
// content.
Result<Obstructed> obstruct(sidecar::Sidecar& sidecar, Obstacle kind, const std::string& path,
                            std::string_view content);
// Takes it away: the file can be read, what is none has gone. Of a held one, how many opens waited.
Result<std::int64_t> clear(sidecar::Sidecar& sidecar, const Obstructed& obstructed);

}  // namespace bhsim::runner
