// Ends a bhsim with SIGKILL at a transition of its fault journal:
//
//   LD_PRELOAD=libbhsim_die_at_journal.so BHSIM_DIE=after:UNDO:1 bhsim run …
//
// before: the line of this state and fault was not begun; torn: half of it is in the file; after:
// it is durable, and the process has done nothing since. It is the kernel's own kill, in the thread
// that writes the journal; what other threads and the engine were doing, they were doing. Processes
// that are started by the one that dies, its guard among them, know nothing of it.

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

enum class Moment { never, before, torn, after };

// No object with a constructor: the program's own may run first.
Moment moment = Moment::never;
char state_wanted[48], id_wanted[48];
int dying_with = -1;  // the journal's descriptor, once its line is written

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();
}

__attribute__((constructor)) void take_order() {
  const char* order = std::getenv("BHSIM_DIE");
  if (order == nullptr) return;
  std::array<char, 8> when{};
  std::array<char, 16> state{}, id{};
  const int words =
      std::sscanf(order, "%7[a-z]:%15[A-Z_]:%15[0-9]", when.data(), state.data(), id.data());
  const std::string_view word = when.data();
  if (words == 3 && word == "before") moment = Moment::before;
  if (words == 3 && word == "torn") moment = Moment::torn;
  if (words == 3 && word == "after") moment = Moment::after;
  if (moment == Moment::never) {
    std::fprintf(stderr, "BHSIM_DIE=%s: not (before|torn|after):STATE:FAULT\n", order);
    std::_Exit(3);
  }
  std::snprintf(state_wanted, sizeof state_wanted, "\"state\":\"%s\"", state.data());
  std::snprintf(id_wanted, sizeof id_wanted, "\"id\":%s,", id.data());
  ::unsetenv("BHSIM_DIE");
  ::unsetenv("LD_PRELOAD");
}

bool is_journal(int fd) {
  std::array<char, 64> link{};
  std::array<char, 4096> path{};
  std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  const auto length = ::readlink(link.data(), path.data(), path.size());
  return length > 0 &&
         std::string_view(path.data(), static_cast<std::size_t>(length)).ends_with("/journal");
}

bool is_wanted(const void* bytes, std::size_t size) {
  const std::string_view line(static_cast<const char*>(bytes), size);
  return line.find(state_wanted) != std::string_view::npos &&
         line.find(id_wanted) != std::string_view::npos;
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  if (moment == Moment::never || !is_wanted(bytes, size) || !is_journal(fd))
    return real(fd, bytes, size);
  if (moment == Moment::before) die();
  if (moment == Moment::torn) {
    // What it returns is of no use to the dead.
    if (real(fd, bytes, size / 2) >= 0) die();
    die();
  }
  dying_with = fd;
  return real(fd, bytes, size);
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  const int done = real(fd);
  if (fd == dying_with) die();
  return done;
}

}  // extern "C"
