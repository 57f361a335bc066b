package bhsim.core;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * As much JSON as the interface needs: flat objects of strings, whole numbers and booleans, read
 * strictly.
 */
public final class Json {
  /** The text is not a flat JSON object; the message says what is wrong and where. */
  public static final class BadJson extends Exception {
    private static final long serialVersionUID = 1L;

    BadJson(String message, int at) {
      super(message + " at character " + at, null, false, false);
    }
  }

  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Values are String, Long or Boolean. A name given twice is refused, because readers disagree on
   * which counts.
   */
  public static Map<String, Object> parseFlat(byte[] utf8) throws BadJson {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new BadJson("not UTF-8", 0);
    }
    return new Json(text).object();
  }

  /** A JSON string with its quotes. */
  public static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private Map<String, Object> object() throws BadJson {
    Map<String, Object> fields = new HashMap<>();
    skipSpace();
    expect('{');
    skipSpace();
    if (peek() != '}') {
      do {
        skipSpace();
        String name = string();
        skipSpace();
        expect(':');
        skipSpace();
        if (fields.putIfAbsent(name, value()) != null) {
          throw new BadJson("the name " + name + " appears twice", at);
        }
        skipSpace();
      } while (take(','));
    }
    expect('}');
    skipSpace();
    if (at < text.length()) {
      throw new BadJson("something follows the object", at);
    }
    return fields;
  }

  private Object value() throws BadJson {
    char c = peek();
    if (c == '"') {
      return string();
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      return number();
    }
    for (Boolean constant : new Boolean[] {true, false}) {
      if (text.startsWith(constant.toString(), at)) {
        at += constant.toString().length();
        return constant;
      }
    }
    throw new BadJson("a string, a whole number, true or false is expected", at);
  }

  private Long number() throws BadJson {
    int start = at;
    take('-');
    while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
      at++;
    }
    String digits = text.substring(start, at);
    if (!digits.matches("-?(0|[1-9][0-9]{0,17})")
        || (at < text.length() && ".eE".indexOf(text.charAt(at)) >= 0)) {
      throw new BadJson("a whole number of at most 18 digits is expected", start);
    }
    return Long.parseLong(digits);
  }

  private String string() throws BadJson {
    expect('"');
    StringBuilder out = new StringBuilder();
    while (peek() != '"') {
      char c = text.charAt(at++);
      if (c < 0x20) {
        throw new BadJson("a control character in a string", at - 1);
      }
      out.append(c == '\\' ? escaped() : c);
    }
    at++;
    return out.toString();
  }

  private char escaped() throws BadJson {
    char c = peek();
    at++;
    int simple = "\"\\/bfnrt".indexOf(c);
    if (simple >= 0) {
      return "\"\\/\b\f\n\r\t".charAt(simple);
    }
    if (c == 'u' && at + 4 <= text.length()
        && text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
      at += 4;
      return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    }
    throw new BadJson("an unknown escape", at - 1);
  }

  private char peek() throws BadJson {
    if (at >= text.length()) {
      throw new BadJson("the text ends too early", at);
    }
    return text.charAt(at);
  }

  private boolean take(char c) {
    if (at < text.length() && text.charAt(at) == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) throws BadJson {
    if (!take(c)) {
      throw new BadJson("'" + c + "' is expected", at);
    }
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }
}
