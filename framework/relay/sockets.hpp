#pragma once
// What the relay asks of the kernel. Of this folder alone.

#include "framework/base/result.hpp"
#include "framework/base/unique_fd.hpp"
#include "framework/relay/place.hpp"

namespace bhsim::relay {

struct Sockets {
  UniqueFd listener;  // never blocks
  UniqueFd epoll;
  UniqueFd wake;  // an event counter
  int port = 0;   // of the listener
};
// Port 0 is any that is free.
Result<Sockets> open_sockets(const Place& at);

// `epoll` tells when `fd` can be read, by its address: it stays where it is as long.
bool add_to(const UniqueFd& epoll, UniqueFd& fd);
// Invalid, with errno, when there is none now.
UniqueFd accept_from(const UniqueFd& listener);
// Whether it is reached shows when the socket can be written; invalid when that is known already.
UniqueFd connect_to(const Place& target);
// What became of that; 0: it stands.
int error_of(const UniqueFd& fd);
// When it is closed, its peer meets a reset.
void reset_on_close(const UniqueFd& fd);
// Raises the limit of open files, as far as it goes, to two sockets for each of so many connections
// and some for everything else in this process.
void allow_descriptors(int connections);

}  // namespace bhsim::relay
