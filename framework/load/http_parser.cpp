#include "framework/load/http_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace bhsim::load {
namespace {

constexpr std::size_t kMostKept = 1U << 20U;  // a body's memory that stays with the connection

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// `b` is in lower case.
bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != b[i]) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls f with each element of a comma-separated list.
template <typename F>
void for_each_element(std::string_view list, F&& f) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    f(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

ResponseParser::ResponseParser(const WantedHeaders& wanted, ParserLimits limits)
    : wanted_(&wanted), limits_(limits), values_(wanted.size()) {}

void ResponseParser::begin(Method method, Body body) {
  is_head_ = method == Method::head;
  keep_body_ = body == Body::keep;
  state_ = State::status_line;
  present_ = 0;
  for (std::string& value : values_) value.clear();
  line_.clear();
  body_.clear();
  if (body_.capacity() > kMostKept) body_.shrink_to_fit();
  problem_ = {};
  consumed_ = header_bytes_ = 0;
  body_bytes_ = left_ = 0;
  status_ = 0;
  begun_ = chunked_ = other_coding_ = has_length_ = false;
  keep_alive_ = true;
}

ResponseParser::Status ResponseParser::fail(std::string_view problem) {
  problem_ = problem;
  state_ = State::failed;
  keep_alive_ = false;
  return Status::failed;
}

ResponseParser::Status ResponseParser::feed(std::string_view data) {
  std::size_t at = 0;
  begun_ = begun_ || !data.empty();
  while (state_ != State::done && state_ != State::failed) {
    const bool in_body =
        state_ == State::fixed_body || state_ == State::chunk_data || state_ == State::until_close;
    if (at == data.size()) break;
    if (in_body) {
      take_body(data, at);
      continue;
    }
    std::string_view line;
    if (!take_line(data, at, line)) break;
    on_line(line);
    line_.clear();
  }
  consumed_ = at;
  if (state_ == State::failed) return Status::failed;
  return state_ == State::done ? Status::done : Status::incomplete;
}

ResponseParser::Status ResponseParser::feed_end() {
  consumed_ = 0;
  if (state_ == State::until_close) {
    state_ = State::done;
    keep_alive_ = false;
    return Status::done;
  }
  return fail("the connection was closed before the response was complete");
}

bool ResponseParser::take_line(std::string_view data, std::size_t& at, std::string_view& line) {
  const void* newline = std::memchr(data.data() + at, '\n', data.size() - at);
  const std::size_t end =
      newline == nullptr
          ? data.size()
          : static_cast<std::size_t>(static_cast<const char*>(newline) - data.data());
  const std::string_view piece = data.substr(at, end - at);
  header_bytes_ += piece.size() + (newline == nullptr ? 0 : 1);
  if (header_bytes_ > limits_.header_bytes) {
    at = end;
    fail("header fields longer than the limit");
    return false;
  }
  if (newline == nullptr) {
    line_.append(piece);
    at = end;
    return false;
  }
  at = end + 1;
  if (line_.empty()) {
    line = piece;
  } else {
    line_.append(piece);
    line = line_;
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  return true;
}

void ResponseParser::take_body(std::string_view data, std::size_t& at) {
  std::size_t size = data.size() - at;
  if (state_ != State::until_close)
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, left_));
  body_bytes_ += size;
  if (body_bytes_ > limits_.body_bytes) {
    fail("body longer than the limit");
    return;
  }
  if (keep_body_) body_.append(data.substr(at, size));
  at += size;
  if (state_ == State::until_close) return;
  left_ -= size;
  if (left_ == 0) state_ = state_ == State::fixed_body ? State::done : State::chunk_end;
}

void ResponseParser::on_line(std::string_view line) {
  switch (state_) {
    case State::status_line:
      on_status_line(line);
      break;
    case State::header_line:
      if (line.empty()) {
        on_headers_end();
      } else {
        on_header(line);
      }
      break;
    case State::chunk_size:
      on_chunk_size(line);
      break;
    case State::chunk_end:
      if (line.empty()) {
        state_ = State::chunk_size;
      } else {
        fail("a chunk is longer than it says");
      }
      break;
    case State::trailer:
      if (line.empty()) state_ = State::done;
      break;
    default:
      break;
  }
}

void ResponseParser::on_status_line(std::string_view line) {
  // "HTTP/1.1 200 OK"; the reason may be missing.
  const bool shaped = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                      (line[7] == '0' || line[7] == '1') && (line.size() == 12 || line[12] == ' ');
  int status = 0;
  if (shaped) {
    const auto [end, code] = std::from_chars(line.data() + 9, line.data() + 12, status);
    if (code != std::errc{} || end != line.data() + 12) status = 0;
  }
  if (status < 100 || status > 599) {
    fail("not an HTTP/1.1 status line");
    return;
  }
  status_ = status;
  keep_alive_ = line[7] == '1';
  state_ = State::header_line;
}

void ResponseParser::on_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos || line[0] == ' ' || line[0] == '\t' ||
      line[colon - 1] == ' ' || line[colon - 1] == '\t') {
    fail("malformed header field");
    return;
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name.size() == 14 && same_word(name, "content-length")) {
    on_length(value);
  } else if (name.size() == 17 && same_word(name, "transfer-encoding")) {
    for_each_element(value, [this](std::string_view coding) {
      other_coding_ = other_coding_ || chunked_ || !same_word(coding, "chunked");
      chunked_ = same_word(coding, "chunked");
    });
  } else if (name.size() == 10 && same_word(name, "connection")) {
    for_each_element(value, [this](std::string_view option) {
      if (same_word(option, "close")) keep_alive_ = false;
      if (same_word(option, "keep-alive")) keep_alive_ = true;
    });
  }
  for (std::size_t i = 0; i < wanted_->size(); ++i) {
    if (!same_word(name, (*wanted_)[i])) continue;
    values_[i].assign(value);
    present_ |= std::uint64_t{1} << i;
  }
}

void ResponseParser::on_length(std::string_view value) {
  std::uint64_t length = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), length);
  if (code != std::errc{} || end != value.data() + value.size() ||
      (has_length_ && length != left_)) {
    fail("bad Content-Length");
    return;
  }
  has_length_ = true;
  left_ = length;
}

void ResponseParser::on_headers_end() {
  if (status_ == 101) {
    fail("switching protocols was not asked for");
    return;
  }
  if (status_ < 200) {
    // An interim response; its fields do not belong to the final one.
    chunked_ = other_coding_ = has_length_ = false;
    present_ = 0;
    for (std::string& v : values_) v.clear();
    status_ = 0;
    state_ = State::status_line;
    return;
  }
  // Framing that says two things is how requests are smuggled: such a connection is not used again.
  if ((chunked_ || other_coding_) && has_length_) keep_alive_ = false;
  if (is_head_ || status_ == 204 || status_ == 304) {
    state_ = State::done;
  } else if (chunked_ && !other_coding_) {
    state_ = State::chunk_size;
  } else if (chunked_ || other_coding_) {
    fail("a transfer coding other than chunked");
  } else if (!has_length_) {
    state_ = State::until_close;
  } else if (left_ > limits_.body_bytes) {
    fail("body longer than the limit");
  } else {
    state_ = left_ == 0 ? State::done : State::fixed_body;
  }
}

void ResponseParser::on_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  const auto [end, code] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
  const char* const line_end = line.data() + line.size();
  if (code != std::errc{} || (end != line_end && *end != ';' && *end != ' ' && *end != '\t')) {
    fail("bad chunk size");
    return;
  }
  left_ = size;
  header_bytes_ = 0;  // the limit is for each chunk's line: a long body has many
  state_ = size == 0 ? State::trailer : State::chunk_data;
}

}  // namespace bhsim::load
