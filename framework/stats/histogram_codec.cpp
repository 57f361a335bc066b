// HdrHistogram's V2 encoding, big-endian, after the format that HdrHistogram (Java) writes:
//   outer   int32 cookie 0x1c849314, int32 length, then zlib of the inner
//   inner   int32 cookie 0x1c849313, int32 payload length, int32 normalising offset (0), int32
//   digits,
//           int64 lowest, int64 highest, double ratio (1.0), payload
//   payload counts from the lowest bucket to the last not empty one, each a ZigZag LEB128 of at
//   most nine
//           bytes; a negative number -n stands for n empty buckets
#include <zlib.h>

#include <bit>
#include <cstring>

#include "framework/base/units.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::stats {
namespace {

constexpr std::uint32_t kInnerCookie = 0x1c849313;
constexpr std::uint32_t kOuterCookie = 0x1c849314;
constexpr std::size_t kInnerHeader = 40;
constexpr std::size_t kMostInner = kInnerHeader + Histogram::kCounts * 9;
constexpr std::uint32_t kDigits = 3;

template <typename T>
void put(std::string& out, T value) {
  for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFFU));
  }
}

template <typename T>
T get(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((value << 8U) | static_cast<unsigned char>(bytes[at + i]));
  }
  return value;
}

void put_zigzag(std::string& out, std::int64_t value) {
  std::uint64_t v =
      (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < 8; ++i) {
    if (v < 0x80U) {
      out.push_back(static_cast<char>(v));
      return;
    }
    out.push_back(static_cast<char>((v & 0x7FU) | 0x80U));
    v >>= 7U;
  }
  out.push_back(static_cast<char>(v));  // the ninth byte carries eight bits
}

// Nothing when the bytes end inside a number.
bool get_zigzag(std::string_view bytes, std::size_t& at, std::int64_t& value) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < 9; ++i) {
    if (at >= bytes.size()) return false;
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    if (i == 8) {
      v |= static_cast<std::uint64_t>(byte) << 56U;
      break;
    }
    v |= static_cast<std::uint64_t>(byte & 0x7FU) << (7 * i);
    if ((byte & 0x80U) == 0) break;
  }
  value = static_cast<std::int64_t>((v >> 1U) ^ (~(v & 1U) + 1));
  return true;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      word = (word << 8U) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(i + k > bytes.size() ? '=' : kAlphabet[(word >> (18 - 6 * k)) & 63U]);
    }
  }
  return out;
}

Result<std::string> inflate_all(std::string_view bytes) {
  std::string out(kMostInner, '\0');
  auto length = static_cast<uLongf>(out.size());
  const int code =
      uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                 reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()));
  if (code != Z_OK)
    return fail(ErrorCode::protocol, "histogram: zlib error {} while inflating {} bytes", code,
                bytes.size());
  out.resize(length);
  return out;
}

}  // namespace

std::string Histogram::encode() const {
  std::string inner;
  put(inner, kInnerCookie);
  put(inner, std::uint32_t{0});  // payload length, set below
  put(inner, std::uint32_t{0});
  put(inner, kDigits);
  put(inner, std::uint64_t{1});
  put(inner, static_cast<std::uint64_t>(kHighestNs));
  put(inner, std::bit_cast<std::uint64_t>(1.0));
  std::int64_t next = 0;
  for (const auto& [index, count] : counts()) {
    if (index > next) put_zigzag(inner, next - static_cast<std::int64_t>(index));
    put_zigzag(inner, static_cast<std::int64_t>(count));
    next = static_cast<std::int64_t>(index) + 1;
  }
  std::string length;
  put(length, static_cast<std::uint32_t>(inner.size() - kInnerHeader));
  inner.replace(4, 4, length);

  auto packed_size = compressBound(static_cast<uLong>(inner.size()));
  std::string packed(packed_size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_size,
            reinterpret_cast<const Bytef*>(inner.data()), static_cast<uLong>(inner.size()),
            Z_DEFAULT_COMPRESSION);
  packed.resize(packed_size);
  std::string out;
  put(out, kOuterCookie);
  put(out, static_cast<std::uint32_t>(packed.size()));
  return out + packed;
}

Result<Histogram> Histogram::decode(std::string_view bytes) {
  if (bytes.size() < 8 || get<std::uint32_t>(bytes, 0) != kOuterCookie) {
    return fail(ErrorCode::protocol, "histogram: not HdrHistogram V2 compressed ({} bytes)",
                bytes.size());
  }
  const std::size_t packed = get<std::uint32_t>(bytes, 4);
  if (packed > bytes.size() - 8) {
    return fail(ErrorCode::protocol, "histogram: truncated, {} of {} bytes", bytes.size() - 8,
                packed);
  }
  BHSIM_ASSIGN(const std::string inner, inflate_all(bytes.substr(8, packed)));
  if (inner.size() < kInnerHeader || get<std::uint32_t>(inner, 0) != kInnerCookie) {
    return fail(ErrorCode::protocol, "histogram: the inflated part is not V2");
  }
  const std::size_t payload = get<std::uint32_t>(inner, 4);
  if (get<std::uint32_t>(inner, 8) != 0 || get<std::uint32_t>(inner, 12) != kDigits ||
      get<std::uint64_t>(inner, 16) != 1 || payload > inner.size() - kInnerHeader) {
    return fail(ErrorCode::unsupported,
                "histogram: only three digits from 1 ns without normalising offset are read");
  }
  Histogram out;
  std::size_t index = 0;
  for (std::size_t at = kInnerHeader; at < kInnerHeader + payload;) {
    std::int64_t value = 0;
    if (!get_zigzag(inner, at, value))
      return fail(ErrorCode::protocol, "histogram: ends inside a count");
    const std::uint64_t step = value < 0 ? 0 - static_cast<std::uint64_t>(value) : 1;
    if (step > kCounts - index)
      return fail(ErrorCode::protocol, "histogram: more buckets than one hour has");
    if (value > 0)
      out.add_count(static_cast<std::uint32_t>(index), static_cast<std::uint64_t>(value));
    index += step;
  }
  return out;
}

std::string hlog_header(WallTime base) {
  return fmt::format(
      "#[Histogram log format version 1.3]\n#[BaseTime: {:.3f} (seconds since epoch)]\n"
      "#[StartTime: {:.3f} (seconds since epoch), {}]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      to_seconds(base.time_since_epoch()), to_seconds(base.time_since_epoch()), format_wall(base));
}

std::string hlog_line(const Histogram& histogram, Nanos start, Nanos length, std::string_view tag) {
  return fmt::format("{}{}{:.3f},{:.3f},{:.6f},{}\n",
                     tag.empty() ? "" : "Tag=", tag.empty() ? "" : fmt::format("{},", tag),
                     to_seconds(start), to_seconds(length),
                     static_cast<double>(histogram.max().count()) / 1e6,
                     base64(histogram.encode()));
}

}  // namespace bhsim::stats
