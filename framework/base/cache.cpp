#include "framework/base/cache.hpp"

#include <cstdlib>

namespace bhsim {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Path cache_folder() {
  const Path chosen = environment("XDG_CACHE_HOME");
  if (chosen.is_absolute()) return chosen / "bhsim";
  const std::string home = environment("HOME");
  return Path(home.empty() ? "/root" : home) / ".cache" / "bhsim";
}

}  // namespace bhsim
