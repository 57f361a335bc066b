#pragma once
// An engine that follows a script, byte for byte, on a real socket: a list of requests that it
// expects, in order, and the bytes that it answers, which may be split anywhere, stall, be cut or
// reset. What was asked is recorded. (fake_engine.hpp is the engine with a state of its own.)

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/engine/client.hpp"
#include "tests/support/acceptor.hpp"
#include "tests/support/transport.hpp"

namespace bhsim::test {

// One thing that the engine does on a connection after the request has come.
struct Step {
  enum class Kind {
    send,     // these bytes, in one piece
    split,    // these bytes, in pieces of `size`
    receive,  // waits until the peer has sent `size` more bytes, which are recorded as `late`
    hold,     // keeps the connection and is silent until release(), or the peer goes
    reset,    // ends the connection with RST
  };
  Kind kind = Kind::send;
  std::string bytes;
  std::size_t size = 1;
};

using Answering = std::vector<Step>;  // then the connection is closed

Answering say(std::string bytes);
Answering split(std::string bytes, std::size_t piece);
Answering cut_after(std::string bytes);  // the same as say(): the close is the cut
Answering silent();
Answering then(Answering first, Answering second);
Answering receive(std::size_t bytes);
Answering reset_after(std::string bytes);

// "HTTP/1.1 200 OK" with a Content-Length and whatever header lines are given ("A: b\r\n").
std::string http(int status, std::string_view body, std::string_view headers = {});
// The same, chunked: each piece a chunk; `open` leaves the last chunk out.
std::string chunk(std::string_view piece);
std::string chunked_head(std::string_view headers = {});
constexpr std::string_view kLastChunk = "0\r\n\r\n";
// One frame of a container's output.
std::string frame(unsigned char stream, std::string_view bytes);

struct Asked {
  std::string head;    // with the blank line
  std::string method;  // "POST"
  std::string target;  // "/v1.41/containers/x/start", as it came
  std::string body;
  std::string late;  // by Step::receive
  // Decoded value of a parameter of the query; nothing when it is not there.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  // Of a header, whatever the case of its name.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

class ScriptedEngine {
 public:
  enum class On { unix_socket, tcp };
  explicit ScriptedEngine(On on = On::unix_socket, TransportOver transport = {});
  ~ScriptedEngine();
  ScriptedEngine(const ScriptedEngine&) = delete;
  ScriptedEngine& operator=(const ScriptedEngine&) = delete;

  // Answers HEAD /_ping and GET /version of a client that connects, outside the script.
  void speak(std::string api, std::string version_json = {});
  // The next request outside of those must be this one ("POST /containers/x/start", without version
  // and query); another one is answered by 599 and noted as trouble.
  ScriptedEngine& expect(std::string request, Answering answer);
  // Any number of times, when nothing else is expected.
  ScriptedEngine& always(std::string request, Answering answer);

  [[nodiscard]] std::string url() const;
  [[nodiscard]] engine::Client client(std::string_view api = "1.41");

  // Recorded requests without the ones of speak(); waits until there are as many, at most 10 s.
  std::vector<Asked> asked(std::size_t at_least = 0);
  // The last one, when all that was expected has come.
  Asked last();
  void release();
  // True when the peer of a connection that holds has closed it, within 10 s.
  bool peer_went();
  // What was expected and did not come, or came and was not expected; empty: all is well.
  std::string trouble();

 private:
  struct Expected {
    std::string request;
    Answering answer;
  };
  UniqueFd listen_unix();
  UniqueFd listen_tcp();
  void serve(int fd);
  bool read_request(Transport& transport, Asked& asked);
  Answering answer_to(const Asked& asked, std::size_t& index);
  bool act(Transport& transport, int fd, const Step& step, std::size_t index);
  bool hold(int fd);

  On on_;
  TransportOver transport_;
  std::optional<TemporaryDirectory> directory_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false, released_ = false;
  int peers_gone_ = 0;
  std::string version_json_, ping_header_;
  std::list<Expected> expected_, always_;
  std::vector<Asked> asked_;
  std::string trouble_;
  std::optional<Acceptor> acceptor_;
};

}  // namespace bhsim::test
