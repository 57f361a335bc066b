#pragma once
// Everything the helper does with files: see docs/sidecar.md for each command.

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "docker/helper/args.hpp"
#include "docker/helper/common.hpp"

namespace bhsim::helper {

// Commands that keep something open between requests; the main thread only.
class OpenFiles {
 public:
  Result<Json> deliver_half(const Args& args);
  Result<Json> finish_half(const Args& args);
  Result<Json> take_lease(const Args& args);
  Result<Json> release_lease(const Args& args);

 private:
  struct Half {
    Fd file;
    std::string path;
    std::string rest;
    std::int64_t length = 0;  // of the whole, to cut an in-place write to
  };
  struct Lease {
    Fd file;
    int breaks_before = 0;
  };
  std::map<std::string, Half> halves_;
  std::map<std::string, Lease> leases_;
  std::uint64_t next_ = 1;
};

Result<Json> deliver(const Args& args);
Result<Json> stage(const Args& args);
Result<Json> rename_file(const Args& args);
Result<Json> touch(const Args& args);
Result<Json> remove_file(const Args& args);
Result<Json> make_special(const Args& args);
Result<Json> change_mode(const Args& args);
Result<Json> change_owner(const Args& args);
Result<Json> stat_file(const Args& args);
Result<Json> digest(const Args& args);
Result<Json> tail(const Args& args);
Result<Json> list(const Args& args);
Result<Json> usage(const Args& args);
Result<Json> space(const Args& args);
Result<Json> fill(const Args& args);

}  // namespace bhsim::helper
