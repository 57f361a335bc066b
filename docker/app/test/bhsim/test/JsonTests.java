package bhsim.test;

import static bhsim.test.Cases.expectEqual;

import bhsim.core.Json;
import bhsim.core.Options;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What clients and operators write: JSON bodies and options. */
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
    cases.add("Options_AreReadFromArgumentsThenEnvironment", JsonTests::options);
    cases.add("UnknownOption_IsRefused", () -> badOption("--colour=red"));
    cases.add("IllTypedOption_IsRefused", () -> badOption("--port=http"));
    cases.add("OptionOutOfRange_IsRefused", () -> badOption("--port=70000"));
    cases.add("WordThatIsNoOption_IsRefused", () -> badOption("port"));
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

  private static void options() throws Exception {
    Options options = Options.parse(new String[] {"--port=9000", "--threads=50"},
        Map.of("BHSIM_PORT", "1", "BHSIM_STATE", "/data"));
    expectEqual(9000, options.port());
    expectEqual("/data", options.state().toString());
    expectEqual(Map.of("threads", "50"), options.rest());
  }

  private static void badOption(String argument) {
    try {
      Options.parse(new String[] {argument}, Map.of()).nothingElse();
    } catch (Options.BadOption e) {
      return;
    }
    throw new AssertionError("taken: " + argument);
  }
}
