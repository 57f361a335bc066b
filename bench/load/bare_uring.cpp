// The bare loop of bare_loop.cpp over io_uring, as well as io_uring can: one receive a connection
// that stays armed (multishot) and takes its buffers from a ring, registered sockets, and one
// system call a turn that submits all sends, waits, and takes what has come. The command line is in
// bare.hpp. Exits 3 where the kernel does not let it: io_uring needs Linux 6.1 here, the open loop
// 6.12 (waiting until a point in time), and many hosts and container profiles forbid it.
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>

#include "bare.hpp"

#ifndef IORING_ENTER_ABS_TIMER
#define IORING_ENTER_ABS_TIMER (1U << 5)  // Linux 6.12
#endif

namespace {

using bare::now_ns;

constexpr int kRefused = 3;
constexpr std::uint64_t kSend = 1ULL << 32U;  // in user_data, beside the connection
// Of one response. Not a power of two, by which all buffers would begin in the same cache sets.
constexpr std::uint32_t kBufferBytes = 4096 + 64;

[[noreturn]] void refuse(const char* what) {
  std::fprintf(stderr, "the kernel refuses io_uring: %s: %s\n", what, std::strerror(errno));
  std::exit(kRefused);
}

char* mapped(std::size_t bytes, int fd, std::uint64_t offset) {
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_POPULATE;
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(offset));
  if (at == MAP_FAILED) bare::fail("mmap");
  return static_cast<char*>(at);
}

// The two queues shared with the kernel.
class Ring {
 public:
  explicit Ring(std::uint32_t entries) {
    io_uring_params p{};
    p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL;
    fd_ = static_cast<int>(syscall(__NR_io_uring_setup, entries, &p));
    if (fd_ < 0) refuse("io_uring_setup");
    // Both queues are in one mapping (IORING_FEAT_SINGLE_MMAP) wherever DEFER_TASKRUN is known.
    char* rings = mapped(std::max(p.sq_off.array + p.sq_entries * sizeof(std::uint32_t),
                                  p.cq_off.cqes + p.cq_entries * sizeof(io_uring_cqe)),
                         fd_, IORING_OFF_SQ_RING);
    const auto at = [rings](std::uint32_t offset) {
      return reinterpret_cast<std::uint32_t*>(rings + offset);
    };
    sq_head_ = at(p.sq_off.head);
    sq_tail_ = at(p.sq_off.tail);
    sq_mask_ = *at(p.sq_off.ring_mask);
    for (std::uint32_t i = 0; i < p.sq_entries; ++i) at(p.sq_off.array)[i] = i;
    sqes_ = reinterpret_cast<io_uring_sqe*>(
        mapped(p.sq_entries * sizeof(io_uring_sqe), fd_, IORING_OFF_SQES));
    cq_head_ = at(p.cq_off.head);
    cq_tail_ = at(p.cq_off.tail);
    cq_mask_ = *at(p.cq_off.ring_mask);
    cq_entries_ = p.cq_entries;
    cqes_ = reinterpret_cast<io_uring_cqe*>(rings + p.cq_off.cqes);
  }

  std::uint32_t most_completions() const { return cq_entries_; }

  void add(int operation, const void* what, std::uint32_t count) {
    if (syscall(__NR_io_uring_register, fd_, operation, what, count) < 0) {
      refuse("io_uring_register");
    }
  }

  // An empty request on a registered socket; the next wait submits it.
  io_uring_sqe& request(std::uint8_t opcode, std::uint32_t socket, std::uint64_t tag) {
    io_uring_sqe& sqe = sqes_[next_++ & sq_mask_];
    sqe = {};
    sqe.opcode = opcode;
    sqe.fd = static_cast<int>(socket);
    sqe.flags = IOSQE_FIXED_FILE;
    sqe.user_data = tag;
    return sqe;
  }

  // Submits all requests and waits for that many completions, or until `until` (0: for ever).
  void wait(std::uint32_t completions, std::int64_t until) {
    std::atomic_ref(*sq_tail_).store(next_, std::memory_order_release);
    const std::uint32_t count = next_ - std::atomic_ref(*sq_head_).load(std::memory_order_acquire);
    const __kernel_timespec ts{until / 1'000'000'000, until % 1'000'000'000};
    const io_uring_getevents_arg argument{0, 0, 0, reinterpret_cast<std::uint64_t>(&ts)};
    const long done =
        until == 0 ? syscall(__NR_io_uring_enter, fd_, count, completions, IORING_ENTER_GETEVENTS,
                             nullptr, 0)
                   : syscall(__NR_io_uring_enter, fd_, count, completions,
                             IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG | IORING_ENTER_ABS_TIMER,
                             &argument, sizeof argument);
    if (done < 0 && errno == EINVAL) refuse("io_uring_enter");
    if (done < 0 && errno != ETIME && errno != EINTR) bare::fail("io_uring_enter");
  }

  template <typename Take>
  void take_completions(Take take) {
    const std::uint32_t tail = std::atomic_ref(*cq_tail_).load(std::memory_order_acquire);
    std::uint32_t head = *cq_head_;
    while (head != tail) take(cqes_[head++ & cq_mask_]);
    std::atomic_ref(*cq_head_).store(head, std::memory_order_release);
  }

 private:
  int fd_ = -1;
  std::uint32_t *sq_head_ = nullptr, *sq_tail_ = nullptr, *cq_head_ = nullptr, *cq_tail_ = nullptr;
  std::uint32_t sq_mask_ = 0, cq_mask_ = 0, cq_entries_ = 0, next_ = 0;
  io_uring_sqe* sqes_ = nullptr;
  io_uring_cqe* cqes_ = nullptr;
};

// The buffers that the kernel receives into, each given back once it is read.
class Buffers {
 public:
  Buffers(Ring& ring, std::uint32_t count)
      : mask_(count - 1),
        bytes_(mapped(std::size_t{count} * kBufferBytes, -1, 0)),
        ring_(reinterpret_cast<io_uring_buf*>(mapped(count * sizeof(io_uring_buf), -1, 0))) {
    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<std::uint64_t>(ring_);
    registration.ring_entries = count;
    ring.add(IORING_REGISTER_PBUF_RING, &registration, 1);
    for (std::uint32_t i = 0; i < count; ++i) give_back(static_cast<std::uint16_t>(i));
    publish();
  }

  const char* at(std::uint16_t id) const { return bytes_ + std::size_t{id} * kBufferBytes; }

  void give_back(std::uint16_t id) {
    io_uring_buf& entry = ring_[tail_++ & mask_];
    entry.addr = reinterpret_cast<std::uint64_t>(at(id));
    entry.len = kBufferBytes;
    entry.bid = id;
  }

  // The ring's tail lies in the first entry. (io_uring_buf_ring says so, but its entries begin
  // eight bytes too late where C++ reads it.)
  void publish() { std::atomic_ref(ring_[0].resv).store(tail_, std::memory_order_release); }

 private:
  std::uint32_t mask_;
  char* bytes_;
  io_uring_buf* ring_;
  std::uint16_t tail_ = 0;
};

class Loop {
 public:
  explicit Loop(const bare::Options& options)
      : options_(options),
        ring_(std::bit_ceil(2 * options.connections)),  // at most a receive and a send each
        buffers_(ring_, std::bit_ceil(options.connections)) {
    std::vector<int> sockets;
    for (std::uint32_t i = 0; i < options.connections; ++i) {
      sockets.push_back(bare::connected(options));
    }
    ring_.add(IORING_REGISTER_FILES, sockets.data(), options.connections);
    layout_.msg_controllen = CMSG_SPACE(sizeof(timespec));
    for (std::uint32_t i = 0; i < options.connections; ++i) arm(i);
  }

  void run() {
    bare::Run run(options_);
    std::int64_t last_wake = 0;
    for (std::int64_t now = now_ns(); !run.is_over(now); now = now_ns()) {
      run.send_due(now, [this](std::uint32_t i) { send(i); });
      if (options_.is_stamped()) {
        last_wake = run.next_wake(last_wake);
        ring_.wait(ring_.most_completions(), last_wake);
      } else {
        ring_.wait(1, options_.is_closed() ? 0 : run.next_due());
      }
      ring_.take_completions([&](const io_uring_cqe& cqe) { take(cqe, run); });
      buffers_.publish();
    }
    run.print();
  }

 private:
  // Stamps come as control data, which only recvmsg has.
  void arm(std::uint32_t connection) {
    io_uring_sqe& sqe = ring_.request(options_.is_stamped() ? IORING_OP_RECVMSG : IORING_OP_RECV,
                                      connection, connection);
    if (options_.is_stamped()) sqe.addr = reinterpret_cast<std::uint64_t>(&layout_);
    sqe.flags |= IOSQE_BUFFER_SELECT;
    sqe.ioprio = IORING_RECV_MULTISHOT | IORING_RECVSEND_POLL_FIRST;
  }

  void send(std::uint32_t connection) {
    io_uring_sqe& sqe = ring_.request(IORING_OP_SEND, connection, kSend | connection);
    sqe.addr = reinterpret_cast<std::uint64_t>(bare::kRequest);
    sqe.len = bare::kRequestBytes;
    sqe.msg_flags = MSG_NOSIGNAL;
    sqe.flags |= IOSQE_CQE_SKIP_SUCCESS;  // a failure alone is told
  }

  void take(const io_uring_cqe& cqe, bare::Run& run) {
    if (cqe.res <= 0 && cqe.res != -ENOBUFS) {
      errno = -cqe.res;
      bare::fail((cqe.user_data & kSend) != 0 ? "send" : "receive");
    }
    const auto connection = static_cast<std::uint32_t>(cqe.user_data);
    if (cqe.res > 0) {
      const auto id = static_cast<std::uint16_t>(cqe.flags >> IORING_CQE_BUFFER_SHIFT);
      run.received(connection, options_.is_stamped() ? stamp_of(buffers_.at(id)) : 0);
      buffers_.give_back(id);
    }
    if ((cqe.flags & IORING_CQE_F_MORE) == 0) arm(connection);
  }

  // A buffer of recvmsg begins with a header, then the control data, then the payload.
  static std::int64_t stamp_of(const char* buffer) {
    io_uring_recvmsg_out header{};
    std::memcpy(&header, buffer, sizeof header);
    if (header.payloadlen == 0) bare::fail("the target closed a connection");
    const bool has_stamp = header.controllen >= CMSG_LEN(sizeof(timespec));
    return has_stamp ? bare::stamp_of(reinterpret_cast<const cmsghdr*>(buffer + sizeof header)) : 0;
  }

  bare::Options options_;
  Ring ring_;
  Buffers buffers_;
  msghdr layout_{};  // how long name and control data are in a buffer of recvmsg
};

}  // namespace

int main(int argc, char** argv) {
  Loop(bare::options_of(argc, argv)).run();
  return 0;
}
