#pragma once
// What the relay asks of the kernel. Of this folder alone.

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::relay {

struct Sockets {
  UniqueFd listener;  // on 127.0.0.1; never blocks
  UniqueFd epoll;
  UniqueFd wake;  // an event counter
  int port = 0;   // of the listener
};
Result<Sockets> open_sockets();

// `epoll` tells when `fd` can be read, by its address: it stays where it is as long.
bool add_to(const UniqueFd& epoll, UniqueFd& fd);
// Invalid, with errno, when there is none now.
UniqueFd accept_from(const UniqueFd& listener);
// To a port of 127.0.0.1; whether it is reached shows when the socket can be written.
UniqueFd connect_to(int port);
// What became of that; 0: it stands.
int error_of(const UniqueFd& fd);
// When it is closed, its peer meets a reset.
void reset_on_close(const UniqueFd& fd);
// Raises the limit of open files, as far as it goes, to two sockets for each of so many connections
// and some for everything else in this process.
void allow_descriptors(int connections);

}  // namespace bhsim::relay
