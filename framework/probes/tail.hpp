#pragma once
// A growing file of the container, line by line.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::probes {

// Reassembles lines from pieces split anywhere. A line over 64 KiB is cut there; the rest of it is
// skipped.
class LineReader {
 public:
  explicit LineReader(std::function<void(std::string_view line)> take) : take_(std::move(take)) {}
  void feed(std::string_view bytes);
  // What is left without a line end.
  void finish();
  // What is left belongs to a file that is no more.
  void drop();
  // Bytes of the line that is not whole yet; 0 while the rest of a long one is skipped.
  [[nodiscard]] std::size_t pending() const { return skipping_ ? 0 : pending_.size(); }

 private:
  std::function<void(std::string_view)> take_;
  std::string pending_;
  bool skipping_ = false;
};

// Where a file was left: behind the last whole line.
struct TailPosition {
  std::int64_t offset = 0;
  std::uint64_t inode = 0;
};

class FileTail {
 public:
  FileTail(sidecar::Sidecar& sidecar, std::string path,
           std::function<void(std::string_view line)> take, TailPosition from = {})
      : sidecar_(sidecar),
        path_(std::move(path)),
        lines_(std::move(take)),
        offset_(from.offset),
        inode_(from.inode) {}
  // Reads what has come since; a file that is not there yet has nothing. A file that was replaced
  // or cut is read from its beginning.
  Result<void> read();
  // For another FileTail of the same file to go on from.
  [[nodiscard]] TailPosition position() const {
    return {offset_ - static_cast<std::int64_t>(lines_.pending()), inode_};
  }

 private:
  sidecar::Sidecar& sidecar_;
  const std::string path_;
  LineReader lines_;
  std::int64_t offset_;
  std::uint64_t inode_;
};

}  // namespace bhsim::probes
