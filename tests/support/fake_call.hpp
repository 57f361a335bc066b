#pragma once
// What the files of the fake engine share.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bhsim::test {

struct FakeCall {
  std::string method, path, query;
  nlohmann::json body = nullptr;
};

struct FakeReply {
  int status = 200;
  std::string body = "";
};

// A body that says: what follows is a stream.
inline constexpr std::string_view kFakeStream = "\x01stream";

// False when the peer has gone.
bool send_all(int fd, std::string_view bytes);
// One frame of a container's output.
std::string framed(int stream, std::string_view bytes);

}  // namespace bhsim::test
