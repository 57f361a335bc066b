#include "framework/load/expectation.hpp"

#include <algorithm>
#include <charconv>

#include "framework/load/json_scan.hpp"

namespace bhsim::load {
namespace {

bool is_number(std::string_view raw, std::uint64_t expected) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return code == std::errc{} && end == raw.data() + raw.size() && value == expected;
}

// "w07", compared without building it.
bool is_writer(std::string_view raw, std::uint32_t writer) {
  if (raw.size() < 3 || raw[0] != 'w' || (raw.size() > 3 && raw[1] == '0')) return false;
  return is_number(raw[1] == '0' ? raw.substr(2) : raw.substr(1), writer);
}

bool is_record(std::string_view body, const RequestValues& values,
               const std::vector<std::string>& skus) {
  unsigned seen = 0;
  bool same = true;
  const bool is_json =
      JsonScanner(body).members([&](std::string_view key, JsonType type, std::string_view raw) {
        if (key == "writer") {
          seen |= 1U;
          same = same && type == JsonType::string && is_writer(raw, values.writer);
        } else if (key == "sequence") {
          seen |= 2U;
          same = same && type == JsonType::number && is_number(raw, values.sequence);
        } else if (key == "sku") {
          seen |= 4U;
          same = same && type == JsonType::string && raw == skus[values.record.sku];
        } else if (key == "quantity") {
          seen |= 8U;
          same = same && type == JsonType::number &&
                 is_number(raw, static_cast<std::uint64_t>(values.record.quantity));
        }
      });
  return is_json && same && seen == 15U;
}

bool captures_from_body(const Operation& op) {
  return std::any_of(op.captures.begin(), op.captures.end(),
                     [](const Capture& capture) { return capture.from == Capture::From::json; });
}

}  // namespace

std::size_t index_of_header(WantedHeaders& wanted, std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto found = std::find(wanted.begin(), wanted.end(), name);
  if (found != wanted.end()) return static_cast<std::size_t>(found - wanted.begin());
  wanted.push_back(std::move(name));
  return wanted.size() - 1;
}

CompiledExpectation::CompiledExpectation(const Operation& op,
                                         const std::vector<std::string>& classes,
                                         WantedHeaders& wanted)
    : expect_(op.expect),
      ledger_(op.ledger),
      keep_body_(op.expect.looks_at_body() || op.ledger == LedgerRole::read ||
                         captures_from_body(op)
                     ? ResponseParser::Body::keep
                     : ResponseParser::Body::skip) {
  for (const auto& [name, value] : expect_.headers)
    header_index_.push_back(index_of_header(wanted, name));
  for (const VersionHeader& version : op.versions) {
    const auto found = std::find(classes.begin(), classes.end(), version.class_name);
    versions_.push_back({static_cast<std::uint32_t>(found - classes.begin()),
                         index_of_header(wanted, version.header)});
  }
}

bool CompiledExpectation::headers_hold(const ResponseParser& response) const {
  for (std::size_t i = 0; i < header_index_.size(); ++i) {
    if (!response.has_header(header_index_[i]) ||
        response.header(header_index_[i]) != expect_.headers[i].second) {
      return false;
    }
  }
  return true;
}

bool CompiledExpectation::body_holds(std::string_view body) const {
  if (!expect_.body_contains.empty() && body.find(expect_.body_contains) == std::string_view::npos)
    return false;
  if (expect_.json.empty()) return true;
  std::uint64_t seen = 0;
  bool typed = true;
  const bool is_json =
      JsonScanner(body).members([&](std::string_view key, JsonType type, std::string_view) {
        for (std::size_t i = 0; i < expect_.json.size(); ++i) {
          if (expect_.json[i].first != key) continue;
          seen |= std::uint64_t{1} << i;
          typed =
              typed && (expect_.json[i].second == JsonType::any || expect_.json[i].second == type);
        }
      });
  const std::uint64_t all =
      expect_.json.size() >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << expect_.json.size()) - 1;
  return is_json && typed && seen == all;
}

Judgement CompiledExpectation::judge(const ResponseParser& response, const RequestValues& values,
                                     const std::vector<std::string>& skus) const {
  Judgement judgement;
  if (response.status() != expect_.status) {
    judgement.outcome = Outcome::bad_status;
    judgement.lost_candidate = ledger_ == LedgerRole::read && response.status() == 404;
  } else if (ledger_ == LedgerRole::read && !is_record(response.body(), values, skus)) {
    judgement.outcome = Outcome::bad_body;
    judgement.altered = true;
  } else if (!headers_hold(response) || !body_holds(response.body())) {
    judgement.outcome = Outcome::bad_body;
  }
  return judgement;
}

std::string CompiledExpectation::explain(const ResponseParser& response,
                                         const Judgement& judgement) const {
  if (judgement.outcome == Outcome::bad_status) {
    return fmt::format("status {}, expected {}", response.status(), expect_.status);
  }
  std::string body(response.body().substr(0, 120));
  for (char& c : body) {
    if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > 126) c = '.';
  }
  if (judgement.altered) return fmt::format("not the record that was acknowledged: {}", body);
  if (!headers_hold(response)) return "a response header is not as expected";
  return fmt::format("the body is not as expected ({} bytes): {}", response.body_bytes(), body);
}

std::optional<std::int64_t> generation_of(std::string_view value) {
  std::size_t begin = value.size();
  while (begin > 0 && value[begin - 1] >= '0' && value[begin - 1] <= '9') --begin;
  std::int64_t generation = 0;
  const auto [end, code] =
      std::from_chars(value.data() + begin, value.data() + value.size(), generation);
  if (begin == value.size() || code != std::errc{} || end != value.data() + value.size())
    return std::nullopt;
  return generation;
}

}  // namespace bhsim::load
