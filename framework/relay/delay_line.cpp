#include "framework/relay/delay_line.hpp"

#include <algorithm>

namespace bhsim::relay {

DelayLine::Stay DelayLine::behind(Time now, Nanos delay) const {
  const Time before = pieces_.empty() ? now : pieces_.back().stay.due;
  return {.came = now, .due = std::max(before, now + delay)};
}

void DelayLine::put(std::string_view bytes, Time now, Nanos delay) {
  const Stay stay = behind(now, delay);
  pieces_.push_back({.bytes = std::string(bytes), .stay = stay});
  bytes_ += bytes.size();
}

void DelayLine::put_end(Time now, Nanos delay) { end_ = behind(now, delay); }

std::optional<Time> DelayLine::due() const {
  if (!pieces_.empty()) return pieces_.front().stay.due;
  if (end_) return end_->due;
  return std::nullopt;
}

std::string_view DelayLine::front(Time now) const {
  if (pieces_.empty() || pieces_.front().stay.due > now) return {};
  const Piece& piece = pieces_.front();
  return std::string_view(piece.bytes).substr(piece.gone);
}

std::optional<DelayLine::Stay> DelayLine::take(std::size_t count) {
  Piece& piece = pieces_.front();
  piece.gone += count;
  bytes_ -= count;
  if (piece.gone < piece.bytes.size()) return std::nullopt;
  const Stay stay = piece.stay;
  pieces_.pop_front();
  return stay;
}

std::optional<DelayLine::Stay> DelayLine::take_end(Time now) {
  if (!end_ || !pieces_.empty() || end_->due > now) return std::nullopt;
  const Stay stay = *end_;
  end_.reset();
  return stay;
}

void DelayLine::hurry(Time now) {
  for (Piece& piece : pieces_) piece.stay.due = std::min(piece.stay.due, now);
  if (end_) end_->due = std::min(end_->due, now);
}

}  // namespace bhsim::relay
