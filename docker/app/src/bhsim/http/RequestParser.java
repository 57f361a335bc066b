package bhsim.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads HTTP/1.0 and 1.1 requests (RFC 9112) from bytes that arrive in any portions. Strict on
 * purpose: whatever two parsers could understand differently (two lengths, a length and a coding,
 * bare line feeds, folded headers, spaces before a colon) is refused, so that nothing can be
 * smuggled past a proxy. Not thread-safe: belongs to one connection.
 */
final class RequestParser {
  private static final int MOST_HEADERS = 100;
  private static final int FIRST_BUFFER_BYTES = 1024;

  private final Limits limits;
  private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
  private int filled;
  private int scanned;
  private Head head;
  private int bodyBytes;
  private boolean continueWanted;

  private record Head(
      String method, String target, Map<String, String> headers, boolean keepAlive) {}

  RequestParser(Limits limits) {
    this.limits = limits;
  }

  /**
   * Takes bytes in; never more than head and body may have together, and a little of the next
   * request.
   */
  void feed(byte[] bytes, int count) {
    if (filled + count > buffer.length) {
      buffer = Arrays.copyOf(buffer, Integer.highestOneBit(filled + count) * 2);
    }
    System.arraycopy(bytes, 0, buffer, filled, count);
    filled += count;
  }

  boolean isEmpty() {
    return filled == 0 && head == null;
  }

  /** True once for a request whose client waits for "100 Continue" before it sends the body. */
  boolean takeContinueWanted() {
    boolean wanted = continueWanted;
    continueWanted = false;
    return wanted;
  }

  /**
   * The next whole request, or null while bytes are missing. After an error the connection cannot
   * go on.
   */
  Request next() throws HttpError {
    if (head == null && !readHead()) {
      return null;
    }
    if (filled < bodyBytes) {
      return null;
    }
    byte[] body = Arrays.copyOf(buffer, bodyBytes);
    Head complete = head;
    head = null;
    continueWanted = false;
    drop(bodyBytes);
    return build(complete, body);
  }

  private void drop(int count) {
    System.arraycopy(buffer, count, buffer, 0, filled - count);
    filled -= count;
    scanned = 0;
    if (filled == 0 && buffer.length > limits.headBytes()) {
      buffer = new byte[FIRST_BUFFER_BYTES];
    }
  }

  private boolean readHead() throws HttpError {
    // RFC 9112 2.2: an empty line before the request line may be skipped.
    while (filled >= 2 && buffer[0] == '\r' && buffer[1] == '\n') {
      drop(2);
    }
    int end = endOfHead();
    if (end < 0) {
      if (filled > limits.headBytes()) {
        throw new HttpError(431, "the request's headers are longer than " + limits.headBytes());
      }
      return false;
    }
    if (end > limits.headBytes()) {
      throw new HttpError(431, "the request's headers are longer than " + limits.headBytes());
    }
    String text = new String(buffer, 0, end, StandardCharsets.ISO_8859_1);
    head = parseHead(text.split("\r\n", -1));
    drop(end + 4);
    bodyBytes = bodyLength(head);
    continueWanted = bodyBytes > 0 && filled < bodyBytes
        && "100-continue".equalsIgnoreCase(head.headers.get("expect"));
    return true;
  }

  /** Where the head ends, or -1. Refuses early what can never become a request. */
  private int endOfHead() throws HttpError {
    boolean inRequestLine = true;
    for (int i = 0; i < scanned; i++) {
      if (buffer[i] == '\n') {
        inRequestLine = false;
        break;
      }
    }
    for (int i = scanned; i < filled; i++) {
      byte c = buffer[i];
      if (c == '\n') {
        if (i == 0 || buffer[i - 1] != '\r') {
          throw new HttpError(400, "a line feed without a carriage return");
        }
        inRequestLine = false;
        if (i >= 3 && buffer[i - 2] == '\n') {
          scanned = i + 1;
          return i - 3;
        }
      } else if (c == 0 || (i > 0 && buffer[i - 1] == '\r')) {
        throw new HttpError(400, "a control character in the request's head");
      } else if (inRequestLine && i >= limits.requestLineBytes()) {
        throw new HttpError(414, "the request line is longer than " + limits.requestLineBytes());
      }
    }
    scanned = filled;
    return -1;
  }

  private Head parseHead(String[] lines) throws HttpError {
    String[] words = lines[0].split(" ", -1);
    if (words.length != 3 || !isToken(words[0]) || words[1].isEmpty()) {
      throw new HttpError(400, "not a request line");
    }
    if (!words[2].matches("HTTP/[0-9]\\.[0-9]")) {
      throw new HttpError(400, "not a request line");
    }
    boolean old = words[2].equals("HTTP/1.0");
    if (!old && !words[2].equals("HTTP/1.1")) {
      throw new HttpError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    }
    if (lines.length - 1 > MOST_HEADERS) {
      throw new HttpError(431, "more than " + MOST_HEADERS + " headers");
    }
    Map<String, String> headers = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      addHeader(headers, lines[i]);
    }
    if (!old && headers.get("host") == null) {
      throw new HttpError(400, "no Host header");
    }
    String connection = headers.getOrDefault("connection", "").toLowerCase();
    boolean keepAlive = old ? connection.contains("keep-alive") : !connection.contains("close");
    return new Head(words[0], words[1], headers, keepAlive);
  }

  private static void addHeader(Map<String, String> headers, String line) throws HttpError {
    int colon = line.indexOf(':');
    if (colon <= 0 || !isToken(line.substring(0, colon))) {
      throw new HttpError(400, "not a header line");
    }
    String name = line.substring(0, colon).toLowerCase();
    String value = line.substring(colon + 1).strip();
    String before = headers.put(name, value);
    if (before == null) {
      return;
    }
    if (name.equals("host") || name.equals("content-length") || name.equals("transfer-encoding")) {
      throw new HttpError(400, "the header " + name + " appears twice");
    }
    headers.put(name, before + ", " + value);
  }

  private int bodyLength(Head of) throws HttpError {
    String length = of.headers.get("content-length");
    if (of.headers.get("transfer-encoding") != null) {
      if (length != null) {
        throw new HttpError(400, "both Content-Length and Transfer-Encoding");
      }
      throw new HttpError(411, "a body needs a Content-Length");
    }
    if (length == null) {
      return 0;
    }
    if (!length.matches("[0-9]{1,18}")) {
      throw new HttpError(400, "Content-Length is not a number");
    }
    if (Long.parseLong(length) > limits.bodyBytes()) {
      throw new HttpError(413, "a body may have " + limits.bodyBytes() + " bytes at most");
    }
    String expect = of.headers.get("expect");
    if (expect != null && !expect.equalsIgnoreCase("100-continue")) {
      throw new HttpError(417, "only the expectation 100-continue is known");
    }
    return Integer.parseInt(length);
  }

  private static Request build(Head head, byte[] body) throws HttpError {
    String target = head.target;
    if (target.startsWith("http://")) {
      // RFC 9112 3.2.2: a server must accept the absolute form.
      int slash = target.indexOf('/', "http://".length());
      target = slash < 0 ? "/" : target.substring(slash);
    }
    if (!target.startsWith("/") || target.indexOf('#') >= 0) {
      throw new HttpError(400, "not a path");
    }
    int mark = target.indexOf('?');
    String path = decode(mark < 0 ? target : target.substring(0, mark), false);
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..") || segment.equals(".")) {
        throw new HttpError(400, "dot segments in the path");
      }
    }
    Map<String, String> query = new HashMap<>();
    if (mark >= 0 && mark + 1 < target.length()) {
      for (String pair : target.substring(mark + 1).split("&")) {
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
        query.putIfAbsent(name, equals < 0 ? "" : decode(pair.substring(equals + 1), true));
      }
    }
    return new Request(head.method, path, query, head.headers, body, head.keepAlive);
  }

  /**
   * Percent-decodes UTF-8. An encoded separator would change what the path means after routing:
   * refused.
   */
  private static String decode(String text, boolean inQuery) throws HttpError {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0 && text.indexOf('\\') < 0) {
      return text;
    }
    byte[] out = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int value = c;
      if (c == '%') {
        int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
        int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new HttpError(400, "a broken percent sign in the path");
        }
        value = high * 16 + low;
        i += 2;
      } else if (c == '+' && inQuery) {
        value = ' ';
      }
      if (value < 0x20 || (!inQuery && (value == '\\' || (c == '%' && value == '/')))) {
        throw new HttpError(400, "a separator or control character in the path");
      }
      out[length++] = (byte) value;
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  private static boolean isToken(String text) {
    if (text.isEmpty()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }
}
