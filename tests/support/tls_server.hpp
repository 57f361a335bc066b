#pragma once
// The server's side of TLS, with certificates that are made on the spot. Needs OpenSSL::SSL.

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/transport.hpp"

namespace bhsim::test {

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), X509_free};
};

// Seconds from now.
struct Validity {
  long from_s = -60;
  long to_s = 3'600;
};

// `extensions` in the form of openssl.cnf; without an issuer it signs itself.
inline Identity make_identity(const char* name,
                              const std::vector<std::pair<int, const char*>>& extensions,
                              const Identity* issuer = nullptr, Validity validity = {}) {
  Identity made;
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), validity.from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), validity.to_s);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const Identity& signer = issuer != nullptr ? *issuer : made;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate.get()));
  for (const auto& [kind, value] : extensions) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    EXPECT_NE(extension, nullptr) << value;
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  EXPECT_GT(X509_sign(certificate, signer.key.get(), EVP_sha256()), 0);
  return made;
}

inline std::string pem_of(const std::function<void(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  write(memory.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline std::string pem_of(const Identity& identity) {
  return pem_of([&](BIO* to) { PEM_write_bio_X509(to, identity.certificate.get()); });
}

using ServerContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

inline ServerContext server_context(const Identity& identity) {
  ServerContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
  return context;
}

// Blocks like the socket does. `context` outlives what it is used for.
inline TransportOver tls_transport(SSL_CTX* context) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to a connection that may be gone
  return [context](int socket) {
    std::shared_ptr<SSL> tls(SSL_new(context), SSL_free);
    SSL_set_fd(tls.get(), socket);
    return Transport{.open = [tls] { return SSL_accept(tls.get()) == 1; },
                     .read = [tls](char* to, std::size_t size) -> long {
                       return SSL_read(tls.get(), to, static_cast<int>(size));
                     },
                     .write = [tls](const char* from, std::size_t size) -> long {
                       return SSL_write(tls.get(), from, static_cast<int>(size));
                     },
                     .close = [tls] { SSL_shutdown(tls.get()); }};
  };
}

}  // namespace bhsim::test
