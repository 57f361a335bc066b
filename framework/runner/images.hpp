#pragma once
// The images of a run, made without a registry from what the build left, through the Engine API.
// Named by their content: what is there already is used again.

#include <functional>
#include <string>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"

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

using Progress = std::function<void(const std::string& line)>;

// bhsim's own application on the JRE: non-root, with a health check that needs no shell.
Result<Image> application_image(const engine::Client& engine, const ImageSources& sources,
                                const Progress& progress);
// The helper alone, on an empty base: side-cars and the holder.
Result<Image> helper_image(const engine::Client& engine, const ImageSources& sources,
                           const Progress& progress);
// An image that a user names: it must be there, since bhsim pulls nothing by itself.
Result<Image> named_image(const engine::Client& engine, const std::string& reference);

}  // namespace bhsim::runner
