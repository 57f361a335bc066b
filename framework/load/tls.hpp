#pragma once
// TLS without sockets: bytes go in, bytes come out. The load thread sends and receives them as it
// does for plain HTTP, so that the kernel's time stamps, partial writes and the count of system
// calls stay its own, and plain HTTP knows nothing of it.

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"
#include "framework/load/spec.hpp"

// OpenSSL's own names that openssl/types.h leaves out.
using SSL_SESSION = struct ssl_session_st;
using BIO_METHOD = struct bio_method_st;

namespace bhsim::load {

struct TlsDeleter {
  void operator()(SSL_CTX* context) const;
  void operator()(SSL* connection) const;
  void operator()(SSL_SESSION* session) const;
};

// What all connections of a run have in common: TLS 1.2 or later, ALPN http/1.1, whom to trust, and
// which name or address the certificate must be for. Read by any number of threads.
class TlsContext {
 public:
  // An Error names the file that cannot be used.
  static Result<TlsContext> create(const TlsOptions& options, const std::string& host);

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  // Told to the target as the one that is wanted (SNI); empty when it is an address, which the
  // protocol does not allow there.
  [[nodiscard]] const std::string& server_name() const { return server_name_; }

 private:
  std::unique_ptr<SSL_CTX, TlsDeleter> context_;
  std::string server_name_;
};

// One connection slot's TLS; it lives as long as the slot, through many sockets, and takes the
// session of one to the next. Used by one thread; never moved, since OpenSSL points back to it.
class TlsStream {
 public:
  enum class State : std::uint8_t {
    closed,
    handshaking,
    open,
    ended,  // the peer said that nothing follows (close_notify)
    failed  // problem() says why
  };
  // take() may decrypt this much more than it was given: a record that had come in part.
  static constexpr std::size_t kMostHeld = 17U << 10U;

  // `context` outlives the stream.
  explicit TlsStream(const TlsContext& context) : context_(context) {}
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Begins on a socket that has just been connected; afterwards the first flight is in output().
  void begin();
  // Takes all of `received`, which came from the peer, and writes what it means into `plain`, which
  // has room for received.size() + kMostHeld. Returns how much that is. Nothing that could be
  // decrypted is left behind. Before the handshake is over it means nothing, but moves it on.
  std::size_t take(std::string_view received, std::span<char> plain);
  // Encrypts; false, with a problem(), when it cannot. While open.
  bool say(std::string_view plain);
  // Ends the conversation: output() then holds the farewell (close_notify), if there is one to say.
  void end();

  // To be sent to the peer; whoever sends it clears it. It keeps its memory.
  [[nodiscard]] std::string& output() { return output_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  // Of a handshake that is over: whether an earlier session was taken up again, so that no
  // certificate was sent; and what was agreed upon, "TLSv1.3, TLS_AES_256_GCM_SHA384".
  [[nodiscard]] bool resumed() const;
  [[nodiscard]] std::string protocol() const;

 private:
  // What OpenSSL calls in place of a socket.
  static BIO_METHOD* method();
  static int give_input(BIO* bio, char* to, int size);
  static int take_output(BIO* bio, const char* from, int size);

  void shake_hands();
  void settle(int code);
  void break_off(std::string problem);
  [[nodiscard]] std::string explain() const;

  const TlsContext& context_;
  std::unique_ptr<SSL, TlsDeleter> ssl_;
  std::unique_ptr<SSL_SESSION, TlsDeleter> session_;  // of an earlier socket; may be resumed
  std::string_view input_;                            // what take() was given and is not read yet
  std::string output_;
  std::string problem_;
  State state_ = State::closed;
};

}  // namespace bhsim::load
