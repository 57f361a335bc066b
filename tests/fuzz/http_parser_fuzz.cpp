// The response parser on bytes from anywhere, in one piece and in two and byte by byte: it must
// end, stay inside its input and give the same result however the bytes are cut. The body, when
// there is one, goes on to the JSON scanner. First byte: bit 0 HEAD, bit 1 the connection ends
// afterwards; second byte: where the input is cut.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/load/http_parser.hpp"
#include "framework/load/json_scan.hpp"

namespace {

using bhsim::load::ResponseParser;

const bhsim::load::WantedHeaders kWanted = {"x-version", "etag"};

struct Result {
  ResponseParser::Status status = ResponseParser::Status::incomplete;
  int code = 0;
  bool keep_alive = false;
  std::string body, version;
  std::size_t taken = 0;  // of the whole input
  bool operator==(const Result&) const = default;
};

Result parse(std::string_view input, std::size_t piece, std::size_t first, unsigned flags) {
  ResponseParser parser(kWanted, {512, 4096});
  parser.begin((flags & 1U) != 0 ? ResponseParser::Method::head : ResponseParser::Method::other,
               ResponseParser::Body::keep);
  Result result;
  std::size_t at = 0;
  for (std::size_t size = first;
       at < input.size() && result.status == ResponseParser::Status::incomplete; size = piece) {
    const std::string_view part = input.substr(at, size);
    result.status = parser.feed(part);
    if (parser.consumed() > part.size()) std::abort();
    result.taken += parser.consumed();
    at += part.size();
  }
  if (result.status == ResponseParser::Status::incomplete && (flags & 2U) != 0)
    result.status = parser.feed_end();
  result.code = parser.status();
  result.keep_alive = parser.keep_alive();
  if (result.status == ResponseParser::Status::failed)
    return {result.status, result.code, false, {}, {}, 0};
  result.body = parser.body();
  result.version = parser.header(0);
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned flags = data[0];
  const std::size_t cut = 1 + data[1];
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Result whole = parse(input, input.size() + 1, input.size() + 1, flags);
  if (parse(input, input.size() + 1, cut, flags) != whole) std::abort();
  if (parse(input, 1, 1, flags) != whole) std::abort();
  bhsim::load::JsonScanner scanner(whole.body);
  (void)scanner.members(
      [&whole](std::string_view key, bhsim::load::JsonType, std::string_view raw) {
        if (key.size() + raw.size() > whole.body.size()) std::abort();
      });
  return 0;
}
