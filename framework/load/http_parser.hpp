#pragma once
// Incremental parser of HTTP/1.1 responses. Fed with pieces split anywhere, it gives the same
// result as with the whole; it keeps a copy only of a line that is split and of a body that is
// asked for. Nothing is allocated once warm.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bhsim::load {

struct ParserLimits {
  std::size_t header_bytes =
      64U << 10U;  // status line, header fields, chunk lines and trailers of one response
  std::size_t body_bytes = 16U << 20U;
};

// Names (lower case) of the header fields whose values are wanted, at most 64. Outlives the parsers
// that use it.
using WantedHeaders = std::vector<std::string>;

class ResponseParser {
 public:
  enum class Status { incomplete, done, failed };
  enum class Method { other, head };
  enum class Body { skip, keep };

  ResponseParser(const WantedHeaders& wanted, ParserLimits limits);

  // Prepares for the next response of the connection.
  void begin(Method method, Body body);
  // Takes from `data` what belongs to the response; afterwards consumed() says how much that was.
  Status feed(std::string_view data);
  // The connection was closed by the peer: done when the body ends that way, else failed.
  Status feed_end();

  [[nodiscard]] std::size_t consumed() const { return consumed_; }
  [[nodiscard]] bool begun() const { return begun_; }   // any byte of this response has come
  [[nodiscard]] int status() const { return status_; }  // 0 before the status line
  [[nodiscard]] bool keep_alive() const { return keep_alive_; }  // of a response that is done
  [[nodiscard]] std::string_view body() const { return body_; }  // with Body::keep
  [[nodiscard]] std::uint64_t body_bytes() const { return body_bytes_; }
  [[nodiscard]] std::string_view problem() const { return problem_; }  // a constant; empty: none
  // Value of wanted[i]; of several of one name the last. Empty when absent (see has_header).
  [[nodiscard]] std::string_view header(std::size_t i) const { return values_[i]; }
  [[nodiscard]] bool has_header(std::size_t i) const { return ((present_ >> i) & 1U) != 0; }

 private:
  enum class State : std::uint8_t {
    status_line,
    header_line,
    fixed_body,
    chunk_size,
    chunk_data,
    chunk_end,
    trailer,
    until_close,
    done,
    failed
  };

  Status fail(std::string_view problem);
  // Takes one line from data; false when it is not complete yet (what is there is kept) or too long
  // (state is failed).
  bool take_line(std::string_view data, std::size_t& at, std::string_view& line);
  void take_body(std::string_view data, std::size_t& at);
  void on_line(std::string_view line);
  void on_status_line(std::string_view line);
  void on_header(std::string_view line);
  void on_length(std::string_view value);
  void on_headers_end();
  void on_chunk_size(std::string_view line);

  const WantedHeaders* wanted_;
  ParserLimits limits_;
  std::vector<std::string> values_;
  std::uint64_t present_ = 0;
  std::string line_;  // beginning of a line that is split
  std::string body_;
  std::string_view problem_;
  std::size_t consumed_ = 0;
  std::size_t header_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the body or chunk
  int status_ = 0;
  State state_ = State::done;
  bool begun_ = false;
  bool is_head_ = false;
  bool keep_body_ = false;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool other_coding_ = false;
  bool has_length_ = false;
};

}  // namespace bhsim::load
