#pragma once
// A side-car whose helper is a plain process of this machine: the real program and protocol,
// without a container. For targets that link framework/sidecar and depend on bhsim-helper.

#include <csignal>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "framework/sidecar/sidecar.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::test {

inline std::string helper_program() { return BHSIM_HELPER; }

// A Channel over the pipes of a child; the child lives as long as the channel.
inline sidecar::Channel channel_over(std::shared_ptr<ChildProcess> child) {
  std::signal(SIGPIPE, SIG_IGN);
  auto mutex = std::make_shared<std::mutex>();
  sidecar::Channel channel;
  channel.read = [child](Nanos wait) -> Result<std::string> {
    auto bytes = child->read(std::chrono::duration_cast<std::chrono::milliseconds>(wait));
    if (!bytes) return fail(ErrorCode::conflict, "the helper has ended");
    return std::move(*bytes);
  };
  channel.write = [child, mutex](std::string_view bytes, Nanos) -> Result<void> {
    const std::lock_guard lock(*mutex);
    if (!child->write(bytes)) return fail(ErrorCode::io, "broken pipe");
    return {};
  };
  channel.close = [child, mutex] {
    const std::lock_guard lock(*mutex);
    child->close_input();
  };
  return channel;
}

struct LocalSidecar {
  std::shared_ptr<ChildProcess> helper;
  std::unique_ptr<sidecar::Sidecar> sidecar;
};

// Empty with a test failure when it cannot be had.
inline LocalSidecar start_local_sidecar(int pid = ::getpid()) {
  LocalSidecar local;
  local.helper = ChildProcess::start({helper_program(), "serve", "--pid=" + std::to_string(pid)});
  if (!local.helper) return local;
  auto opened =
      sidecar::Sidecar::open(channel_over(local.helper), system_clock(), std::chrono::seconds(20));
  if (!opened) {
    ADD_FAILURE() << opened.error().message;
    return local;
  }
  local.sidecar = std::move(*opened);
  return local;
}

}  // namespace bhsim::test
