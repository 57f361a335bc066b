#include "framework/load/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "framework/load/address.hpp"

namespace bhsim::load {
namespace {

constexpr std::string_view kAlpn = "\x08http/1.1";  // as on the wire: length, name

// What OpenSSL complained of first in this thread, whose list of complaints is then empty.
std::string complaint() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  if (reason == nullptr) return "for a reason that OpenSSL does not tell";
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) > SSL_AD_REASON_OFFSET) {
    return fmt::format("the target ended it with \"{}\"", reason);
  }
  return reason;
}

bool is_ssl(unsigned long code, int reason) {
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason;
}

// What a user can do about a certificate that was not accepted.
std::string_view advice_on(long verdict) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "load it by the name that its certificate is for, or give that with --server-name";
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "renew it, or switch verification off with --insecure";
    default:
      return "name its authority with --ca-file, or switch verification off with --insecure";
  }
}

Result<void> trust(SSL_CTX* context, const TlsOptions& options) {
  if (!options.verify) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return {};
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  if (options.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return fail(ErrorCode::io,
                "load: read the system's certificate authorities: {}; name one with "
                "--ca-file",
                complaint());
  }
  if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) == 1) return {};
  return fail(ErrorCode::config,
              "load: --ca-file {}: {}; it must be a readable file of PEM certificates",
              options.ca_file, complaint());
}

}  // namespace

void TlsDeleter::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
void TlsDeleter::operator()(SSL* connection) const { SSL_free(connection); }
void TlsDeleter::operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }

// --- context

Result<TlsContext> TlsContext::create(const TlsOptions& options, const std::string& host) {
  TlsContext made;
  made.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = made.context_.get();
  if (context == nullptr) {
    return fail(ErrorCode::internal, "load: start OpenSSL: {}", complaint());
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // The session that a slot resumes lies with the slot.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(kAlpn.data()),
                          static_cast<unsigned>(kAlpn.size()));
  BHSIM_TRY(trust(context, options));

  const std::string& name = options.server_name.empty() ? host : options.server_name;
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool is_address = is_numeric(name);
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str())
                             : X509_VERIFY_PARAM_set1_host(expected, name.data(), name.size());
  if (set != 1) {
    return fail(ErrorCode::config,
                "load: \"{}\" is no name or address that a certificate can be for", name);
  }
  if (!is_address) made.server_name_ = name;
  return made;
}

// --- stream: in place of a socket

BIO_METHOD* TlsStream::method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* fresh = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bhsim-load");
    BIO_meth_set_read(fresh, give_input);
    BIO_meth_set_write(fresh, take_output);
    BIO_meth_set_ctrl(fresh, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return fresh;
  }();
  return made;
}

int TlsStream::give_input(BIO* bio, char* to, int size) {
  std::string_view& input = static_cast<TlsStream*>(BIO_get_data(bio))->input_;
  BIO_clear_retry_flags(bio);
  if (input.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t given = std::min(input.size(), static_cast<std::size_t>(size));
  std::memcpy(to, input.data(), given);
  input.remove_prefix(given);
  return static_cast<int>(given);
}

int TlsStream::take_output(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  static_cast<TlsStream*>(BIO_get_data(bio))->output_.append(from, static_cast<std::size_t>(size));
  return size;
}

// --- stream: the conversation

void TlsStream::begin() {
  output_.clear();
  problem_.clear();
  input_ = {};
  ERR_clear_error();
  ssl_.reset(SSL_new(context_.get()));
  BIO* bio = BIO_new(method());
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return break_off(complaint());
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);  // takes the one reference for both directions
  if (!context_.server_name().empty()) {
    SSL_set_tlsext_host_name(ssl_.get(), context_.server_name().c_str());
  }
  if (session_ != nullptr) SSL_set_session(ssl_.get(), session_.get());
  SSL_set_connect_state(ssl_.get());
  state_ = State::handshaking;
  shake_hands();
}

void TlsStream::shake_hands() {
  ERR_clear_error();
  const int code = SSL_do_handshake(ssl_.get());
  if (code == 1) {
    state_ = State::open;
    return;
  }
  settle(code);
  if (state_ == State::ended) break_off("the target ended the conversation inside it");
}

std::size_t TlsStream::take(std::string_view received, std::span<char> plain) {
  input_ = received;
  if (state_ == State::handshaking) shake_hands();
  std::size_t size = 0;
  while (state_ == State::open && !(input_.empty() && SSL_pending(ssl_.get()) == 0)) {
    if (size == plain.size()) {
      break_off("more came than fits");
      break;
    }
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), plain.data() + size, static_cast<int>(plain.size() - size));
    if (n <= 0) {
      settle(n);
      break;
    }
    size += static_cast<std::size_t>(n);
  }
  input_ = {};
  return size;
}

bool TlsStream::say(std::string_view plain) {
  ERR_clear_error();
  const int n = SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  if (n == static_cast<int>(plain.size())) return true;
  break_off(explain());
  return false;
}

void TlsStream::end() {
  if (state_ == State::open || state_ == State::ended) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // without it OpenSSL would not resume the session
    session_.reset(SSL_get1_session(ssl_.get()));
    if (session_ != nullptr && SSL_SESSION_is_resumable(session_.get()) != 1) session_.reset();
  }
  ssl_.reset();
  state_ = State::closed;
}

// What a call that did not succeed means: more input is needed, the end, or a failure.
void TlsStream::settle(int code) {
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    case SSL_ERROR_ZERO_RETURN:
      state_ = State::ended;
      return;
    default:
      break_off(explain());
  }
}

void TlsStream::break_off(std::string problem) {
  problem_ = std::move(problem);
  state_ = State::failed;
  session_.reset();  // whatever was wrong, the next attempt starts afresh
}

std::string TlsStream::explain() const {
  const unsigned long code = ERR_peek_last_error();
  if (is_ssl(code, SSL_R_CERTIFICATE_VERIFY_FAILED)) {
    ERR_clear_error();
    const long verdict = SSL_get_verify_result(ssl_.get());
    return fmt::format("its certificate was not accepted: {}; {}",
                       X509_verify_cert_error_string(verdict), advice_on(verdict));
  }
  if (is_ssl(code, SSL_R_WRONG_VERSION_NUMBER) || is_ssl(code, SSL_R_HTTP_REQUEST)) {
    ERR_clear_error();
    return "what came is not TLS; load it with http:// if it speaks plain HTTP";
  }
  return complaint();
}

bool TlsStream::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

std::string TlsStream::protocol() const {
  return fmt::format("{}, {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

}  // namespace bhsim::load
