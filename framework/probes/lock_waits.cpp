#include "framework/probes/lock_waits.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace bhsim::probes {
namespace {

using history::LockWait;

constexpr std::size_t kMostText = 300;  // of a name that is kept

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view unindented(std::string_view line) {
  const auto from = line.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view() : line.substr(from);
}

// What follows `key` in a thread's first line, up to a blank: "cpu=" of "… cpu=0.43ms elapsed=…".
std::string_view field(std::string_view line, std::string_view key) {
  const auto at = line.find(key);
  if (at == std::string_view::npos) return {};
  const auto from = line.substr(at + key.size());
  return from.substr(0, from.find(' '));
}

// "12.34ms"; nothing when it is not such.
std::optional<Nanos> milliseconds_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || text.substr(static_cast<std::size_t>(end - text.data())) != "ms")
    return std::nullopt;
  return Nanos(std::llround(value * 1e6));
}

// "\"worker-1\" #23 daemon prio=5 … cpu=0.43ms … tid=0x00007f… nid=0x1b20 waiting …": the name may
// hold quotes of its own, the rest holds none.
std::optional<LockWait> begin_thread(std::string_view line) {
  if (!line.starts_with('"')) return std::nullopt;
  const auto close = line.rfind('"');
  if (close == 0) return std::nullopt;
  LockWait wait;
  wait.thread = line.substr(1, std::min(close - 1, kMostText));
  const auto rest = line.substr(close + 1);
  wait.tid = field(rest, " tid=");
  wait.cpu = milliseconds_of(field(rest, " cpu="));
  if (wait.tid.empty()) return std::nullopt;
  return wait;
}

// "- waiting to lock <0x00000000ffd194b8> (a java.lang.Object)": the class.
std::string class_in(std::string_view line) {
  const auto at = line.find("(a ");
  const auto end = line.rfind(')');
  if (at == std::string_view::npos || end == std::string_view::npos || end < at) return "?";
  return std::string(line.substr(at + 3, std::min(end - at - 3, kMostText)));
}

// Locks of java.util.concurrent by the class that a thread parks on; all else there (conditions,
// latches, semaphores, transfer queues) is how threads wait for work.
bool is_lock(std::string_view parked_on) {
  constexpr std::array<std::string_view, 3> kLocks = {
      "java.util.concurrent.locks.ReentrantLock$",
      "java.util.concurrent.locks.ReentrantReadWriteLock$",
      "java.util.concurrent.locks.StampedLock"};
  for (const auto lock : kLocks)
    if (parked_on.starts_with(lock)) return true;
  return false;
}

bool of_the_jdks_locks(std::string_view frame) {
  constexpr std::array<std::string_view, 4> kInside = {"java.util.concurrent.locks.",
                                                       "jdk.internal.misc.Unsafe.",
                                                       "sun.misc.Unsafe.", "java.lang.Object.wait"};
  for (const auto prefix : kInside)
    if (frame.starts_with(prefix)) return true;
  return false;
}

// Where threads queue at a lock for work: the one that has it waits for a connection or an event,
// the others for their turn to do so, however long none comes.
bool is_turn_to_wait(std::string_view frame) {
  constexpr std::array<std::string_view, 4> kTurns = {
      "sun.nio.ch.ServerSocketChannelImpl.accept", "sun.nio.ch.NioSocketImpl.accept",
      "java.net.ServerSocket.", "sun.nio.ch.SelectorImpl."};
  for (const auto prefix : kTurns)
    if (frame.starts_with(prefix)) return true;
  return false;
}

// What one line of a thread's stack adds.
void read_line(std::string_view line, bool parked_for_ever, LockWait& wait) {
  if (line.starts_with("at ")) {
    if (wait.frame.empty() && !of_the_jdks_locks(line.substr(3)))
      wait.frame = line.substr(3, kMostText);
  } else if (line.starts_with("- waiting to lock ") || line.starts_with("- waiting to re-lock ")) {
    wait.lock = class_in(line);
  } else if (parked_for_ever && line.starts_with("- parking to wait for ")) {
    if (auto parked_on = class_in(line); is_lock(parked_on)) wait.lock = std::move(parked_on);
  }
}

}  // namespace

std::vector<LockWait> lock_waits(std::string_view dump) {
  std::vector<LockWait> found;
  std::optional<LockWait> thread;
  bool parked_for_ever = false;
  const auto end_thread = [&] {
    if (thread && !thread->lock.empty() && !is_turn_to_wait(thread->frame) &&
        found.size() < history::kMostLockWaits)
      found.push_back(*std::move(thread));
    thread.reset();
  };
  while (!dump.empty()) {
    const auto line = take_line(dump);
    if (line.starts_with('"')) {
      end_thread();
      thread = begin_thread(line);
      parked_for_ever = false;
      continue;
    }
    if (!thread) continue;
    const auto text = unindented(line);
    // An empty line ends a stack; the JVM's report of a deadlock names threads again, without a
    // tid.
    if (text.empty())
      end_thread();
    else if (text.starts_with("java.lang.Thread.State: "))
      parked_for_ever = text.ends_with("State: WAITING (parking)");
    else
      read_line(text, parked_for_ever, *thread);
  }
  end_thread();
  return found;
}

}  // namespace bhsim::probes
