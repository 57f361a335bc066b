#include "framework/probes/tail.hpp"

#include <algorithm>

namespace bhsim::probes {
namespace {

constexpr std::size_t kLongestLine = 64U << 10U;
constexpr std::size_t kPiece = 256U << 10U;
constexpr int kMostPieces = 64;  // a read at a time; what is more comes with the next

}  // namespace

void LineReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (!skipping_) {
      pending_ += piece.substr(0, kLongestLine - std::min(kLongestLine, pending_.size()));
      skipping_ = pending_.size() >= kLongestLine;
    }
    if (end == std::string_view::npos) return;
    take_(pending_);
    drop();
    bytes.remove_prefix(end + 1);
  }
}

void LineReader::finish() {
  if (!pending_.empty()) take_(pending_);
  drop();
}

void LineReader::drop() {
  pending_.clear();
  skipping_ = false;
}

Result<void> FileTail::read() {
  for (int i = 0; i < kMostPieces; ++i) {
    const auto piece = sidecar_.tail(path_, offset_, kPiece, inode_);
    if (!piece && piece.error().code == ErrorCode::not_found) return {};
    if (!piece) return fail(piece.error());
    if (piece->offset != offset_) lines_.drop();
    inode_ = piece->inode;
    offset_ = piece->offset + static_cast<std::int64_t>(piece->bytes.size());
    lines_.feed(piece->bytes);
    if (offset_ >= piece->size) return {};
  }
  return {};
}

}  // namespace bhsim::probes
