#include "framework/engine/images.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::engine {
namespace {

// The engine's progress stream: JSON objects, one a line, split anywhere; a failure is told in it
// after a 200.
class ProgressReader {
 public:
  explicit ProgressReader(const std::function<void(std::string_view)>& progress)
      : progress_(progress) {}

  bool feed(std::string_view bytes) {
    pending_ += bytes;
    if (pending_.size() > kLongestLine) {
      error_ = "a progress line without end";
      return false;
    }
    std::size_t end = 0;
    while ((end = pending_.find('\n')) != std::string::npos) {
      take(pending_.substr(0, end));
      pending_.erase(0, end + 1);
    }
    return true;
  }

  void finish() { take(std::exchange(pending_, {})); }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& last_output() const { return last_output_; }

 private:
  static constexpr std::size_t kLongestLine = 4U << 20U;
  static constexpr std::size_t kKeptOutput = 2'000;

  void take(const std::string& line) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object()) return;
    if (const auto detail = nlohmann::json::json_pointer("/errorDetail/message");
        json.contains(detail))
      error_ = json[detail].is_string() ? json[detail].get<std::string>() : json[detail].dump();
    else if (json.contains("error"))
      error_ = json["error"].is_string() ? json["error"].get<std::string>() : "unknown";
    if (const auto id = nlohmann::json::json_pointer("/aux/ID"); json.contains(id))
      id_ = json[id].get<std::string>();
    if (json.contains("stream") && json["stream"].is_string()) {
      const auto text = json["stream"].get<std::string>();
      last_output_ += text;
      if (last_output_.size() > kKeptOutput)
        last_output_.erase(0, last_output_.size() - kKeptOutput);
      if (progress_) progress_(text);
    }
    // /images/create tells the new image as the status of its last line.
    if (json.contains("status") && json["status"].is_string()) {
      const auto status = json["status"].get<std::string>();
      if (status.starts_with("sha256:")) id_ = status;
    }
  }

  const std::function<void(std::string_view)>& progress_;
  std::string pending_, error_, id_, last_output_;
};

Result<std::string> run_to_image(const Client& client, const Request& request,
                                 const std::function<void(std::string_view)>& progress) {
  ProgressReader reader(progress);
  BHSIM_ASSIGN(const auto answer, client.call(request));
  reader.feed(answer.body);
  reader.finish();
  if (!reader.error().empty())
    return fail(ErrorCode::engine, "{}: {}; last output: {}", request.what, reader.error(),
                reader.last_output());
  if (reader.id().empty())
    return fail(ErrorCode::protocol, "{}: the engine told no image id", request.what);
  return reader.id();
}

}  // namespace

Result<std::string> build_image(const Client& client, std::string context,
                                const BuildOptions& options,
                                const std::function<void(std::string_view)>& progress) {
  Request request{.method = "POST",
                  .path = "/build",
                  .query = {{"t", options.tag},
                            {"dockerfile", options.dockerfile},
                            {"labels", nlohmann::json(options.labels).dump()},
                            {"rm", "1"},
                            {"forcerm", "1"},
                            {"networkmode", "none"}},
                  .body = std::move(context),
                  .content_type = "application/x-tar",
                  .deadline = options.deadline,
                  .what = "build image " + options.tag};
  return run_to_image(client, request, progress);
}

Result<std::string> import_image(const Client& client, std::string tar, std::string_view repository,
                                 std::string_view tag, const std::vector<std::string>& changes) {
  Request request{
      .method = "POST",
      .path = "/images/create",
      .query = {{"fromSrc", "-"}, {"repo", std::string(repository)}, {"tag", std::string(tag)}},
      .body = std::move(tar),
      .content_type = "application/x-tar",
      .deadline = std::chrono::minutes(5),
      .what = fmt::format("import image {}:{}", repository, tag)};
  for (const auto& change : changes) request.query.emplace_back("changes", change);
  return run_to_image(client, request, {});
}

Result<nlohmann::json> inspect_image(const Client& client, std::string_view reference) {
  return client.call_json({.path = fmt::format("/images/{}/json", reference),
                           .what = fmt::format("inspect image {}", reference)});
}

Result<nlohmann::json> image_history(const Client& client, std::string_view reference) {
  return client.call_json({.path = fmt::format("/images/{}/history", reference),
                           .what = fmt::format("history of image {}", reference)});
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
  const nlohmann::json filters{{"label", {label}}};
  BHSIM_ASSIGN(const auto json, client.call_json({.path = "/images/json",
                                                  .query = {{"filters", filters.dump()}},
                                                  .what = "list images"}));
  std::vector<ListedImage> images;
  for (const auto& item : json) {
    ListedImage image{
        .id = item.value("Id", ""), .tags = {}, .bytes = item.value("Size", std::int64_t{0})};
    if (item.contains("RepoTags") && item["RepoTags"].is_array())
      image.tags = item["RepoTags"].get<std::vector<std::string>>();
    images.push_back(std::move(image));
  }
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
