package bhsim.test;

import static bhsim.test.Cases.expectEqual;

import bhsim.core.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What clients write: JSON bodies. */
public final class JsonTests {
  private JsonTests() {}

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("FlatObject_IsRead", JsonTests::flatObject);
    cases.add("EscapedText_IsRead", JsonTests::escaped);
    for (String bad : new String[] {"", "[]", "{", "{\"a\":1", "{\"a\":1,}", "{\"a\":1}x",
             "{\"a\":1,\"a\":2}", "{\"a\":1.5}", "{\"a\":01}", "{\"a\":1e3}", "{\"a\":{}}",
             "{\"a\":[1]}", "{\"a\":null}", "{\"a\":\"\n\"}", "{\"a\":\"\\x\"}", "{a:1}",
             "{\"a\":12345678901234567890}", "{\"a\":-}"}) {
      cases.add("BadJson_IsRefused " + bad.replace('\n', '~'), () -> refused(bad));
    }
    cases.runAndExit(arguments);
  }

  private static void flatObject() throws Exception {
    Map<String, Object> read = Json.parseFlat(
        " {\"writer\" : \"w07\", \"sequence\":123 ,\"yes\":true,\"minus\":-5} ".getBytes(
            StandardCharsets.UTF_8));
    expectEqual(Map.of("writer", "w07", "sequence", 123L, "yes", true, "minus", -5L), read);
    expectEqual(Map.of(), Json.parseFlat("{}".getBytes(StandardCharsets.UTF_8)));
  }

  private static void escaped() throws Exception {
    String text = "a\"\\\n\u00e9";
    expectEqual(text,
        Json.parseFlat(("{\"a\":" + Json.quote(text) + "}").getBytes(StandardCharsets.UTF_8))
            .get("a"));
  }

  private static void refused(String text) {
    try {
      Json.parseFlat(text.getBytes(StandardCharsets.UTF_8));
    } catch (Json.BadJson e) {
      return;
    }
    throw new AssertionError("taken: " + text);
  }
}
