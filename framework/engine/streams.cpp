#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::engine {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::uint32_t kLongestFrame = 64U << 20U;
constexpr unsigned char kDaemonError = 3;
constexpr std::size_t kLongestDaemonError = 4'096;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

// Byte 0 is the stream, 1 to 3 are zero, 4 to 7 the length.
Result<void> Demultiplexer::open_frame() {
  stream_ = static_cast<unsigned char>(header_[0]);
  left_ = big_endian(std::string_view(header_).substr(4));
  const bool padded = std::string_view(header_).substr(1, 3) == std::string_view("\0\0\0", 3);
  header_.clear();
  if (stream_ > kDaemonError || !padded || left_ > kLongestFrame)
    return fail(ErrorCode::protocol,
                "the engine's stream has no frame where one is due (type {}, length {})", stream_,
                left_);
  if (stream_ == kDaemonError && left_ == 0)
    return fail(ErrorCode::engine, "the engine broke its stream off and does not say why");
  return {};
}

Result<bool> Demultiplexer::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      const auto wanted = std::min(kHeader - header_.size(), bytes.size());
      header_ += bytes.substr(0, wanted);
      bytes.remove_prefix(wanted);
      if (header_.size() < kHeader) return true;
      BHSIM_TRY(open_frame());
      continue;
    }
    const auto piece = bytes.substr(0, left_);
    bytes.remove_prefix(piece.size());
    left_ -= static_cast<std::uint32_t>(piece.size());
    if (stream_ == kDaemonError) {
      daemon_error_ += piece;
      if (left_ == 0 || daemon_error_.size() > kLongestDaemonError)
        return fail(ErrorCode::engine, "the engine broke its stream off: {}",
                    daemon_error_.substr(0, kLongestDaemonError));
      continue;
    }
    if (!sink_(stream_ == 2 ? OutputStream::err : OutputStream::out, piece)) return false;
  }
  return true;
}

Result<void> read_logs(const Client& client, std::string_view id, const LogOptions& options,
                       const OutputSink& sink, std::stop_token stop) {
  BHSIM_ASSIGN(const auto state, inspect_container(client, id));
  Request request{.path = fmt::format("/containers/{}/logs", id),
                  .query = {{"stdout", "1"}, {"stderr", "1"}},
                  .deadline = options.deadline,
                  .what = fmt::format("read the logs of {}", id)};
  if (options.follow) {
    request.query.emplace_back("follow", "1");
    request.patience = Patience::none;  // podman sends no header before the first line
  }
  if (options.timestamps) request.query.emplace_back("timestamps", "1");
  if (!options.tail.empty()) request.query.emplace_back("tail", options.tail);
  if (!options.since.empty()) request.query.emplace_back("since", options.since);
  Demultiplexer frames(sink);
  std::optional<Error> broken;
  bool enough = false;
  const auto take = [&](std::string_view bytes) {
    const auto fed = state.tty ? Result<bool>(sink(OutputStream::out, bytes)) : frames.feed(bytes);
    if (!fed) broken = fed.error();
    enough = fed && !*fed;
    return fed && *fed;
  };
  const auto ended = client.stream(request, take, stop);
  if (broken) return fail(broken->within(request.what));
  if (!ended && ended.error().code == ErrorCode::cancelled && stop.stop_requested()) return {};
  if (!ended) return fail(ended.error());
  if (!enough && !frames.whole())
    return fail(ErrorCode::protocol, "{}: the engine's stream ends inside a frame", request.what);
  return {};
}

Result<std::string> last_lines(const Client& client, std::string_view id, int lines) {
  constexpr std::size_t kMost = 64U << 10U;
  std::string text;
  const LogOptions options{.tail = std::to_string(lines), .deadline = std::chrono::seconds(10)};
  BHSIM_TRY(read_logs(client, id, options,
                      [&text](OutputStream, std::string_view bytes) {
                        text += bytes;
                        return text.size() < kMost;
                      },
                      {}));
  return text;
}

Result<void> follow_stats(const Client& client, std::string_view id,
                          const std::function<bool(const ContainerStats&)>& take,
                          std::stop_token stop) {
  const Request request{.path = fmt::format("/containers/{}/stats", id),
                        .query = {{"stream", "1"}},
                        .what = fmt::format("follow the stats of {}", id),
                        .patience = Patience::header};
  const auto on_sample = [&](const nlohmann::json& sample) -> Result<bool> {
    auto stats = parse_stats(sample);
    if (!stats) return fail(stats.error().within(request.what));
    return !*stats || take(**stats);
  };
  auto ended = stream_json(client, request, on_sample, stop);
  if (!ended && ended.error().code == ErrorCode::cancelled && stop.stop_requested()) return {};
  return ended;
}

}  // namespace bhsim::engine
