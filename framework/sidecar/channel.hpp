#pragma once
// The two ends of a helper's standard streams, whatever carries them: the engine's attach stream in
// a run (start.hpp), pipes to a local process in tests.

#include <functional>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::sidecar {

struct Channel {
  // Some bytes of the helper's standard output; empty when `wait` passed without any; an Error when
  // the stream has ended. Called by one thread only.
  std::function<Result<std::string>(Nanos wait)> read;
  // All of `bytes` to the helper's standard input, or an Error within `wait`. Called by one thread
  // at a time, beside a read.
  std::function<Result<void>(std::string_view bytes, Nanos wait)> write;
  // Ends both directions: the helper sees the end of its input and exits. May be called twice.
  std::function<void()> close;
};

}  // namespace bhsim::sidecar
