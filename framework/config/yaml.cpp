#include "framework/config/yaml.hpp"

#include <yaml-cpp/yaml.h>
// eventhandler.h needs the names above first.
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <tuple>

#include "framework/base/nearest.hpp"
#include "framework/base/units.hpp"

namespace bhsim::config {
namespace {

// Leaves yaml-cpp's event loop; never leaves this file.
struct Refused {
  Place place;
  std::string what;
};

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::string at(const std::string& name, Place place, std::string_view what) {
  return fmt::format("{}:{}:{}: {}", name, place.line, place.column, what);
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t total = 1;
  for (const auto& item : node.items) total += count_nodes(item);
  for (const auto& [key, value] : node.entries) total += 1 + count_nodes(value);
  return total;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t deepest = 0;
  for (const auto& item : node.items) deepest = std::max(deepest, depth_of(item));
  for (const auto& [key, value] : node.entries) deepest = std::max(deepest, depth_of(value));
  return deepest + 1;
}

// Builds the tree from events, within the bounds of the header. An alias becomes a copy, so that no
// later reader has to think of sharing, and the bound on nodes is a bound on what aliases can blow
// up to.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.place = place_of(mark);
    add(std::move(node), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.place = place_of(mark);
    node.kind = YamlKind::scalar;
    node.text = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    refuse_tag(tag, node.place);
    // The words that YAML itself takes for "nothing".
    if (!node.quoted && (value == "~" || value == "null" || value == "Null" || value == "NULL"))
      node.kind = YamlKind::null;
    add(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw Refused{place_of(mark), "an alias inside what it stands for; write it out"};
    nodes_ += count_nodes(found->second) - 1;
    if (open_.size() + depth_of(found->second) > kYamlDepthMax) refuse_depth(place_of(mark));
    YamlNode copy = found->second;
    copy.place = place_of(mark);
    add(std::move(copy), 0);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlKind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlKind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;  // of a mapping: read, its value not yet
    YAML::anchor_t anchor = 0;
  };

  [[noreturn]] static void refuse_depth(Place place) {
    throw Refused{place, fmt::format("more than {} levels of nesting", kYamlDepthMax)};
  }
  static void refuse_tag(const std::string& tag, Place place) {
    if (!tag.empty() && tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str")
      throw Refused{place, fmt::format("the tag '{}' means nothing here; leave it out", tag)};
  }

  void begin(YamlKind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    Open open;
    open.node.kind = kind;
    open.node.place = place_of(mark);
    open.anchor = anchor;
    refuse_tag(tag, open.node.place);
    if (open_.size() + 1 > kYamlDepthMax) refuse_depth(open.node.place);
    open_.push_back(std::move(open));
  }

  void end() {
    Open open = std::move(open_.back());
    open_.pop_back();
    add(std::move(open.node), open.anchor);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (++nodes_ > kYamlNodesMax)
      throw Refused{node.place,
                    fmt::format("more than {} values, aliases written out", kYamlNodesMax)};
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlKind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, std::move(node));
    } else {
      // A missing value has no place of its own worth showing: it is where the key is.
      if (node.kind == YamlKind::null) node.place = parent.key->place;
      parent.node.entries.push_back({std::move(*parent.key), std::move(node)});
      parent.key.reset();
    }
  }

  static void take_key(Open& parent, YamlNode key) {
    if (key.kind != YamlKind::scalar) throw Refused{key.place, "a key must be a plain word"};
    for (const auto& [other, value] : parent.node.entries)
      if (other.text == key.text)
        throw Refused{key.place, fmt::format("the key '{}' stands here twice; first in line {}",
                                             key.text, other.place.line)};
    parent.key = std::move(key);
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
};

std::string_view kind_word(const YamlNode& node) {
  switch (node.kind) {
    case YamlKind::null:
      return "nothing";
    case YamlKind::scalar:
      return "a value";
    case YamlKind::sequence:
      return "a list";
    case YamlKind::mapping:
      return "a mapping";
  }
  return "something";
}

std::string found(const YamlNode& node) {
  return node.kind == YamlKind::scalar ? fmt::format("'{}'", node.text)
                                       : std::string(kind_word(node));
}

std::string expected_words(const std::vector<std::string>& words) {
  return words.size() == 1 ? fmt::format("'{}'", words[0])
                           : fmt::format("one of {}", fmt::join(words, ", "));
}

std::string suggestion(std::string_view word, const std::vector<std::string>& words) {
  if (const auto close = nearest(word, words)) return fmt::format("; did you mean '{}'?", *close);
  return words.empty() ? "" : fmt::format("; known are {}", fmt::join(words, ", "));
}

}  // namespace

Result<YamlNode> parse_yaml(std::string_view text, const std::string& name) {
  const auto refuse = [&name](Place place, std::string_view what) {
    return fail(ErrorCode::config, "{}", at(name, place, what));
  };
  if (text.size() > kYamlBytesMax)
    return fail(ErrorCode::config, "{}: larger than {}", name, format_size(kYamlBytesMax));
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    const auto line =
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
    return refuse({static_cast<int>(line) + 1, 1}, "a NUL byte; is this a YAML file?");
  }
  std::istringstream stream{std::string(text)};
  TreeBuilder builder;
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return refuse({}, "the file is empty");
    YamlNode root = builder.take();
    TreeBuilder second;
    if (parser.HandleNextDocument(second)) {
      return refuse(second.take().place, "a second document; one file holds one");
    }
    return root;
  } catch (const Refused& refused) {
    return refuse(refused.place, refused.what);
  } catch (const YAML::Exception& error) {
    const Place place = error.mark.is_null() ? Place{} : place_of(error.mark);
    return refuse(place, fmt::format("not YAML: {}", error.msg));
  } catch (const std::exception& error) {
    return refuse({}, fmt::format("not YAML: {}", error.what()));
  }
}

Result<std::string> read_yaml_text(const Path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    return fail(ErrorCode::config, "read {}: it is a folder, not a file", path.string());
  return read_file(path, kYamlBytesMax);
}

Result<YamlFile> YamlFile::from_text(std::string_view text, std::string name) {
  BHSIM_ASSIGN(YamlNode tree, parse_yaml(text, name));
  YamlFile file;
  file.name_ = std::move(name);
  file.text_ = text;
  file.tree_ = std::make_shared<const YamlNode>(std::move(tree));
  return file;
}

YamlReader YamlFile::root(std::string what) {
  if (tree_->kind != YamlKind::mapping) {
    complain(tree_->place, fmt::format("found {}, expected {}: a mapping of keys to values",
                                       found(*tree_), what));
    return {this, nullptr, std::move(what)};
  }
  return {this, tree_.get(), std::move(what)};
}

void YamlFile::complain(Place place, std::string what) {
  if (complaints_.size() >= kComplaintsMax) {
    ++more_complaints_;
    return;
  }
  // It quotes what stands in the file, and ends on somebody's terminal.
  for (char& c : what)
    if ((c >= 0 && c < ' ') || c == 0x7f) c = '?';
  constexpr std::size_t kLongest = 500;
  if (what.size() > kLongest) what = what.substr(0, kLongest) + "…";
  complaints_.emplace_back(place, std::move(what));
}

Result<void> YamlFile::finish() const {
  if (complaints_.empty()) return {};
  auto sorted = complaints_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.line, a.first.column) < std::tie(b.first.line, b.first.column);
  });
  std::string message;
  for (const auto& [place, what] : sorted)
    message += (message.empty() ? "" : "\n") + at(name_, place, what);
  if (more_complaints_ > 0) message += fmt::format("\n{}: and {} more", name_, more_complaints_);
  return fail(ErrorCode::config, "{}", message);
}

YamlReader::YamlReader(YamlFile* file, const YamlNode* node, std::string what)
    : file_(file), node_(node), what_(std::move(what)) {}

const YamlNode* YamlReader::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  if (node_ == nullptr) return nullptr;
  for (const auto& [name, value] : node_->entries)
    if (name.text == key) return &value;
  return nullptr;
}

bool YamlReader::has(std::string_view key) { return find(key) != nullptr; }

Place YamlReader::place() const { return node_ == nullptr ? Place{} : node_->place; }

Place YamlReader::place(std::string_view key) const {
  if (node_ != nullptr)
    for (const auto& [name, value] : node_->entries)
      if (name.text == key) return value.place;
  return place();
}

void YamlReader::missing(std::string_view key, std::string_view expected) {
  // An empty reader has been complained about already.
  if (node_ != nullptr)
    complain(node_->place, fmt::format("{} lacks '{}': {}", what_, key, expected));
}

const YamlNode* YamlReader::scalar(std::string_view key, std::string_view expected, Need need) {
  const YamlNode* node = find(key);
  if (node == nullptr) {
    if (need == Need::required) missing(key, expected);
    return nullptr;
  }
  if (node->kind == YamlKind::scalar) return node;
  complain(node->place, fmt::format("{}: found {}, expected {}", key, kind_word(*node), expected));
  return nullptr;
}

template <typename T, typename Convert>
T YamlReader::get(std::string_view key, std::string_view expected, Need need, T fallback,
                  const Convert& convert) {
  const YamlNode* node = scalar(key, expected, need);
  if (node == nullptr) return fallback;
  if (std::optional<T> value = convert(*node)) return *std::move(value);
  complain(node->place, fmt::format("{}: found '{}', expected {}", key, node->text, expected));
  return fallback;
}

std::string YamlReader::text_as(std::string_view key, Need need, std::string fallback) {
  return get(key, "a text", need, std::move(fallback), [](const YamlNode& node) {
    return node.text.empty() ? std::nullopt : std::optional(node.text);
  });
}
std::string YamlReader::text(std::string_view key) { return text_as(key, Need::required, {}); }
std::string YamlReader::text(std::string_view key, std::string fallback) {
  return text_as(key, Need::optional, std::move(fallback));
}

std::string YamlReader::word_as(std::string_view key, const std::vector<std::string>& words,
                                Need need, std::string fallback) {
  const auto* node = scalar(key, expected_words(words), need);
  if (node == nullptr) return fallback;
  if (check_word(key, *node, words)) return node->text;
  return fallback;
}
std::string YamlReader::word(std::string_view key, const std::vector<std::string>& words) {
  return word_as(key, words, Need::required, {});
}
std::string YamlReader::word(std::string_view key, const std::vector<std::string>& words,
                             std::string fallback) {
  return word_as(key, words, Need::optional, std::move(fallback));
}

bool YamlReader::check_word(std::string_view key, const YamlNode& node,
                            const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), node.text) != words.end()) return true;
  const auto close = nearest(node.text, words);
  complain(node.place,
           fmt::format("{}: found '{}', expected {}{}", key, node.text, expected_words(words),
                       close ? fmt::format("; did you mean '{}'?", *close) : ""));
  return false;
}

std::vector<std::string> YamlReader::words(std::string_view key,
                                           const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const YamlNode* item : scalars(key, expected_words(words)))
    if (check_word(key, *item, words)) out.push_back(item->text);
  return out;
}

namespace {

// The whole of `text` as a number of that type, or nothing.
template <typename T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

template <typename T>
auto in_range(T from, T to) {
  return [from, to](const YamlNode& node) -> std::optional<T> {
    const auto value = node.quoted ? std::nullopt : parse_number<T>(node.text);
    if (!value || !(*value >= from && *value <= to)) return std::nullopt;
    return value;
  };
}

template <typename T>
auto by(Result<T> (*parse)(std::string_view)) {
  return [parse](const YamlNode& node) -> std::optional<T> {
    const auto value = parse(node.text);
    return value ? std::optional<T>(*value) : std::nullopt;
  };
}

std::optional<bool> parse_boolean(const YamlNode& node) {
  if (node.quoted) return std::nullopt;
  if (node.text == "true") return true;
  if (node.text == "false") return false;
  return std::nullopt;
}

constexpr std::string_view kDuration = "a duration such as 500ms, 5s, 10m, 4h or 1h30m";
constexpr std::string_view kRate = "a rate such as 1000/s or 10/m";
constexpr std::string_view kShare = "a share such as 5% or 0.05";

}  // namespace

std::int64_t YamlReader::integer(std::string_view key, std::int64_t from, std::int64_t to) {
  return get(key, fmt::format("a whole number from {} to {}", from, to), Need::required, from,
             in_range(from, to));
}
std::int64_t YamlReader::integer(std::string_view key, std::int64_t from, std::int64_t to,
                                 std::int64_t fallback) {
  return get(key, fmt::format("a whole number from {} to {}", from, to), Need::optional, fallback,
             in_range(from, to));
}
double YamlReader::number(std::string_view key, double from, double to) {
  return get(key, fmt::format("a number from {} to {}", from, to), Need::required, from,
             in_range(from, to));
}
double YamlReader::number(std::string_view key, double from, double to, double fallback) {
  return get(key, fmt::format("a number from {} to {}", from, to), Need::optional, fallback,
             in_range(from, to));
}
bool YamlReader::boolean(std::string_view key) {
  return get(key, "true or false", Need::required, false, parse_boolean);
}
bool YamlReader::boolean(std::string_view key, bool fallback) {
  return get(key, "true or false", Need::optional, fallback, parse_boolean);
}
Nanos YamlReader::duration(std::string_view key) {
  return get(key, kDuration, Need::required, Nanos{}, by(parse_duration));
}
Nanos YamlReader::duration(std::string_view key, Nanos fallback) {
  return get(key, kDuration, Need::optional, fallback, by(parse_duration));
}
double YamlReader::rate(std::string_view key) {
  return get(key, kRate, Need::required, 0.0, by(parse_rate));
}
double YamlReader::share(std::string_view key) {
  return get(key, kShare, Need::required, 0.0, by(parse_share));
}
double YamlReader::share(std::string_view key, double fallback) {
  return get(key, kShare, Need::optional, fallback, by(parse_share));
}

std::vector<const YamlNode*> YamlReader::scalars(std::string_view key, std::string_view expected) {
  std::vector<const YamlNode*> out;
  const YamlNode* node = find(key);
  if (node == nullptr) return out;
  if (node->kind != YamlKind::sequence) {
    complain(node->place,
             fmt::format("{}: found {}, expected a list of {}", key, found(*node), expected));
    return out;
  }
  for (const auto& item : node->items) {
    if (item.kind == YamlKind::scalar)
      out.push_back(&item);
    else
      complain(item.place,
               fmt::format("{}: found {}, expected {}", key, kind_word(item), expected));
  }
  return out;
}

std::vector<std::string> YamlReader::texts(std::string_view key) {
  std::vector<std::string> out;
  for (const YamlNode* item : scalars(key, "texts")) out.push_back(item->text);
  return out;
}

std::vector<std::pair<std::string, std::string>> YamlReader::pairs(std::string_view key) {
  std::vector<std::pair<std::string, std::string>> out;
  const YamlNode* node = find(key);
  if (node == nullptr) return out;
  if (node->kind != YamlKind::mapping) {
    complain(node->place,
             fmt::format("{}: found {}, expected a mapping of texts", key, found(*node)));
    return out;
  }
  for (const auto& [name, value] : node->entries) {
    if (value.kind == YamlKind::scalar)
      out.emplace_back(name.text, value.text);
    else
      complain(value.place,
               fmt::format("{}: found {}, expected a text", name.text, kind_word(value)));
  }
  return out;
}

YamlReader YamlReader::mapping(std::string_view key) {
  const YamlNode* node = find(key);
  if (node != nullptr && node->kind != YamlKind::mapping) {
    complain(node->place,
             fmt::format("{}: found {}, expected a mapping of keys to values", key, found(*node)));
    node = nullptr;
  }
  return {file_, node, fmt::format("'{}'", key)};
}

std::vector<YamlReader> YamlReader::mappings(std::string_view key) {
  std::vector<YamlReader> out;
  const YamlNode* node = find(key);
  if (node == nullptr) return out;
  if (node->kind != YamlKind::sequence) {
    complain(node->place,
             fmt::format("{}: found {}, expected a list of mappings", key, found(*node)));
    return out;
  }
  for (const auto& item : node->items) {
    if (item.kind == YamlKind::mapping) {
      out.emplace_back(file_, &item, fmt::format("an entry of '{}'", key));
    } else {
      complain(item.place, fmt::format("{}: found {}, expected a mapping", key, found(item)));
    }
  }
  return out;
}

const YamlNode* YamlReader::node(std::string_view key) { return find(key); }

void YamlReader::done() {
  if (node_ == nullptr) return;
  for (const auto& [key, value] : node_->entries)
    if (std::find(known_.begin(), known_.end(), key.text) == known_.end())
      complain(key.place, fmt::format("unknown key '{}' in {}{}", key.text, what_,
                                      suggestion(key.text, known_)));
}

}  // namespace bhsim::config
