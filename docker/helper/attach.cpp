#include "docker/helper/attach.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <vector>

#include "docker/helper/common.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::helper {
namespace {

constexpr std::int64_t kLongest = 120'000'000'000;
constexpr int kPollMs = 10;

int left_ms(std::int64_t deadline) {
  return static_cast<int>(std::clamp<std::int64_t>((deadline - now_ns()) / 1'000'000, 0, 120'000));
}

bool is_socket(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

// The JVM opens its socket when it finds our file at a SIGQUIT; without the file it prints a thread
// dump instead.
Result<void> ask_for_socket(const std::string& tmp, int pid, const std::string& socket,
                            std::int64_t deadline) {
  const std::string mark = fmt::format("{}/.attach_pid{}", tmp, pid);
  {
    const Fd file(::open(mark.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.valid()) return fail_errno("create", mark);
  }
  Result<void> result;
  if (::kill(pid, SIGQUIT) != 0) {
    result = fail_errno("signal", "process " + std::to_string(pid));
  } else {
    while (!is_socket(socket) && now_ns() < deadline) ::poll(nullptr, 0, kPollMs);
    if (!is_socket(socket)) {
      result =
          fail(ErrorCode::timeout,
               "attach to process {}: the JVM did not open {}: is it a HotSpot JVM of the same "
               "user, without -XX:+DisableAttachMechanism?",
               pid, socket);
    }
  }
  ::unlink(mark.c_str());
  return result;
}

Result<Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::usage, "attach: the path {} is too long for a socket", path);
  }
  path.copy(address.sun_path, path.size());
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return fail_errno("socket", path);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno("connect to", path);
  }
  return socket;
}

struct Answer {
  std::string text;
  bool cut = false;
};

Result<Answer> read_answer(const Fd& socket, std::int64_t deadline) {
  Answer answer;
  std::vector<char> piece(1U << 16U);
  while (true) {
    pollfd ready{socket.get(), POLLIN, 0};
    const int polled = ::poll(&ready, 1, left_ms(deadline));
    if (polled < 0 && errno == EINTR) continue;
    if (polled <= 0) {
      return fail(ErrorCode::timeout, "attach: no whole answer in time, {} bytes so far",
                  answer.text.size());
    }
    const ssize_t got = ::read(socket.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read from", "the JVM");
    if (got == 0) return answer;
    const std::size_t room = sidecar::protocol::kMostAttachBytes - answer.text.size();
    const std::size_t take = std::min(room, static_cast<std::size_t>(got));
    answer.text.append(piece.data(), take);
    answer.cut = answer.cut || take < static_cast<std::size_t>(got);
  }
}

}  // namespace

Result<Json> attach(const std::string& tmp, int pid, const Args& args) {
  BHSIM_ASSIGN(const std::string jcmd, args.text("jcmd"));
  BHSIM_ASSIGN(const std::int64_t within, args.number("within", 1, kLongest));
  if (jcmd.empty() || jcmd.size() > 1000 || jcmd.find('\0') != std::string::npos) {
    return fail(ErrorCode::usage, "argument 'jcmd': 1 to 1000 characters are needed");
  }
  const std::int64_t deadline = now_ns() + within;
  const std::string path = fmt::format("{}/.java_pid{}", tmp, pid);
  const std::int64_t t0 = now_ns();
  Result<Fd> socket = is_socket(path) ? connect_to(path) : Result<Fd>(Fd());
  // A socket that refuses was left behind by an earlier JVM of the same number.
  if (socket && !socket->valid()) {
    BHSIM_TRY(ask_for_socket(tmp, pid, path, deadline));
    socket = connect_to(path);
  } else if (!socket) {
    ::unlink(path.c_str());
    BHSIM_TRY(ask_for_socket(tmp, pid, path, deadline));
    socket = connect_to(path);
  }
  if (!socket) return fail(socket.error());
  // Protocol version, command and three arguments, each ended by a NUL.
  std::string request = "1";
  for (const std::string_view part : {std::string_view("jcmd"), std::string_view(jcmd)}) {
    request.push_back('\0');
    request += part;
  }
  request.append(3, '\0');
  BHSIM_TRY(write_all(socket->get(), request, path));
  BHSIM_ASSIGN(Answer answer, read_answer(*socket, deadline));
  const std::size_t line = answer.text.find('\n');
  const std::string status = answer.text.substr(0, line);
  std::string text = line == std::string::npos ? "" : answer.text.substr(line + 1);
  if (status != "0") {
    text.resize(std::min<std::size_t>(text.size(), 500));
    return fail(ErrorCode::protocol, "attach: the JVM refused '{}' with '{}': {}", jcmd, status,
                text);
  }
  return Json{{"text", std::move(text)}, {"cut", answer.cut}, {"t0", t0}, {"t1", now_ns()}};
}

}  // namespace bhsim::helper
