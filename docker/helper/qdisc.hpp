#pragma once
// The queueing discipline of the network interface of the namespace that the helper is in
// (docs/sidecar.md). Needs CAP_NET_ADMIN there to change it.

#include "docker/helper/args.hpp"
#include "docker/helper/common.hpp"

namespace bhsim::helper {

// A token bucket: `rate` bytes a second, at most a second of them queued.
Result<Json> shape(const Args& args);
// netem, where the kernel has it: `delay` and `jitter` in nanoseconds.
Result<Json> delay(const Args& args);
// Takes ours away; that there is none is success.
Result<Json> unshape(const Args& args);
// `ours`, and if so its `kind`, `packets`, `overlimits`, `drops`.
Result<Json> queue(const Args& args);

}  // namespace bhsim::helper
