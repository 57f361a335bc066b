#include "framework/engine/endpoint.hpp"

#include <sys/un.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"

namespace bhsim::engine {
namespace {

// What the user wrote, rather than what an engine said.
template <typename T>
Result<T> as_config(Result<T> read) {
  if (!read) return fail(ErrorCode::config, "{}", read.error().message);
  return read;
}

Result<nlohmann::json> parse_file(const Path& file, std::string_view text) {
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_object()) return fail(ErrorCode::config, "{} is not a JSON object", file.string());
  return value;
}

// sun_path holds 108 bytes with the closing NUL.
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un{}.sun_path) - 1;

Path home_docker(const Environment& environment) {
  return Path(environment("HOME").value_or("/root")) / ".docker";
}

// Those of the three files that are there; a certificate without its key is an Error.
Result<TlsFiles> tls_in(const Path& folder) {
  const auto there = [&folder](const char* name) {
    std::error_code error;
    return std::filesystem::exists(folder / name, error) ? folder / name : Path();
  };
  TlsFiles files{there("ca.pem"), there("cert.pem"), there("key.pem")};
  if (files.certificate.empty() != files.key.empty())
    return fail(ErrorCode::config, "{}: cert.pem and key.pem must both be there, or neither",
                folder.string());
  return files;
}

// For an engine that the command line or DOCKER_HOST names.
Result<std::optional<TlsFiles>> tls_of_environment(const Environment& environment) {
  const auto folder = environment("DOCKER_CERT_PATH").value_or("");
  if (environment("DOCKER_TLS_VERIFY").value_or("").empty()) {
    if (folder.empty()) return std::optional<TlsFiles>{};
    return fail(ErrorCode::config,
                "DOCKER_CERT_PATH is set and DOCKER_TLS_VERIFY is empty: that means TLS without "
                "verification, which bhsim refuses; set DOCKER_TLS_VERIFY=1, or unset "
                "DOCKER_CERT_PATH");
  }
  const Path certificates = folder.empty() ? home_docker(environment) : Path(folder);
  BHSIM_ASSIGN(auto files, tls_in(certificates));
  if (files.ca.empty())
    return fail(ErrorCode::config,
                "DOCKER_TLS_VERIFY is set, and there is no ca.pem in {} to verify the engine with",
                certificates.string());
  return std::optional(std::move(files));
}

Path docker_folder(const Environment& environment) {
  if (const auto config = environment("DOCKER_CONFIG"); config && !config->empty()) return *config;
  return home_docker(environment);
}

// The name of the current context; empty for the default one.
Result<std::string> current_context(const Environment& environment, const Path& folder) {
  std::string name = environment("DOCKER_CONTEXT").value_or("");
  std::error_code error;
  const auto file = folder / "config.json";
  if (name.empty() && std::filesystem::exists(file, error)) {
    BHSIM_ASSIGN(const auto text, read_file(file, 4U << 20U));
    BHSIM_ASSIGN(const auto config, parse_file(file, text));
    Fields fields("read " + file.string(), config);
    name = fields.root()["currentContext"].text();
    BHSIM_TRY(as_config(fields.verdict()));
  }
  return name == "default" ? std::string() : name;
}

Result<Endpoint> of_context(const std::string& name, const Path& folder) {
  const std::string id = sha256_hex(name);
  const auto file = folder / "contexts" / "meta" / id / "meta.json";
  const auto text = read_file(file, 4U << 20U);
  if (!text)
    return fail(ErrorCode::config,
                "docker context '{}': {}; choose another with `docker context use`", name,
                text.error().message);
  BHSIM_ASSIGN(const auto meta, parse_file(file, *text));
  Fields fields(fmt::format("docker context '{}' ({})", name, file.string()), meta);
  const auto docker = fields.root()["Endpoints"]["docker"];
  const auto host = docker["Host"].required().text();
  const bool unverified = docker["SkipTLSVerify"].flag();
  BHSIM_TRY(as_config(fields.verdict()));
  if (unverified)
    return fail(ErrorCode::config,
                "docker context '{}' skips the verification of TLS, which bhsim refuses", name);
  std::optional<TlsFiles> tls;
  BHSIM_ASSIGN(auto files, tls_in(folder / "contexts" / "tls" / id / "docker"));
  if (!files.ca.empty() || !files.certificate.empty()) tls = std::move(files);
  return parse_endpoint(host, "context " + name, tls);
}

// The settings for TLS matter to a TCP connection alone.
Result<Endpoint> named(std::string_view url, std::string source, const Environment& environment) {
  std::optional<TlsFiles> tls;
  if (!url.starts_with("unix://")) {
    BHSIM_ASSIGN(tls, tls_of_environment(environment));
  }
  return parse_endpoint(url, std::move(source), tls);
}

bool has_port(std::string_view authority) {
  const auto bracket = authority.rfind(']');  // of an IPv6 address
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket) !=
         std::string_view::npos;
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
    if (!has_port(rest)) endpoint.authority += tls || https ? ":2376" : ":2375";
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
  if (!given.empty()) return named(given, "--engine", environment);
  if (const auto host = environment("DOCKER_HOST"); host && !host->empty())
    return named(*host, "DOCKER_HOST", environment);
  const auto folder = docker_folder(environment);
  BHSIM_ASSIGN(const auto context, current_context(environment, folder));
  if (!context.empty()) return of_context(context, folder);
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
