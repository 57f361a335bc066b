#include "framework/report/formats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "framework/report/load_view.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class FormatsTest : public ::testing::Test {
 protected:
  FormatsTest() : history_(run_.builder().build()), load_(view_load(history_)) {}
  std::string render(std::string (*reporter)(const Material&), const checks::RunVerdict& verdict) {
    return reporter({"runs/x", plan_, history_, verdict, load_});
  }

  SampleRun run_{120};
  const history::History history_;
  const LoadView load_;
  const config::Plan plan_ = run_.plan();
};

TEST_F(FormatsTest, JUnit_OnlyWhatDecidesIsRed) {
  const auto xml = render(render_junit, run_.failing());
  EXPECT_THAT(xml, HasSubstr("tests=\"13\" failures=\"2\" errors=\"1\" skipped=\"4\""));
  EXPECT_THAT(
      xml, HasSubstr("<failure message=\"3 requests failed while PricingService was redefined\">"));
  EXPECT_THAT(xml,
              HasSubstr("<error message=\"inconclusive: only 3 forced collections; 8 needed\">"));
  EXPECT_THAT(xml,
              HasSubstr("<skipped message=\"advisory, failed: recovery took 41 s on average\">"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"not applicable: "));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"waived: "));
}

TEST_F(FormatsTest, JUnit_InvalidRunIsRedEvenWhenEveryCheckPassed) {
  auto verdict = run_.passing();
  EXPECT_THAT(render(render_junit, verdict), HasSubstr("failures=\"0\" errors=\"0\""));
  verdict.status = checks::RunStatus::invalid;
  verdict.because = "12 rows were dropped";
  EXPECT_THAT(render(render_junit, verdict),
              HasSubstr("<error message=\"12 rows were dropped\"/>"));
}

TEST_F(FormatsTest, Markdown_HasVerdictNumbersAndFailures) {
  const auto text = render(render_markdown, run_.failing());
  EXPECT_THAT(text, HasSubstr("## ❌ FAIL · bhsim production"));
  EXPECT_THAT(text, HasSubstr("### Failed"));
  EXPECT_THAT(text,
              HasSubstr("| **LOAD-02** No request dropped by a redefinition | 3 requests failed"));
  EXPECT_THAT(text, Not(HasSubstr("PERF-04")));
}

TEST_F(FormatsTest, Json_HoldsLoadPhasesAndChecks) {
  const auto report = json::parse(render(render_json, run_.failing()));
  EXPECT_EQ(report.at("verdict").at("exit_code"), 1);
  EXPECT_EQ(report.at("checks").size(), 13U);
  EXPECT_EQ(report.at("phases").at(2).at("name"), "steady");
  std::int64_t sum = 0;
  for (const auto& [name, n] : report.at("load").at("outcomes").items())
    sum += n.get<std::int64_t>();
  EXPECT_EQ(sum, report.at("load").at("planned").get<std::int64_t>());
}

// The part of JSON Schema that the report's schema uses: type, enum, const, required, properties,
// additionalProperties, items, $ref within the file.
class Schema {
 public:
  explicit Schema(json root) : root_(std::move(root)) {}
  void check(const json& value) { check(root_, value, "$"); }
  std::vector<std::string> problems;

 private:
  static bool is(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == "null" && value.is_null();
  }

  void check(json schema, const json& value, const std::string& where) {
    if (schema.contains("$ref"))
      schema = root_.at(json::json_pointer(schema.at("$ref").get<std::string>().substr(1)));
    if (schema.contains("type")) {
      const auto& type = schema.at("type");
      bool fits = false;
      for (const auto& one : type.is_array() ? type : json::array({type}))
        fits = fits || is(value, one);
      if (!fits) problems.push_back(where + " has the wrong type");
    }
    if (schema.contains("const") && value != schema.at("const"))
      problems.push_back(where + " is not the constant");
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      problems.push_back(where + " is none of the words: " + value.dump());
    for (const auto& name : schema.value("required", json::array())) {
      if (value.is_object() && !value.contains(name))
        problems.push_back(where + " lacks " + name.get<std::string>());
    }
    const auto properties = schema.value("properties", json::object());
    if (value.is_object() && schema.contains("properties")) {
      for (const auto& [key, inner] : value.items()) {
        if (properties.contains(key)) {
          check(properties.at(key), inner, where + "." + key);
        } else if (!schema.value("additionalProperties", true)) {
          problems.push_back(where + " has the unknown " + key);
        }
      }
    }
    if (value.is_array() && schema.contains("items")) {
      for (const auto& inner : value) check(schema.at("items"), inner, where + "[]");
    }
  }

  json root_;
};

TEST_F(FormatsTest, Json_FollowsItsSchema) {
  Schema schema(
      json::parse(*read_file(Path(BHSIM_SOURCE_DIR) / "configs/schema/report.schema.json")));
  for (const auto& verdict : {run_.failing(), run_.passing()})
    schema.check(json::parse(render(render_json, verdict)));
  EXPECT_THAT(schema.problems, ::testing::IsEmpty());
}

TEST_F(FormatsTest, Schema_RefusesAReportThatIsNone) {
  Schema schema(
      json::parse(*read_file(Path(BHSIM_SOURCE_DIR) / "configs/schema/report.schema.json")));
  schema.check({{"format", 2}});
  EXPECT_FALSE(schema.problems.empty());
}

}  // namespace
}  // namespace bhsim::report
