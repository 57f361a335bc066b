#include "framework/base/files.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace bhsim {
namespace {

tl::unexpected<Error> system_error(std::string_view what, const Path& path) {
  const int number = errno;
  return fail(ErrorCode::io, "{} {}: {}", what, path.string(), std::strerror(number));
}

Result<void> write_all(int fd, std::string_view content, const Path& path) {
  while (!content.empty()) {
    const auto n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("write", path);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> sync_folder(const Path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return system_error("sync folder", folder);
  return {};
}

}  // namespace

Result<std::string> read_file(const Path& path, std::size_t limit_bytes) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(code, "read {}: {}", path.string(), std::strerror(errno));
  }
  std::string content;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path);
    if (n == 0) return content;
    if (content.size() + static_cast<std::size_t>(n) > limit_bytes)
      return fail(ErrorCode::io, "read {}: larger than the limit of {} bytes", path.string(),
                  limit_bytes);
    content.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

Result<void> write_file(const Path& path, std::string_view content) {
  const Path folder = path.has_parent_path() ? path.parent_path() : Path(".");
  const Path beside = folder / (path.filename().string() + ".new");
  {
    const UniqueFd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.valid()) return system_error("create", beside);
    BHSIM_TRY(write_all(fd.get(), content, beside));
    if (::fsync(fd.get()) != 0) return system_error("sync", beside);
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return system_error("rename to", path);
  return sync_folder(folder);
}

Result<void> make_directories(const Path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail(ErrorCode::io, "create folder {}: {}", path.string(), error.message());
  return {};
}

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string name = fmt::format("{}/{}-XXXXXX", base != nullptr ? base : "/tmp", prefix);
  if (::mkdtemp(name.data()) == nullptr) return system_error("create temporary folder", name);
  return TemporaryDirectory(Path(name));
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr);
}

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::update(std::string_view bytes) {
  EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), digest.data(), &length);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(length * 2U);
  for (unsigned int i = 0; i < length; ++i) {
    out += kDigits[digest[i] >> 4U];
    out += kDigits[digest[i] & 15U];
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

Result<std::string> sha256_file(const Path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return system_error("read", path);
  Sha256 digest;
  std::array<char, 65536> buffer{};
  while (true) {
    const auto n = ::read(fd.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("read", path);
    if (n == 0) return digest.hex();
    digest.update({buffer.data(), static_cast<std::size_t>(n)});
  }
}

}  // namespace bhsim
