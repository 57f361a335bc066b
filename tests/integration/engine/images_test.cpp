// Point 5: builds, imports and pulls that fail after a 200.

#include "framework/engine/images.hpp"

#include "engine_test.hpp"

namespace bhsim::test {
namespace {

struct ImagesTest : EngineTest {
  Result<std::string> build(const std::function<void(std::string_view)>& progress = {}) {
    const auto client = engine.client();
    return engine::build_image(client, "tar", {.tag = "app:1", .labels = {{"bhsim.image", "app"}}},
                               progress);
  }
  void build_says(const std::string& lines) {
    engine.expect("POST /build",
                  split(chunked_head() + chunk(lines) + std::string(kLastChunk), 13));
  }
};

TEST_F(ImagesTest, Build_GivesItsIdAndItsOutput) {
  build_says(
      "{\"stream\":\"Step 1/1\\n\"}\r\n{\"aux\":{\"ID\":\"sha256:abc\"}}\r\n"
      "{\"stream\":\"Successfully built abc\\n\"}\r\n");
  std::string output;
  const auto id = build([&output](std::string_view text) { output += text; });
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(*id, "sha256:abc");
  EXPECT_EQ(output, "Step 1/1\nSuccessfully built abc\n");
  const auto asked = engine.last();
  EXPECT_EQ(asked.body, "tar");
  EXPECT_EQ(asked.parameter("t"), "app:1");
  EXPECT_EQ(asked.parameter("labels"), R"({"bhsim.image":"app"})");
  EXPECT_EQ(asked.parameter("pull"), std::nullopt);
}
TEST_F(ImagesTest, BuildOfAnOldEngine_TellsTheIdInItsOutputAlone) {
  build_says("{\"stream\":\"Successfully built 0123456789ab\\n\"}\n");
  engine.expect("GET /images/0123456789ab/json",
                say(http(200, R"({"Id":"sha256:0123456789abcdef"})")));
  EXPECT_EQ(build().value(), "sha256:0123456789abcdef");
}
TEST_F(ImagesTest, FailureAfterA200_IsAnErrorWithTheLastOutput) {
  for (const auto* failure :
       {R"({"errorDetail":{"code":1,"message":"RUN returned 1"},"error":"RUN returned 1"})",
        R"({"errorDetail":{"message":"RUN returned 1"}})", R"({"error":"RUN returned 1"})"}) {
    build_says(fmt::format("{{\"stream\":\"no such file\\n\"}}\n{}\n", failure));
    const auto built = build();
    EXPECT_TRUE(fails_as(built, ErrorCode::engine, "RUN returned 1")) << failure;
    EXPECT_TRUE(fails_as(built, ErrorCode::engine, "no such file")) << failure;
  }
}
TEST_F(ImagesTest, FailureWithoutWords_IsAnErrorAllTheSame) {
  build_says(R"({"aux":{"ID":"sha256:abc"}})"
             "\n"
             R"({"errorDetail":{}})");
  EXPECT_TRUE(fails_as(build(), ErrorCode::engine, "without a message"));
}
TEST_F(ImagesTest, BuildThatTellsNoId_IsAnError) {
  build_says(R"({"stream":"Step 1/1"})");
  EXPECT_TRUE(fails_as(build(), ErrorCode::protocol, "no image id"));
}
TEST_F(ImagesTest, BuildCutAfterItsId_IsAnError) {
  engine.expect("POST /build",
                cut_after(chunked_head() + chunk("{\"aux\":{\"ID\":\"sha256:abc\"}}\n")));
  EXPECT_TRUE(fails_as(build(), ErrorCode::protocol, "build image app:1"));
}
TEST_F(ImagesTest, ProgressOfWrongTypes_IsAnError) {
  for (const auto* wrong : {R"({"aux":{"ID":7}})", R"({"stream":[]})", R"({"errorDetail":"x"})",
                            "7", "{\"stream\":", R"({"status":1})"}) {
    build_says(wrong);
    EXPECT_TRUE(fails_as(build(), ErrorCode::protocol, "build image app:1")) << wrong;
  }
}

TEST_F(ImagesTest, Import_GivesItsId) {
  engine.expect("POST /images/create", say(http(200, "{\"status\":\"sha256:abc\"}\r\n")));
  EXPECT_EQ(engine::import_image(engine.client(), "tar", "jre", "1", {"CMD [\"x\"]"}).value(),
            "sha256:abc");
  const auto asked = engine.last();
  EXPECT_EQ(asked.parameter("fromSrc"), "-");
  EXPECT_EQ(asked.parameter("repo"), "jre");
  EXPECT_EQ(asked.parameter("changes"), "CMD [\"x\"]");
  EXPECT_EQ(asked.body, "tar");
}
TEST_F(ImagesTest, ImportThatFailsAfterA200_IsAnError) {
  engine.expect("POST /images/create",
                say(http(200, R"({"errorDetail":{"message":"no space left on device"}})")));
  EXPECT_TRUE(fails_as(engine::import_image(engine.client(), "tar", "jre", "1"), ErrorCode::engine,
                       "no space left"));
}

TEST_F(ImagesTest, Pull_AlwaysNamesATag) {
  struct Case {
    const char *reference, *name, *tag;
  };
  const auto client = engine.client();
  for (const auto& [reference, name, tag] :
       {Case{"app", "app", "latest"}, Case{"app:2", "app", "2"},
        Case{"host:5000/app", "host:5000/app", "latest"},
        Case{"host:5000/app:2", "host:5000/app", "2"}, Case{"app@sha256:ab", "app", "sha256:ab"}}) {
    engine.expect("POST /images/create", say(http(200, "{\"status\":\"Pulling\"}\n")))
        .expect(fmt::format("GET /images/{}/json", reference),
                say(http(200, R"({"Id":"sha256:abc"})")));
    EXPECT_EQ(engine::pull_image(client, reference).value(), "sha256:abc");
    const auto asked = engine.asked();
    EXPECT_EQ(asked[asked.size() - 2].parameter("fromImage"), name);
    EXPECT_EQ(asked[asked.size() - 2].parameter("tag"), tag);
  }
}
TEST_F(ImagesTest, PullThatFailsAfterA200_IsAnError) {
  engine.expect(
      "POST /images/create",
      say(http(200, "{\"status\":\"Pulling\"}\n{\"errorDetail\":{\"message\":\"EOF\"}}")));
  EXPECT_TRUE(fails_as(engine::pull_image(engine.client(), "app"), ErrorCode::engine, "EOF"));
}

TEST_F(ImagesTest, List_TagsMayBeNull) {
  engine.expect(
      "GET /images/json",
      say(http(200, R"([{"Id":"a","RepoTags":null,"Size":7},{"Id":"b","RepoTags":["x:1"]}])")));
  const auto images = engine::list_images(engine.client(), "bhsim.image");
  ASSERT_TRUE(images) << images.error().message;
  EXPECT_TRUE(images->at(0).tags.empty());
  EXPECT_EQ(images->at(0).bytes, 7);
  EXPECT_EQ(images->at(1).tags, std::vector<std::string>{"x:1"});
}
TEST_F(ImagesTest, RemoveOfAnAbsentOne_IsSuccess) {
  engine.expect("DELETE /images/x", say(http(404, "{}")))
      .expect("DELETE /images/x", say(http(409, R"({"message":"in use"})")));
  const auto client = engine.client();
  EXPECT_TRUE(engine::remove_image(client, "x"));
  EXPECT_TRUE(fails_as(engine::remove_image(client, "x"), ErrorCode::conflict, "in use"));
}
TEST_F(ImagesTest, HistoryAndTag_AskWhatTheApiSays) {
  engine.expect("GET /images/x/history", say(http(200, R"([{"CreatedBy":"COPY"}])")))
      .expect("POST /images/x/tag", say(http(201, "")));
  const auto client = engine.client();
  EXPECT_EQ(engine::image_history(client, "x").value().size(), 1U);
  EXPECT_TRUE(engine::tag_image(client, "x", "repo", "2"));
  EXPECT_EQ(engine.last().parameter("tag"), "2");
}

}  // namespace
}  // namespace bhsim::test
