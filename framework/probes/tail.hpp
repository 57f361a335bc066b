#pragma once
// A growing file of the container, line by line.

#include <functional>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::probes {

// Reassembles lines from pieces split anywhere. A line over 64 KiB is cut there; the rest of it is skipped.
class LineReader {
 public:
  explicit LineReader(std::function<void(std::string_view line)> take) : take_(std::move(take)) {}
  void feed(std::string_view bytes);
  // What is left without a line end.
  void finish();

 private:
  std::function<void(std::string_view)> take_;
  std::string pending_;
  bool skipping_ = false;
};

class FileTail {
 public:
  FileTail(sidecar::Sidecar& sidecar, std::string path, std::function<void(std::string_view line)> take)
      : sidecar_(sidecar), path_(std::move(path)), lines_(std::move(take)) {}
  // Reads what has come since; a file that is not there yet has nothing.
  Result<void> read();

 private:
  sidecar::Sidecar& sidecar_;
  const std::string path_;
  LineReader lines_;
  std::int64_t offset_ = 0;
  std::uint64_t inode_ = 0;
};

}  // namespace bhsim::probes
