#include "framework/runner/images.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/engine/images.hpp"

namespace bhsim::runner {
namespace {

constexpr std::int64_t kUser = 10001;
constexpr std::string_view kHelperPath = "usr/local/bin/bhsim-helper";
constexpr std::string_view kDockerfile =
    "FROM {base}\n"
    "COPY rootfs/ /\n"
    "COPY --chown=10001:10001 owned/ /\n"
    "USER 10001:10001\n"
    "ENV PATH=/jre/bin JAVA_HOME=/jre\n"
    "EXPOSE 8080\n"
    "STOPSIGNAL SIGTERM\n"
    "HEALTHCHECK --interval=5s --timeout=2s --start-period=60s --retries=3 "
    "CMD [\"/usr/local/bin/bhsim-helper\", \"health\", \"/health/ready\", \"8080\"]\n";

engine::TarEntry folder(std::string path, std::uint32_t mode, std::int64_t owner) {
  return {.path = std::move(path),
          .type = engine::TarEntry::Type::directory,
          .mode = mode,
          .uid = owner,
          .gid = owner,
          .content = {}};
}

Result<engine::TarEntry> helper_entry(const Path& helper, const std::string& prefix) {
  BHSIM_ASSIGN(auto program, read_file(helper));
  return engine::TarEntry{
      .path = prefix + std::string(kHelperPath), .mode = 0755, .content = std::move(program)};
}

// The address of a context: equal entries, equal address.
std::string address_of(const std::vector<engine::TarEntry>& entries) {
  Sha256 digest;
  for (const auto& entry : entries) {
    digest.update(fmt::format("{}\n{}\n{}\n{}\n{}\n", entry.path, static_cast<int>(entry.type),
                              entry.mode, entry.uid, entry.content.size()));
    digest.update(entry.content);
  }
  return digest.hex().substr(0, 16);
}

Result<std::optional<std::string>> id_of(const engine::Client& engine,
                                         const std::string& reference) {
  const auto inspected = engine::inspect_image(engine, reference);
  if (inspected) return std::optional(inspected->value("Id", std::string()));
  if (inspected.error().code == ErrorCode::not_found) return std::optional<std::string>{};
  return fail(inspected.error());
}

// Builds `entries` (a Dockerfile and its files) as bhsim/<name>:<address>, unless it is there.
Result<Image> build(const engine::Client& engine, const std::string& name,
                    const std::vector<engine::TarEntry>& entries, const Progress& progress) {
  Image image;
  image.name = fmt::format("bhsim/{}:{}", name, address_of(entries));
  BHSIM_ASSIGN(const auto there, id_of(engine, image.name));
  if (there) {
    image.id = *there;
    return image;
  }
  progress("building image " + image.name);
  BHSIM_ASSIGN(auto context, engine::make_tar(entries));
  BHSIM_TRY(engine::build_image(engine, std::move(context),
                                {.tag = image.name, .labels = {{std::string(kImageLabel), name}}}));
  BHSIM_ASSIGN(const auto made, id_of(engine, image.name));
  if (!made)
    return fail(ErrorCode::engine, "build image {}: it is not there after the build", image.name);
  image.id = *made;
  image.made = true;
  return image;
}

engine::TarEntry dockerfile(std::string_view base) {
  std::string text(kDockerfile);
  text.replace(text.find("{base}"), 6, base);
  return {.path = "Dockerfile", .content = std::move(text)};
}

// The JRE's layer is the largest and changes least: an image of its own.
Result<Image> jre_image(const engine::Client& engine, const ImageSources& sources,
                        const Progress& progress) {
  BHSIM_ASSIGN(auto entries, engine::tar_folder(sources.rootfs, "rootfs/", 0, 0));
  for (auto& entry : entries)
    if (entry.path == "rootfs/tmp") entry.mode = 01777;
  entries.push_back({.path = "Dockerfile", .content = "FROM scratch\nCOPY rootfs/ /\n"});
  return build(engine, "jre", entries, progress);
}

Result<void> present(const Path& path) {
  if (std::filesystem::exists(path)) return {};
  return fail(ErrorCode::not_found, "{} is missing: build first (./scripts/bhsim does)",
              path.string());
}

}  // namespace

ImageSources image_sources(const Path& docker) {
  return {.rootfs = docker / "base" / "rootfs",
          .classes = docker / "app" / "classes",
          .helper = docker / "helper" / "bhsim-helper"};
}

Result<Image> application_image(const engine::Client& engine, const ImageSources& sources,
                                const Progress& progress) {
  for (const auto& path : {sources.rootfs, sources.classes, sources.helper})
    BHSIM_TRY(present(path));
  BHSIM_ASSIGN(const auto jre, jre_image(engine, sources, progress));
  std::vector<engine::TarEntry> entries{dockerfile(jre.name)};
  // Volumes take owner and mode from the folder that they are mounted over.
  for (const auto* owned : {"classes", "state", "logs"})
    entries.push_back(folder(fmt::format("owned/{}", owned), 0755, kUser));
  BHSIM_ASSIGN(auto classes, engine::tar_folder(sources.classes, "rootfs/app/", 0, 0));
  std::move(classes.begin(), classes.end(), std::back_inserter(entries));
  BHSIM_ASSIGN(auto helper, helper_entry(sources.helper, "rootfs/"));
  entries.push_back(std::move(helper));
  return build(engine, "app", entries, progress);
}

Result<Image> helper_image(const engine::Client& engine, const ImageSources& sources,
                           const Progress& progress) {
  BHSIM_TRY(present(sources.helper));
  BHSIM_ASSIGN(auto helper, helper_entry(sources.helper, "rootfs/"));
  std::vector<engine::TarEntry> entries{
      {.path = "Dockerfile",
       .content = "FROM scratch\nCOPY rootfs/ /\nCOPY --chown=10001:10001 owned/ /\nUSER "
                  "10001:10001\nENTRYPOINT [\"/usr/local/bin/bhsim-helper\"]\n"},
      std::move(helper)};
  for (const auto* owned : {"classes", "state", "logs"})
    entries.push_back(folder(fmt::format("owned/{}", owned), 0755, kUser));
  entries.push_back(folder("rootfs/tmp", 01777, 0));
  entries.push_back(folder("rootfs/given", 0755, 0));
  return build(engine, "helper", entries, progress);
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
