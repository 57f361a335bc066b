#pragma once
// Where the engine is: --engine, else DOCKER_HOST, else the current docker context, else the usual
// sockets.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::engine {

struct TlsFiles {
  Path ca, certificate, key;
};

struct Endpoint {
  enum class Kind { unix_socket, tcp, tls };
  Kind kind = Kind::unix_socket;
  std::string url;        // as it was written: "unix:///var/run/docker.sock"
  std::string socket;     // unix: the path
  std::string authority;  // tcp, tls: host:port
  TlsFiles tls;           // tls: verified, always
  std::string source;     // "--engine", "DOCKER_HOST", "context prod", "default"
};

// Reads one variable of the environment; nothing when it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

// `given`: the value of --engine, or empty. Unverified TLS is refused (DOCKER_CERT_PATH with an
// empty DOCKER_TLS_VERIFY).
Result<Endpoint> discover(std::string_view given, const Environment& environment);
// unix:///path, tcp://host:port; a tcp endpoint with TLS files is tls.
Result<Endpoint> parse_endpoint(std::string_view url, std::string source,
                                const std::optional<TlsFiles>& tls);

}  // namespace bhsim::engine
