#pragma once
// The images of a run, made without a registry from what the build left, through the Engine API.
// Named by their content: what is there already is used again.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"
#include "framework/engine/tar.hpp"

namespace bhsim::runner {

// Images are kept between runs; `bhsim clean --images` removes what carries this label.
inline constexpr std::string_view kImageLabel = "bhsim.image";

struct Image {
  std::string id;     // "sha256:…": what containers are made from
  std::string name;   // "bhsim/app:3f2a…": for people
  bool made = false;  // false: it was there
};

// Where the build put things (command.hpp, docker_root()).
struct ImageSources {
  Path rootfs;   // docker/base/rootfs: the JRE
  Path classes;  // docker/app/classes
  Path helper;   // docker/helper/bhsim-helper
};
ImageSources image_sources(const Path& docker);

// What an image is built from: a Dockerfile and the files that it copies. They depend on what was
// built alone, not on who built it, when, or in which folder.
using Files = std::vector<engine::TarEntry>;
Result<Files> jre_files(const ImageSources& sources);
Result<Files> application_files(const ImageSources& sources, std::string_view base);
// The address of a build context: equal entries, equal address. One file at a time is read.
Result<std::string> address_of(const std::vector<engine::TarEntry>& entries);

using Progress = std::function<void(const std::string& line)>;

// bhsim's own application on the JRE: non-root, with a health check that needs no shell.
Result<Image> application_image(const engine::Client& engine, const ImageSources& sources,
                                const Progress& progress);
// The helper alone, on an empty base: side-cars and the holder, of our own application.
Result<Image> helper_image(const engine::Client& engine, const ImageSources& sources,
                           const Progress& progress);
// The same beside an application that runs as `user` ("1000:1000"): a volume for which that
// application's image has no folder takes its owner from the helper's.
Result<Image> helper_image_for(const std::string& user, const engine::Client& engine,
                               const ImageSources& sources, const Progress& progress);
// An image that a user names: it must be there, since bhsim pulls nothing by itself.
Result<Image> named_image(const engine::Client& engine, const std::string& reference);

}  // namespace bhsim::runner
