// A target that a test can kill: answers every request with 200. `target PORT`, 0 for any free one;
// prints the port once it listens, and ends with its standard input.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "test_server.hpp"

int main(int argc, char** argv) {
  using namespace bhsim::load;
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  const TestServer server([](const TestRequest&, Wire& wire) { wire.send(response(200, "x")); },
                          port);
  if (server.port() == 0) return 1;
  std::printf("%u\n", unsigned{server.port()});
  std::fflush(stdout);
  char input = 0;
  while (::read(STDIN_FILENO, &input, 1) > 0) {
  }
}
