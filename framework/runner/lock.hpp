#pragma once
// One run an engine: two would disturb each other's measurements.

#include <string_view>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::runner {

// Holds the lock of one engine on this host until it, and every process that inherited `fd()`, is
// gone: the guard inherits it, so that a new run starts only when the remains of a killed one are
// cleaned up.
class EngineLock {
 public:
  // `engine_id`: what the engine calls itself (/info ID). A conflict names the run that holds it.
  static Result<EngineLock> take(std::string_view engine_id, std::string_view run_id);
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit EngineLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace bhsim::runner
