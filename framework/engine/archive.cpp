// Copies into and out of containers: /containers/{id}/archive.

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/container_json.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::engine {
namespace {

std::filesystem::path normal(std::string_view path) {
  auto result = std::filesystem::path("/" + std::string(path)).lexically_normal();
  return result.has_filename() || result == "/" ? result : result.parent_path();
}

bool covers(const std::filesystem::path& mount, const std::filesystem::path& path) {
  const auto [at, end] = std::mismatch(mount.begin(), mount.end(), path.begin(), path.end());
  return at == mount.end();
}

// The tmpfs mount that holds `path`, or nothing: the innermost mount decides, so that a volume
// below a tmpfs is none.
std::string tmpfs_over(const Field& inspected, std::string_view path) {
  const auto wanted = normal(path);
  std::string innermost;
  bool tmpfs = false;
  const auto consider = [&](const std::string& target, bool is_tmpfs) {
    const auto mount = normal(target);
    if (target.empty() || !covers(mount, wanted) || mount.string().size() < innermost.size())
      return;
    innermost = mount.string();
    tmpfs = is_tmpfs;
  };
  consider("/dev", true);
  const auto host = inspected["HostConfig"];
  for (const auto& [target, options] : host["Tmpfs"].members()) consider(target, true);
  for (const auto& mount : host["Mounts"].items())
    consider(mount["Target"].text(), mount["Type"].text() == "tmpfs");
  for (const auto& mount : inspected["Mounts"].items())
    consider(mount["Destination"].text(), mount["Type"].text() == "tmpfs");
  return tmpfs ? innermost : std::string();
}

}  // namespace

Result<void> refuse_tmpfs(const Client& client, std::string_view id, std::string_view path,
                          const std::string& what) {
  BHSIM_ASSIGN(const auto inspected, inspect_container_json(client, id));
  Fields fields(what, inspected);
  const auto tmpfs = tmpfs_over(fields.root(), path);
  BHSIM_TRY(fields.verdict());
  if (tmpfs.empty()) return {};
  return fail(
      ErrorCode::unsupported,
      "{}: {} is a tmpfs, which the engine's copy passes by without a word; use a volume, or "
      "stage the file in one and move it from there",
      what, tmpfs);
}

Result<void> put_archive(const Client& client, std::string_view id, std::string_view folder,
                         const std::vector<TarEntry>& entries) {
  const auto what = fmt::format("copy {} files into {}:{}", entries.size(), id, folder);
  BHSIM_TRY(refuse_tmpfs(client, id, folder, what));
  BHSIM_ASSIGN(auto tar, make_tar(entries));
  BHSIM_TRY(client.call({.method = "PUT",
                         .path = fmt::format("/containers/{}/archive", id),
                         .query = {{"path", std::string(folder)}, {"noOverwriteDirNonDir", "1"}},
                         .body = std::move(tar),
                         .content_type = "application/x-tar",
                         .what = what}));
  return {};
}

Result<std::vector<TarEntry>> get_archive(const Client& client, std::string_view id,
                                          std::string_view path, std::size_t most_bytes) {
  const auto what = fmt::format("copy {}:{}", id, path);
  BHSIM_TRY(refuse_tmpfs(client, id, path, what));
  BHSIM_ASSIGN(const auto answer, client.call({.path = fmt::format("/containers/{}/archive", id),
                                               .query = {{"path", std::string(path)}},
                                               .deadline = std::chrono::minutes(2),
                                               .most_bytes = most_bytes + (1U << 20U),
                                               .what = what}));
  return read_tar(answer.body, most_bytes);
}

}  // namespace bhsim::engine
