#include "framework/runner/obstacle.hpp"

namespace bhsim::runner {
namespace {

sidecar::SpecialKind special(Obstacle kind) {
  if (kind == Obstacle::fifo) return sidecar::SpecialKind::fifo;
  return kind == Obstacle::socket ? sidecar::SpecialKind::socket : sidecar::SpecialKind::directory;
}

bool is_regular(Obstacle kind) { return kind == Obstacle::held || kind == Obstacle::unreadable; }

}  // namespace

std::string_view to_string(Obstacle kind) {
  switch (kind) {
    case Obstacle::held:
      return "held";
    case Obstacle::unreadable:
      return "unreadable";
    case Obstacle::fifo:
      return "fifo";
    case Obstacle::socket:
      return "socket";
    case Obstacle::directory:
      return "directory";
  }
  return "";
}

Result<Obstructed> obstruct(sidecar::Sidecar& sidecar, Obstacle kind, const std::string& path,
                            std::string_view content) {
  Obstructed obstructed{kind, path, ""};
  if (!is_regular(kind)) {
    BHSIM_TRY(sidecar.remove(path));
    BHSIM_TRY(sidecar.make_special(path, special(kind)));
    return obstructed;
  }
  BHSIM_ASSIGN(obstructed.staged, sidecar.stage(path, content));
  if (kind == Obstacle::held)
    BHSIM_TRY(sidecar.take_lease(obstructed.staged));
  else
    BHSIM_TRY(sidecar.chmod(obstructed.staged, 0));
  BHSIM_TRY(sidecar.rename(obstructed.staged, path));
  BHSIM_TRY(sidecar.touch(path));
  return obstructed;
}

Result<std::int64_t> clear(sidecar::Sidecar& sidecar, const Obstructed& obstructed) {
  if (obstructed.kind == Obstacle::held) return sidecar.release_lease(obstructed.staged);
  if (obstructed.kind == Obstacle::unreadable)
    BHSIM_TRY(sidecar.chmod(obstructed.path, 0644));
  else
    BHSIM_TRY(sidecar.remove(obstructed.path));
  return 0;
}

}  // namespace bhsim::runner
