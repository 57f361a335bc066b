#pragma once
// Accepts on a listening socket and serves each connection on a thread of its own.

#include <sys/socket.h>

#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "framework/base/files.hpp"

namespace bhsim::test {

class Acceptor {
 public:
  using Serve = std::function<void(int fd)>;

  // A connection is closed when `serve` returns, which it may only do late when the peer or
  // whoever destroys this makes it.
  Acceptor(UniqueFd listener, Serve serve)
      : listener_(std::move(listener)),
        serve_(std::move(serve)),
        thread_([this] { accept_all(); }) {}
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Shuts all connections down and waits for their threads.
  ~Acceptor() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    {
      const std::lock_guard lock(mutex_);
      for (Peer& peer : peers_)
        if (peer.fd.valid()) ::shutdown(peer.fd.get(), SHUT_RDWR);
    }
    for (Peer& peer : peers_) peer.thread.join();
  }

 private:
  struct Peer {
    UniqueFd fd;  // invalid once served
    std::thread thread;
  };

  void accept_all() {
    while (true) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.valid()) return;
      const std::lock_guard lock(mutex_);
      peers_.remove_if([](Peer& peer) {
        if (peer.fd.valid()) return false;
        peer.thread.join();
        return true;
      });
      Peer& peer = peers_.emplace_back();
      peer.fd = std::move(fd);
      peer.thread = std::thread([this, &peer, raw = peer.fd.get()] {
        serve_(raw);
        const std::lock_guard served(mutex_);
        peer.fd.reset();
      });
    }
  }

  UniqueFd listener_;
  const Serve serve_;
  std::mutex mutex_;
  std::list<Peer> peers_;
  std::thread thread_;
};

}  // namespace bhsim::test
