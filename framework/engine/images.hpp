#pragma once
// Images: /build, /images/…

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/engine/client.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::engine {

struct BuildOptions {
  std::string tag;
  std::string dockerfile = "Dockerfile";  // in the context
  Labels labels;
  Nanos deadline = std::chrono::minutes(5);
  std::stop_token stop = {};  // ends the build, as cancelled
};

struct ListedImage {
  std::string id;
  std::vector<std::string> tags;
  std::int64_t bytes = 0;
};

// `context` is a tar stream with the Dockerfile. Never pulls. A failed step, told in-band after a
// 200, is an Error with the step's last output. `progress` gets the output of the build as it
// comes.
Result<std::string> build_image(const Client& client, std::string context,
                                const BuildOptions& options,
                                const std::function<void(std::string_view)>& progress = {});
// A file system as a tar stream → an image of one layer; the id.
Result<std::string> import_image(const Client& client, std::string tar, std::string_view repository,
                                 std::string_view tag, const std::vector<std::string>& changes = {},
                                 std::stop_token stop = {});
// One image from its registry: "latest" when the reference names no tag, since the engine would
// fetch all of them; the id.
Result<std::string> pull_image(const Client& client, std::string_view reference,
                               Nanos deadline = std::chrono::minutes(10),
                               std::stop_token stop = {});
// The answer, with Id and Config.User of the types of the API.
Result<nlohmann::json> inspect_image(const Client& client, std::string_view reference);
Result<nlohmann::json> image_history(const Client& client, std::string_view reference);
Result<void> tag_image(const Client& client, std::string_view reference,
                       std::string_view repository, std::string_view tag);
Result<std::vector<ListedImage>> list_images(const Client& client, std::string_view label);
Result<void> remove_image(const Client& client, std::string_view reference);  // absent is success

}  // namespace bhsim::engine
