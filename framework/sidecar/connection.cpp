#include "framework/sidecar/connection.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::sidecar {
namespace {

using nlohmann::json;

constexpr std::size_t kMostInFlight = 64;
constexpr Nanos kReadWait = std::chrono::milliseconds(500);

}  // namespace

Connection::Connection(Channel channel, const Clock& clock)
    : channel_(std::move(channel)), clock_(clock) {}

Connection::~Connection() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  channel_.close();
  if (reader_.joinable()) reader_.join();
}

Result<void> Connection::start(Nanos wait) {
  reader_ = std::thread([this] { read_all(); });
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, wait, [this] { return hello_ || ended_; });
  if (ended_) return fail(ErrorCode::conflict, "side-car: {}", *ended_);
  if (!hello_) {
    return fail(ErrorCode::timeout, "side-car: no greeting of the helper within {} ms",
                wait.count() / 1'000'000);
  }
  const auto protocol = hello_->find("protocol");
  if (protocol == hello_->end() || *protocol != protocol::kVersion) {
    return fail(ErrorCode::protocol,
                "side-car: the helper's greeting is {}, protocol {} is needed: build the helper "
                "image again",
                hello_->dump(), protocol::kVersion);
  }
  return {};
}

Result<json> Connection::call(std::string_view command, json arguments, Nanos wait) {
  const Time deadline = clock_.now() + wait;
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return fail(ErrorCode::conflict, "side-car {}: {}", command, *ended_);
    if (waiting_.size() >= kMostInFlight) {
      return fail(ErrorCode::conflict, "side-car {}: {} requests are under way already", command,
                  waiting_.size());
    }
    id = next_id_++;
    waiting_.emplace(id, std::nullopt);
  }
  arguments["id"] = id;
  arguments["do"] = command;
  const std::string line = arguments.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  Result<void> written;
  if (line.size() > protocol::kMostLineBytes) {
    written =
        fail(ErrorCode::usage, "the request of {} bytes is longer than a line may be", line.size());
  } else {
    const std::lock_guard lock(write_mutex_);
    written = channel_.write(line, std::max<Nanos>(deadline - clock_.now(), Nanos(0)));
  }
  std::unique_lock lock(mutex_);
  if (!written) {
    waiting_.erase(id);
    // Part of a line may have been sent: the helper would take the next one for its end.
    if (written.error().code != ErrorCode::usage && !ended_) {
      lock.unlock();
      end("writing failed: " + written.error().message);
      channel_.close();
    }
    return fail(written.error().within(fmt::format("side-car {}", command)));
  }
  const Nanos left = std::max<Nanos>(deadline - clock_.now(), Nanos(0));
  changed_.wait_for(lock, left, [&] { return ended_ || waiting_.at(id).has_value(); });
  std::optional<json> answer = std::move(waiting_.at(id));
  waiting_.erase(id);
  if (!answer) {
    if (ended_) return fail(ErrorCode::conflict, "side-car {}: {}", command, *ended_);
    return fail(ErrorCode::timeout, "side-car {}: no answer within {} ms", command,
                wait.count() / 1'000'000);
  }
  if (answer->value("ok", json()) == true) return std::move(*answer);
  const auto text = [&](const char* name) {
    const auto found = answer->find(name);
    return found != answer->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  return fail(protocol::code_from(text("code")), "side-car {}: {}", command, text("error"));
}

std::optional<std::string> Connection::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void Connection::on_end(std::function<void(const std::string&)> callback) {
  std::unique_lock lock(mutex_);
  if (!ended_) {
    end_callback_ = std::move(callback);
    return;
  }
  const std::string why = *ended_;
  lock.unlock();
  callback(why);
}

void Connection::on_tick(std::function<void(const json&)> callback) {
  const std::lock_guard lock(mutex_);
  tick_callback_ = std::move(callback);
}

void Connection::end(std::string why) {
  std::function<void(const std::string&)> callback;
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = std::move(why);
    why = *ended_;
    callback = std::move(end_callback_);
    end_callback_ = nullptr;
    if (stopping_) callback = nullptr;
  }
  changed_.notify_all();
  if (callback) callback(why);
}

Result<void> Connection::take(std::string_view line) {
  json message = json::parse(line, nullptr, false);
  if (!message.is_object()) {
    return fail(ErrorCode::protocol, "the helper said '{}'", line.substr(0, 200));
  }
  if (const auto tick = message.find("tick"); tick != message.end()) {
    std::function<void(const json&)> callback;
    {
      const std::lock_guard lock(mutex_);
      callback = tick_callback_;
    }
    if (callback) callback(*tick);
    return {};
  }
  {
    const std::lock_guard lock(mutex_);
    if (const auto hello = message.find("hello"); hello != message.end()) {
      hello_ = *hello;
    } else {
      const auto id = message.find("id");
      if (id == message.end() || !id->is_number_unsigned()) {
        return fail(ErrorCode::protocol, "the helper said '{}'", line.substr(0, 200));
      }
      // An answer that came after its deadline finds nobody.
      const auto waiting = waiting_.find(id->get<std::uint64_t>());
      if (waiting != waiting_.end()) waiting->second = std::move(message);
    }
  }
  changed_.notify_all();
  return {};
}

void Connection::read_all() {
  while (true) {
    auto bytes = channel_.read(kReadWait);
    if (!bytes) return end(bytes.error().message);
    input_ += *bytes;
    std::size_t begin = 0;
    for (std::size_t newline = input_.find('\n'); newline != std::string::npos;
         newline = input_.find('\n', begin)) {
      if (auto taken = take(std::string_view(input_).substr(begin, newline - begin)); !taken) {
        end(taken.error().message);
        return channel_.close();
      }
      begin = newline + 1;
    }
    input_.erase(0, begin);
    if (input_.size() > protocol::kMostLineBytes + 1) {
      end("the helper's line is longer than a line may be");
      return channel_.close();
    }
    const std::lock_guard lock(mutex_);
    if (stopping_) break;
  }
  end("closed by us");
}

}  // namespace bhsim::sidecar
