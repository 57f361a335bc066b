#include "framework/engine/endpoint.hpp"

#include <sys/un.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace bhsim::engine {
namespace {

// sun_path holds 108 bytes with the closing NUL.
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un{}.sun_path) - 1;

Result<std::optional<TlsFiles>> tls_of_environment(const Environment& environment) {
  const auto folder = environment("DOCKER_CERT_PATH");
  const auto verify = environment("DOCKER_TLS_VERIFY");
  if (verify && !verify->empty()) {
    Path certificates;
    if (folder && !folder->empty())
      certificates = *folder;
    else
      certificates = Path(environment("HOME").value_or("/root")) / ".docker";
    return std::optional(
        TlsFiles{certificates / "ca.pem", certificates / "cert.pem", certificates / "key.pem"});
  }
  if (folder && !folder->empty())
    return fail(ErrorCode::config,
                "DOCKER_CERT_PATH is set and DOCKER_TLS_VERIFY is empty: that means TLS without "
                "verification, which "
                "bhsim refuses; set DOCKER_TLS_VERIFY=1, or unset DOCKER_CERT_PATH");
  return std::optional<TlsFiles>{};
}

Path docker_folder(const Environment& environment) {
  if (const auto config = environment("DOCKER_CONFIG"); config && !config->empty()) return *config;
  return Path(environment("HOME").value_or("/root")) / ".docker";
}

// The name of the current context; empty for the default one.
std::string current_context(const Environment& environment, const Path& folder) {
  if (const auto name = environment("DOCKER_CONTEXT"); name && !name->empty())
    return *name == "default" ? "" : *name;
  const auto config = read_file(folder / "config.json", 4U << 20U);
  if (!config) return "";
  const auto json = nlohmann::json::parse(*config, nullptr, false);
  if (!json.is_object()) return "";
  const auto name = json.value("currentContext", std::string());
  return name == "default" ? "" : name;
}

Result<Endpoint> of_context(const std::string& name, const Path& folder) {
  const std::string id = sha256_hex(name);
  const auto file = folder / "contexts" / "meta" / id / "meta.json";
  const auto text = read_file(file, 4U << 20U);
  if (!text)
    return fail(ErrorCode::config,
                "docker context '{}': {}; choose another with `docker context use`", name,
                text.error().message);
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto host = nlohmann::json::json_pointer("/Endpoints/docker/Host");
  if (!json.is_object() || !json.contains(host) || !json[host].is_string())
    return fail(ErrorCode::config, "docker context '{}': no Endpoints.docker.Host in {}", name,
                file.string());
  const auto skip = nlohmann::json::json_pointer("/Endpoints/docker/SkipTLSVerify");
  if (json.value(skip, false))
    return fail(ErrorCode::config,
                "docker context '{}' skips the verification of TLS, which bhsim refuses", name);
  std::optional<TlsFiles> tls;
  const auto certificates = folder / "contexts" / "tls" / id / "docker";
  if (std::filesystem::exists(certificates / "ca.pem"))
    tls = TlsFiles{certificates / "ca.pem", certificates / "cert.pem", certificates / "key.pem"};
  return parse_endpoint(json[host].get<std::string>(), "context " + name, tls);
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Result<Endpoint> parse_endpoint(std::string_view url, std::string source,
                                const std::optional<TlsFiles>& tls) {
  Endpoint endpoint;
  endpoint.url = url;
  endpoint.source = std::move(source);
  if (url.starts_with("unix://")) {
    endpoint.socket = url.substr(7);
    if (endpoint.socket.empty() || endpoint.socket.front() != '/')
      return fail(ErrorCode::config, "{} {}: unix:// needs an absolute path", endpoint.source, url);
    if (endpoint.socket.size() > kLongestSocketPath)
      return fail(ErrorCode::config,
                  "{} {}: the path of a unix socket has at most {} bytes, this one has {}",
                  endpoint.source, url, kLongestSocketPath, endpoint.socket.size());
    return endpoint;
  }
  const bool https = url.starts_with("https://");
  for (const std::string_view scheme : {"tcp://", "http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    std::string_view rest = url.substr(scheme.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (rest.empty() || rest.find('/') != std::string_view::npos) break;
    endpoint.authority = rest;
    if (rest.find(':') == std::string_view::npos)
      endpoint.authority += tls || https ? ":2376" : ":2375";
    endpoint.kind = tls || https ? Endpoint::Kind::tls : Endpoint::Kind::tcp;
    if (tls) endpoint.tls = *tls;
    return endpoint;
  }
  return fail(
      ErrorCode::config,
      "{} '{}' is not an engine's address; write unix:///var/run/docker.sock or tcp://host:2376",
      endpoint.source, url);
}

Result<Endpoint> discover(std::string_view given, const Environment& environment) {
  BHSIM_ASSIGN(const auto tls, tls_of_environment(environment));
  if (!given.empty()) return parse_endpoint(given, "--engine", tls);
  if (const auto host = environment("DOCKER_HOST"); host && !host->empty())
    return parse_endpoint(*host, "DOCKER_HOST", tls);
  const auto folder = docker_folder(environment);
  if (const auto context = current_context(environment, folder); !context.empty())
    return of_context(context, folder);
  const std::string usual = "/var/run/docker.sock";
  if (!std::filesystem::exists(usual)) {
    const auto runtime = environment("XDG_RUNTIME_DIR");
    if (runtime && std::filesystem::exists(Path(*runtime) / "docker.sock"))
      return parse_endpoint("unix://" + (Path(*runtime) / "docker.sock").string(), "rootless",
                            std::nullopt);
  }
  return parse_endpoint("unix://" + usual, "default", std::nullopt);
}

}  // namespace bhsim::engine
