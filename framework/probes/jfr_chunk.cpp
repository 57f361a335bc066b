#include "framework/probes/jfr_chunk.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bhsim::probes::jfr {
namespace {

constexpr std::string_view kMagic("FLR\0", 4);
constexpr int kMajor = 2;
constexpr std::uint32_t kCompressedIntegers = 1;
constexpr std::int64_t kMetadata = 0, kCheckpoint = 1;  // the two types that are no events
constexpr int kDeepest = 16;  // structures in structures, elements in elements, texts of texts
constexpr std::size_t kMostElements = 100'000;  // of an array

constexpr std::array kPlain = {std::pair{"boolean", Type::Is::boolean},
                               std::pair{"byte", Type::Is::byte},
                               std::pair{"char", Type::Is::integer},
                               std::pair{"short", Type::Is::integer},
                               std::pair{"int", Type::Is::int32},
                               std::pair{"long", Type::Is::integer},
                               std::pair{"float", Type::Is::real32},
                               std::pair{"double", Type::Is::real64},
                               std::pair{"java.lang.String", Type::Is::text}};

// How a text stands in the stream: the byte before it. 0 and 1 have no content.
constexpr int kOfPool = 2, kUtf8 = 3, kCharacters = 4, kLatin1 = 5;

void append_utf8(std::string& text, std::uint32_t c) {
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0U | c >> 6U);
    text += static_cast<char>(0x80U | (c & 0x3FU));
  } else {
    text += static_cast<char>(0xE0U | (c >> 12U & 0xFU));
    text += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
    text += static_cast<char>(0x80U | (c & 0x3FU));
  }
}

// The metadata is a tree of elements with attributes, whose words stand in a list before it.
struct Element {
  std::string_view name;
  std::vector<std::pair<std::string_view, std::string_view>> attributes;
  std::vector<Element> children;

  [[nodiscard]] std::string_view attribute(std::string_view wanted) const {
    for (const auto& [key, value] : attributes)
      if (key == wanted) return value;
    return {};
  }
  [[nodiscard]] std::int64_t number(std::string_view wanted) const {
    std::int64_t value = 0;
    for (const char c : attribute(wanted)) {
      if (c < '0' || c > '9' || value > std::int64_t{1} << 58) return 0;
      value = value * 10 + (c - '0');
    }
    return value;
  }
};

Element read_element(Cursor& cursor, const std::vector<std::string>& words, int depth) {
  Element element;
  const auto word = [&]() -> std::string_view {
    const auto index = cursor.integer();
    return index >= 0 && static_cast<std::size_t>(index) < words.size()
               ? std::string_view(words[static_cast<std::size_t>(index)])
               : std::string_view();
  };
  element.name = word();
  for (auto left = cursor.count(); left > 0 && cursor.ok(); --left) {
    const auto key = word();
    element.attributes.emplace_back(key, word());
  }
  for (auto left = cursor.count(); left > 0 && cursor.ok() && depth < kDeepest; --left)
    element.children.push_back(read_element(cursor, words, depth + 1));
  return element;
}

Type type_of_element(const Element& element) {
  Type type;
  type.id = element.number("id");
  type.name = element.attribute("name");
  for (const auto& [name, is] : kPlain)
    if (type.name == name) type.is = is;
  for (const auto& child : element.children) {
    if (child.name != "field") continue;
    type.fields.push_back({.name = std::string(child.attribute("name")),
                           .type = child.number("class"),
                           .pooled = child.attribute("constantPool") == "true",
                           .array = child.number("dimension") > 0});
  }
  return type;
}

void collect_types(const Element& element, std::vector<Type>& types) {
  if (element.name == "class") types.push_back(type_of_element(element));
  for (const auto& child : element.children) collect_types(child, types);
}

}  // namespace

std::optional<std::size_t> Type::index(std::string_view wanted) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [wanted](const Field& f) { return f.name == wanted; });
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

std::int64_t Value::number() const {
  const auto* value = std::get_if<std::int64_t>(&is);
  return value == nullptr ? 0 : *value;
}

const std::string& Value::text() const {
  static const std::string kNone;
  const auto* value = std::get_if<std::string>(&is);
  return value == nullptr ? kNone : *value;
}

const std::vector<Value>& Value::parts() const {
  static const std::vector<Value> kNone;
  const auto* value = std::get_if<std::vector<Value>>(&is);
  return value == nullptr ? kNone : *value;
}

const Value& field(const Values& values, std::optional<std::size_t> index) {
  static const Value kNone;
  return index && *index < values.size() ? values[*index] : kNone;
}

Result<Header> parse_header(std::string_view bytes) {
  Cursor cursor(bytes);
  if (cursor.take(4) != kMagic)
    return fail(ErrorCode::protocol, "it does not begin as a flight recording");
  const auto major = cursor.fixed<std::uint16_t>();
  cursor.take(2);
  Header header;
  header.size = cursor.fixed<std::int64_t>();
  header.constants_at = cursor.fixed<std::int64_t>();
  header.metadata_at = cursor.fixed<std::int64_t>();
  header.start = wall_from_ns(cursor.fixed<std::int64_t>());
  header.duration = Nanos(cursor.fixed<std::int64_t>());
  header.start_ticks = cursor.fixed<std::int64_t>();
  header.ticks_per_second = cursor.fixed<std::int64_t>();
  const auto features = cursor.fixed<std::uint32_t>();
  if (!cursor.ok()) return fail(ErrorCode::protocol, "it ends inside the header of a chunk");
  if (major != kMajor || (features & kCompressedIntegers) == 0)
    return fail(ErrorCode::unsupported, "it is of format {}, and only {} can be read", major,
                kMajor);
  if (header.size < 0 || header.ticks_per_second <= 0)
    return fail(ErrorCode::protocol, "the header of a chunk makes no sense");
  return header;
}

Result<Chunk> Chunk::parse(std::string_view bytes) {
  BHSIM_ASSIGN(const auto header, parse_header(bytes));
  const auto size = static_cast<std::uint64_t>(header.size);
  Chunk chunk(bytes.substr(0, size), header);
  chunk.whole_ = size >= kHeaderBytes && size <= bytes.size();
  BHSIM_TRY(chunk.read_metadata());
  chunk.index_events();
  return chunk;
}

Result<void> Chunk::read_metadata() {
  if (header_.metadata_at < static_cast<std::int64_t>(kHeaderBytes) ||
      static_cast<std::uint64_t>(header_.metadata_at) >= bytes_.size())
    return fail(ErrorCode::protocol, "it ends before the description of its events");
  Cursor cursor(bytes_, static_cast<std::size_t>(header_.metadata_at));
  cursor.integer();  // size
  const auto type = cursor.integer();
  for (int i = 0; i < 3; ++i) cursor.integer();  // start, duration, id
  std::vector<std::string> words;
  for (auto left = cursor.count(); left > 0 && cursor.ok(); --left)
    words.push_back(string(cursor, kDeepest));
  const auto root = read_element(cursor, words, 0);
  std::vector<Type> types;
  collect_types(root, types);
  if (!cursor.ok() || type != kMetadata || types.empty())
    return fail(ErrorCode::protocol, "the description of its events cannot be read");
  for (auto& one : types) {
    by_name_.emplace(one.name, one.id);
    types_.emplace(one.id, std::move(one));
  }
  return {};
}

bool Chunk::walk(const std::function<void(std::int64_t type, Cursor content)>& visit) const {
  std::size_t at = kHeaderBytes;
  while (at < bytes_.size()) {
    Cursor cursor(bytes_, at);
    const auto size = cursor.integer();
    const auto type = cursor.integer();
    const auto most = static_cast<std::int64_t>(bytes_.size() - at);
    if (!cursor.ok() || size < static_cast<std::int64_t>(cursor.at() - at) || size > most)
      return false;
    const std::size_t end = at + static_cast<std::size_t>(size);
    visit(type, Cursor(bytes_.substr(0, end), cursor.at()));
    at = end;
  }
  return true;
}

void Chunk::index_events() {
  // Of a chunk that is cut short only what is in it counts.
  end_ = header_.start + (whole_ ? std::max(header_.duration, Nanos{}) : Nanos{});
  const bool whole = walk([this](std::int64_t type, Cursor content) {
    if (type == kCheckpoint) {
      index_constants(content);
    } else if (type != kMetadata && types_.contains(type)) {
      ++events_;
      end_ = std::max(end_, wall(content.integer()));
    }
  });
  whole_ = whole_ && whole;
}

// A checkpoint: start, duration, distance to the one before, its kind, then pools: type, how many,
// and each with its key.
void Chunk::index_constants(Cursor cursor) {
  for (int i = 0; i < 3; ++i) cursor.integer();
  cursor.byte();
  for (auto pools = cursor.count(); pools > 0 && cursor.ok(); --pools) {
    const auto type = cursor.integer();
    const auto known = types_.contains(type);
    auto& pool = constants_[type];
    for (auto left = cursor.count(); left > 0 && cursor.ok(); --left) {
      const auto key = cursor.integer();
      if (!known) return;  // its length is not known
      pool.emplace(key, cursor.at());
      value(cursor, type, 0);
    }
  }
}

std::string Chunk::string(Cursor& cursor, int depth) const {
  switch (cursor.byte()) {
    case kOfPool: {
      const auto key = cursor.integer();
      const auto found = by_name_.find("java.lang.String");
      if (found == by_name_.end() || depth >= kDeepest) return {};
      const auto pool = constants_.find(found->second);
      if (pool == constants_.end()) return {};
      const auto constant = pool->second.find(key);
      if (constant == pool->second.end()) return {};
      Cursor there(bytes_, constant->second);
      return string(there, depth + 1);
    }
    case kUtf8:
      return std::string(cursor.take(cursor.count()));
    case kCharacters: {
      std::string text;
      for (auto left = cursor.count(); left > 0 && cursor.ok(); --left)
        append_utf8(text, static_cast<std::uint32_t>(cursor.integer()) & 0xFFFFU);
      return text;
    }
    case kLatin1: {
      std::string text;
      for (const char c : cursor.take(cursor.count()))
        append_utf8(text, static_cast<unsigned char>(c));
      return text;
    }
    default:
      return {};
  }
}

Value Chunk::value(Cursor& cursor, std::int64_t type_id, int depth) const {
  const auto* of = type(type_id);
  if (of == nullptr || depth > kDeepest || !cursor.one_value_more()) {
    cursor.take(cursor.left() + 1);  // what follows cannot be told from it any more
    return {};
  }
  switch (of->is) {
    case Type::Is::integer:
      return {cursor.integer()};
    case Type::Is::int32:  // -1 is written in five bytes, not in nine
      return {std::int64_t{static_cast<std::int32_t>(cursor.integer())}};
    case Type::Is::boolean:
    case Type::Is::byte:
      return {std::int64_t{cursor.byte()}};
    case Type::Is::real32:
      return {cursor.real32()};
    case Type::Is::real64:
      return {cursor.real64()};
    case Type::Is::text:
      return {string(cursor, 0)};
    case Type::Is::structure:
      break;
  }
  Values parts;
  for (const auto& one : of->fields) {
    if (!cursor.ok()) break;
    parts.push_back(value(cursor, one, depth));
  }
  return {std::move(parts)};
}

Value Chunk::value(Cursor& cursor, const Field& of, int depth) const {
  const auto one = [&]() -> Value {
    return of.pooled ? Value{cursor.integer()} : value(cursor, of.type, depth + 1);
  };
  if (!of.array) return one();
  Values parts;
  const auto count = cursor.count();
  if (count > kMostElements) cursor.take(cursor.left() + 1);
  for (auto left = count; left > 0 && cursor.ok(); --left) parts.push_back(one());
  return {std::move(parts)};
}

const Type* Chunk::type(std::int64_t id) const {
  const auto found = types_.find(id);
  return found == types_.end() ? nullptr : &found->second;
}

const Type* Chunk::type(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : type(found->second);
}

std::int64_t Chunk::type_of(const Type& type, std::string_view field) {
  const auto index = type.index(field);
  return index ? type.fields[*index].type : 0;
}

void Chunk::each(const Type& wanted, const std::function<void(const Values& fields)>& visit) const {
  walk([&](std::int64_t type, Cursor content) {
    if (type != wanted.id) return;
    Values fields;
    fields.reserve(wanted.fields.size());
    for (const auto& one : wanted.fields) fields.push_back(value(content, one, 0));
    if (content.ok()) visit(fields);
  });
}

std::optional<Value> Chunk::constant(std::int64_t type, std::int64_t key) const {
  const auto pool = constants_.find(type);
  if (pool == constants_.end()) return std::nullopt;
  const auto found = pool->second.find(key);
  if (found == pool->second.end()) return std::nullopt;
  Cursor cursor(bytes_, found->second);
  auto content = value(cursor, type, 0);
  if (!cursor.ok()) return std::nullopt;
  return content;
}

Nanos Chunk::length(std::int64_t ticks) const {
  const double ns =
      static_cast<double>(ticks) * 1e9 / static_cast<double>(header_.ticks_per_second);
  constexpr double kMost = 4e18;
  return Nanos(static_cast<std::int64_t>(std::clamp(ns, -kMost, kMost)));
}

WallTime Chunk::wall(std::int64_t ticks) const {
  // What is nonsense must not overflow.
  const auto since = static_cast<std::int64_t>(static_cast<std::uint64_t>(ticks) -
                                               static_cast<std::uint64_t>(header_.start_ticks));
  constexpr std::int64_t kMost = 1'000'000'000'000'000'000;
  const auto from = std::clamp<std::int64_t>(to_ns(header_.start), -kMost, 4 * kMost);
  return wall_from_ns(from + std::clamp<std::int64_t>(length(since).count(), -kMost, 4 * kMost));
}

}  // namespace bhsim::probes::jfr
