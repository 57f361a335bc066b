#include "framework/engine/images.hpp"

#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"

namespace bhsim::engine {
namespace {

// What the engine's progress stream tells: JSON objects, one a line; a failure comes in it after a
// 200.
class Progress {
 public:
  Progress(std::string what, const std::function<void(std::string_view)>& output)
      : what_(std::move(what)), output_(output) {}

  Result<bool> take(const nlohmann::json& line) {
    Fields fields(what_, line);
    const Field root = fields.root();
    // API 1.52 has errorDetail alone.
    const auto error = root["errorDetail"]["message"].text(root["error"].text());
    if (root["errorDetail"].present() || root["error"].present())
      error_ = error.empty() ? "an error without a message" : error;
    if (const auto id = root["aux"]["ID"].text(); !id.empty()) id_ = id;
    if (const auto text = root["stream"].text(); !text.empty()) take_output(text);
    // /images/create tells the new image as the status of its last line.
    if (const auto status = root["status"].text(); status.starts_with("sha256:")) id_ = status;
    BHSIM_TRY(fields.verdict());
    return true;
  }

  // Everything up to the end has been taken.
  [[nodiscard]] Result<void> outcome() const {
    if (error_)
      return fail(ErrorCode::engine, "{}: {}; last output: {}", what_, *error_, last_output_);
    return {};
  }
  // Empty when it was not told.
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  static constexpr std::size_t kKeptOutput = 2'000;

  void take_output(const std::string& text) {
    constexpr std::string_view kBuilt = "Successfully built ";
    // Engines before API 1.29 say it only so, and short.
    if (text.starts_with(kBuilt) && id_.empty())
      id_ = text.substr(kBuilt.size(), text.find_first_of("\r\n") - kBuilt.size());
    last_output_ += text;
    if (last_output_.size() > kKeptOutput) last_output_.erase(0, last_output_.size() - kKeptOutput);
    if (output_) output_(text);
  }

  std::string what_;
  const std::function<void(std::string_view)>& output_;
  std::optional<std::string> error_;
  std::string id_, last_output_;
};

Result<std::string> id_of(const Client& client, std::string_view reference) {
  BHSIM_ASSIGN(const auto image, inspect_image(client, reference));
  Fields fields(fmt::format("inspect image {}", reference), image);
  auto id = fields.root()["Id"].text();
  BHSIM_TRY(fields.verdict());
  return id;
}

// The id as the stream tells it; empty when it does not.
Result<std::string> follow_progress(const Client& client, const Request& request,
                                    const std::function<void(std::string_view)>& output) {
  Progress progress(request.what, output);
  BHSIM_TRY(stream_json(client, request,
                        [&](const nlohmann::json& line) { return progress.take(line); }, {}));
  BHSIM_TRY(progress.outcome());
  return progress.id();
}

Result<std::string> run_to_image(const Client& client, const Request& request,
                                 const std::function<void(std::string_view)>& output) {
  BHSIM_ASSIGN(auto id, follow_progress(client, request, output));
  if (id.empty()) return fail(ErrorCode::protocol, "{}: the engine told no image id", request.what);
  return id.starts_with("sha256:") ? Result<std::string>(std::move(id)) : id_of(client, id);
}

}  // namespace

Result<std::string> build_image(const Client& client, std::string context,
                                const BuildOptions& options,
                                const std::function<void(std::string_view)>& progress) {
  Request request{.method = "POST",
                  .path = "/build",
                  .body = std::move(context),
                  .content_type = "application/x-tar",
                  .deadline = options.deadline,
                  .what = "build image " + options.tag,
                  .stop = options.stop};
  BHSIM_ASSIGN(const auto labels, encode(request.what, nlohmann::json(options.labels)));
  request.query = {{"t", options.tag}, {"dockerfile", options.dockerfile},
                   {"labels", labels}, {"rm", "1"},
                   {"forcerm", "1"},   {"networkmode", "none"}};
  return run_to_image(client, request, progress);
}

Result<std::string> import_image(const Client& client, std::string tar, std::string_view repository,
                                 std::string_view tag, const std::vector<std::string>& changes,
                                 std::stop_token stop) {
  Request request{
      .method = "POST",
      .path = "/images/create",
      .query = {{"fromSrc", "-"}, {"repo", std::string(repository)}, {"tag", std::string(tag)}},
      .body = std::move(tar),
      .content_type = "application/x-tar",
      .deadline = std::chrono::minutes(5),
      .what = fmt::format("import image {}:{}", repository, tag),
      .stop = std::move(stop)};
  for (const auto& change : changes) request.query.emplace_back("changes", change);
  return run_to_image(client, request, {});
}

// "name", "name:tag" or "name@digest"; a colon before the last slash is a registry's port.
Result<std::string> pull_image(const Client& client, std::string_view reference, Nanos deadline,
                               std::stop_token stop) {
  std::string_view name = reference;
  std::string_view tag = "latest";
  const auto slash = reference.rfind('/');
  auto separator = reference.find('@');
  if (separator == std::string_view::npos)
    separator = reference.find(':', slash == std::string_view::npos ? 0 : slash);
  if (separator != std::string_view::npos) {
    name = reference.substr(0, separator);
    tag = reference.substr(separator + 1);
  }
  const Request request{.method = "POST",
                        .path = "/images/create",
                        .query = {{"fromImage", std::string(name)}, {"tag", std::string(tag)}},
                        .deadline = deadline,
                        .what = fmt::format("pull image {}", reference),
                        .stop = std::move(stop)};
  BHSIM_TRY(follow_progress(client, request, {}));
  return id_of(client, reference);
}

Result<nlohmann::json> inspect_image(const Client& client, std::string_view reference) {
  const auto what = fmt::format("inspect image {}", reference);
  BHSIM_ASSIGN(auto image,
               client.call_json({.path = fmt::format("/images/{}/json", reference), .what = what}));
  Fields fields(what, image);
  const Field root = fields.root();
  root["Id"].required().text();
  root["Config"]["User"].not_null().text();
  BHSIM_TRY(fields.verdict());
  return image;
}

Result<nlohmann::json> image_history(const Client& client, std::string_view reference) {
  const auto what = fmt::format("history of image {}", reference);
  BHSIM_ASSIGN(auto history, client.call_json({.path = fmt::format("/images/{}/history", reference),
                                               .what = what}));
  Fields fields(what, history);
  for (const auto& layer : fields.root().required().items()) layer["CreatedBy"].text();
  BHSIM_TRY(fields.verdict());
  return history;
}

Result<void> tag_image(const Client& client, std::string_view reference,
                       std::string_view repository, std::string_view tag) {
  BHSIM_TRY(client.call({.method = "POST",
                         .path = fmt::format("/images/{}/tag", reference),
                         .query = {{"repo", std::string(repository)}, {"tag", std::string(tag)}},
                         .what = fmt::format("tag image {}", reference)}));
  return {};
}

Result<std::vector<ListedImage>> list_images(const Client& client, std::string_view label) {
  Request request{.path = "/images/json", .what = "list images"};
  BHSIM_ASSIGN(const auto filters, label_filter(request.what, label));
  request.query = {{"filters", filters}};
  BHSIM_ASSIGN(const auto listed, client.call_json(request));
  Fields fields(request.what, listed);
  std::vector<ListedImage> images;
  for (const auto& item : fields.root().required().items())
    images.push_back({.id = item["Id"].required().text(),
                      .tags = item["RepoTags"].texts(),
                      .bytes = item["Size"].number()});
  BHSIM_TRY(fields.verdict());
  return images;
}

Result<void> remove_image(const Client& client, std::string_view reference) {
  auto removed = client.call({.method = "DELETE",
                              .path = fmt::format("/images/{}", reference),
                              .what = fmt::format("remove image {}", reference)});
  if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
  return {};
}

}  // namespace bhsim::engine
