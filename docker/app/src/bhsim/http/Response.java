package bhsim.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A response, to be given to an {@link Exchange} once. Not thread-safe until then. */
public final class Response {
  private static final byte[] NOTHING = new byte[0];

  private final int status;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private byte[] body = NOTHING;
  private boolean close;

  public Response(int status) {
    this.status = status;
  }

  public static Response json(int status, String json) {
    return new Response(status).body("application/json", json);
  }

  /** What every refusal looks like: a sentence, and never a stack trace. */
  public static Response error(int status, String message) {
    return json(status, "{\"error\":\"" + escape(message) + "\"}");
  }

  public Response body(String contentType, String text) {
    headers.put("Content-Type", contentType);
    body = text.getBytes(StandardCharsets.UTF_8);
    return this;
  }

  /** Line breaks in a value would let a client write headers of its own: they become spaces. */
  public Response header(String name, String value) {
    headers.put(name, value.replace('\r', ' ').replace('\n', ' '));
    return this;
  }

  /** The connection ends with this response. */
  public Response close() {
    close = true;
    return this;
  }

  public int status() {
    return status;
  }

  /** A header as it was set, or null. */
  public String header(String name) {
    return headers.get(name);
  }

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  public boolean closes() {
    return close;
  }

  /** Head and body as they go over the wire; the body is left out for HEAD, its length is not. */
  ByteBuffer encode(boolean keepAlive, boolean withoutBody) {
    StringBuilder head = new StringBuilder(256);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason(status)).append("\r\n");
    for (Map.Entry<String, String> entry : headers.entrySet()) {
      head.append(entry.getKey()).append(": ").append(entry.getValue()).append("\r\n");
    }
    head.append("Content-Length: ").append(body.length).append("\r\n");
    if (!keepAlive) {
      head.append("Connection: close\r\n");
    }
    byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer out = ByteBuffer.allocate(bytes.length + (withoutBody ? 0 : body.length));
    out.put(bytes);
    if (!withoutBody) {
      out.put(body);
    }
    return out.flip();
  }

  static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 201 -> "Created";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 411 -> "Length Required";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 417 -> "Expectation Failed";
      case 422 -> "Unprocessable Content";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 503 -> "Service Unavailable";
      case 505 -> "HTTP Version Not Supported";
      default -> "Status";
    };
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c < 0x20 ? ' ' : c);
    }
  }
  return out.toString();
}
}
