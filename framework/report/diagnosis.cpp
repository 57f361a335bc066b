#include "framework/report/diagnosis.hpp"

#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/history/facts.hpp"
#include "framework/report/page.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using nlohmann::json;

// The members of an array of that name that are objects.
std::vector<json> objects(const json& fact, const char* name) {
  std::vector<json> found;
  const auto list = fact.find(name);
  if (list == fact.end() || !list->is_array()) return found;
  for (const auto& item : *list)
    if (item.is_object()) found.push_back(item);
  return found;
}

std::string link(const std::string& path) {
  const std::string name = escape_markup(path);
  return is_plain_path(path) ? fmt::format("<a href=\"../{0}\">{0}</a>", name) : name;
}

}  // namespace

std::optional<DiagnosisView> view_diagnosis(const history::History& history) {
  const auto fact = history.fact(history::fact::kDiagnosis);
  if (!fact || !fact->is_object()) return std::nullopt;
  DiagnosisView view;
  const auto text = [](const json& item, const char* name) {
    return item.value(name, std::string());
  };
  if (const auto reasons = fact->find("reasons"); reasons != fact->end() && reasons->is_array())
    for (const auto& reason : *reasons)
      if (reason.is_string()) view.reasons.push_back(reason.get<std::string>());
  for (const auto& item : objects(*fact, "look_first"))
    view.look_first.push_back({text(item, "what"), text(item, "file")});
  for (const auto& item : objects(*fact, "files"))
    view.files.push_back(
        {text(item, "path"), text(item, "what"), item.value("bytes", std::int64_t{0})});
  for (const auto& item : objects(*fact, "missing"))
    view.missing.push_back({text(item, "what"), text(item, "why")});
  return view;
}

std::string page_diagnosis(const Material& material) {
  const auto view = view_diagnosis(material.history);
  if (!view) return {};
  std::string html =
      "<section><h2 id=\"diagnosis\">What to look at first<small>kept because of what was seen "
      "when the load had ended</small></h2>\n<div class=\"card\">\n";
  for (const auto& reason : view->reasons)
    html += fmt::format("<p>{}</p>\n", escape_markup(sentence(reason)));
  html += "<ol>\n";
  for (const auto& [what, file] : view->look_first)
    html +=
        fmt::format("<li>{}{}</li>\n", file.empty() ? "" : link(file) + ": ", escape_markup(what));
  html += "</ol>\n<dl class=\"facts\">\n";
  for (const auto& file : view->files)
    html += fmt::format("<dt>{}</dt><dd>{} ({})</dd>\n", link(file.path), escape_markup(file.what),
                        format_size(file.bytes));
  for (const auto& lacking : view->missing)
    html += fmt::format("<dt>not there</dt><dd>{}: {}</dd>\n", escape_markup(lacking.what),
                        escape_markup(lacking.why));
  return html + "</dl></div></section>\n";
}

}  // namespace bhsim::report
