#include "framework/runner/images.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/engine/images.hpp"

namespace bhsim::runner {
namespace asset {
extern const std::string_view dockerfile;  // docker/Dockerfile (bhsim_embed)
}
namespace {

constexpr std::int64_t kUser = 10001;
constexpr std::string_view kHelperPath = "usr/local/bin/bhsim-helper";
// Volumes take owner and mode from the folder that they are mounted over.
constexpr std::array kOwned = {"classes", "state", "logs"};

engine::TarEntry folder(std::string path, std::uint32_t mode, std::int64_t owner) {
  return {.path = std::move(path),
          .type = engine::TarEntry::Type::directory,
          .mode = mode,
          .uid = owner,
          .gid = owner,
          .content = {}};
}

Result<void> present(const Path& path) {
  if (std::filesystem::exists(path)) return {};
  return fail(ErrorCode::not_found, "{} is missing: build first (./scripts/bhsim does)",
              path.string());
}

Result<engine::TarEntry> helper_entry(const Path& helper, const std::string& prefix) {
  BHSIM_TRY(present(helper));
  return engine::TarEntry{
      .path = prefix + std::string(kHelperPath), .mode = 0755, .content = {}, .from = helper};
}

// A folder that the build left. Its modes follow from the umask of whoever built, which neither the
// image nor its address may: what anybody could run stays so, the rest is for reading.
Result<Files> built_folder(const Path& path, const std::string& prefix) {
  BHSIM_ASSIGN(auto files, engine::tar_folder(path, prefix, 0, 0));
  for (auto& file : files) {
    if (file.type == engine::TarEntry::Type::symlink) file.mode = 0777;
    if (file.type == engine::TarEntry::Type::directory) file.mode = 0755;
    if (file.type == engine::TarEntry::Type::file)
      file.mode = (file.mode & 0111U) != 0 ? 0755 : 0644;
  }
  return files;
}

void add_owned(Files& files) {
  for (const auto* owned : kOwned)
    files.push_back(folder(fmt::format("owned/{}", owned), 0755, kUser));
}

Result<std::optional<std::string>> id_of(const engine::Client& engine,
                                         const std::string& reference) {
  const auto inspected = engine::inspect_image(engine, reference);
  if (inspected) return std::optional(inspected->value("Id", std::string()));
  if (inspected.error().code == ErrorCode::not_found) return std::optional<std::string>{};
  return fail(inspected.error());
}

// Builds `files` (a Dockerfile and its files) as bhsim/<name>:<address>, unless it is there.
Result<Image> build(const engine::Client& engine, const std::string& name, const Files& files,
                    const Progress& progress) {
  Image image;
  BHSIM_ASSIGN(const auto address, address_of(files));
  image.name = fmt::format("bhsim/{}:{}", name, address);
  BHSIM_ASSIGN(const auto there, id_of(engine, image.name));
  if (there) {
    image.id = *there;
    return image;
  }
  progress("building image " + image.name);
  BHSIM_ASSIGN(auto context, engine::make_tar(files));
  BHSIM_TRY(engine::build_image(engine, std::move(context),
                                {.tag = image.name, .labels = {{std::string(kImageLabel), name}}}));
  BHSIM_ASSIGN(const auto made, id_of(engine, image.name));
  if (!made)
    return fail(ErrorCode::engine, "build image {}: it is not there after the build", image.name);
  image.id = *made;
  image.made = true;
  return image;
}

// The configuration of the last stage of docker/Dockerfile: from its USER on.
std::string_view image_configuration() {
  const auto at = asset::dockerfile.rfind("\nUSER ");
  return asset::dockerfile.substr(at + 1);
}

// The JRE's layer is the largest and changes least: an image of its own.
Result<Image> jre_image(const engine::Client& engine, const ImageSources& sources,
                        const Progress& progress) {
  BHSIM_ASSIGN(const auto files, jre_files(sources));
  return build(engine, "jre", files, progress);
}

}  // namespace

ImageSources image_sources(const Path& docker) {
  return {.rootfs = docker / "base" / "rootfs",
          .classes = docker / "app" / "classes",
          .helper = docker / "helper" / "bhsim-helper"};
}

Result<std::string> address_of(const std::vector<engine::TarEntry>& entries) {
  Sha256 digest;
  for (const auto& entry : entries) {
    BHSIM_ASSIGN(const auto content, engine::content_of(entry));
    digest.update(fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n", entry.path, static_cast<int>(entry.type),
                              entry.mode, entry.uid, entry.gid, content.size()));
    digest.update(content);
  }
  return digest.hex().substr(0, 16);
}

Result<Files> jre_files(const ImageSources& sources) {
  BHSIM_TRY(present(sources.rootfs / "jre" / "bin" / "java"));
  BHSIM_ASSIGN(auto files, built_folder(sources.rootfs, "rootfs/"));
  for (auto& file : files)
    if (file.path == "rootfs/tmp") file.mode = 01777;
  files.push_back({.path = "Dockerfile", .content = "FROM scratch\nCOPY rootfs/ /\n"});
  return files;
}

Result<Files> application_files(const ImageSources& sources, std::string_view base) {
  BHSIM_TRY(present(sources.classes));
  Files files{{.path = "Dockerfile",
               .content = fmt::format("FROM {}\nCOPY rootfs/ /\nCOPY --chown={}:{} owned/ /\n{}",
                                      base, kUser, kUser, image_configuration())}};
  add_owned(files);
  BHSIM_ASSIGN(auto classes, built_folder(sources.classes, "rootfs/app/"));
  std::move(classes.begin(), classes.end(), std::back_inserter(files));
  BHSIM_ASSIGN(auto helper, helper_entry(sources.helper, "rootfs/"));
  files.push_back(std::move(helper));
  return files;
}

Result<Image> application_image(const engine::Client& engine, const ImageSources& sources,
                                const Progress& progress) {
  for (const auto& path : {sources.classes, sources.helper}) BHSIM_TRY(present(path));
  BHSIM_ASSIGN(const auto jre, jre_image(engine, sources, progress));
  BHSIM_ASSIGN(const auto files, application_files(sources, jre.name));
  return build(engine, "app", files, progress);
}

Result<Image> helper_image(const engine::Client& engine, const ImageSources& sources,
                           const Progress& progress) {
  return helper_image_for(fmt::format("{0}:{0}", kUser), engine, sources, progress);
}

Result<Image> helper_image_for(const std::string& user, const engine::Client& engine,
                               const ImageSources& sources, const Progress& progress) {
  BHSIM_ASSIGN(auto helper, helper_entry(sources.helper, "rootfs/"));
  Files files{{.path = "Dockerfile",
               .content = fmt::format("FROM scratch\nCOPY rootfs/ /\nCOPY --chown={0} owned/ "
                                      "/\nUSER {0}\nENTRYPOINT [\"/{1}\"]\n",
                                      user, kHelperPath)},
              std::move(helper)};
  add_owned(files);
  files.push_back(folder("rootfs/tmp", 01777, 0));
  files.push_back(folder("rootfs/given", 0755, 0));
  return build(engine, "helper", files, progress);
}

Result<Image> named_image(const engine::Client& engine, const std::string& reference) {
  BHSIM_ASSIGN(const auto id, id_of(engine, reference));
  if (!id)
    return fail(
        ErrorCode::config,
        "the engine has no image '{}'; bhsim pulls nothing by itself: `docker pull {}` first",
        reference, reference);
  return Image{.id = *id, .name = reference, .made = false};
}

}  // namespace bhsim::runner
