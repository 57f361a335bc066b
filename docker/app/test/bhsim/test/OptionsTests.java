package bhsim.test;

import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectEqual;

import bhsim.core.Options;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What operators write: the words behind an application's name. */
public final class OptionsTests {
  private static final List<String> WORDS = List.of("corrupt-bytecode", "network-issues");

  private OptionsTests() {}

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("Options_AreReadFromArgumentsThenEnvironment", OptionsTests::options);
    cases.add("OwnOptions_AreReadInTheirKind", OptionsTests::own);
    cases.add("OwnOptionsThatAreAbsent_HaveTheirUsualValue", OptionsTests::absent);
    refused(cases, "UnknownOption", "--colour=red",
        "--colour is not an option here; there are --host, --port, --state, --workers,"
            + " --drain-grace-ms, --warm-up-ms, --threads, --duration, --scenario, --measure");
    refused(cases, "NearOption", "--therads=5",
        "--therads is not an option here; did you mean --threads?");
    refused(cases, "OptionCutShort", "--dura=5s",
        "--dura is not an option here; did you mean --duration?");
    refused(cases, "OptionDrawnOut", "--statefolder=x",
        "--statefolder is not an option here; there are --host, --port, --state, --workers,"
            + " --drain-grace-ms, --warm-up-ms, --threads, --duration, --scenario, --measure");
    refused(cases, "OptionWithAnEnding", "--threadses=5",
        "--threadses is not an option here; did you mean --threads?");
    refused(cases, "IllTypedOption", "--port=http",
        "--port=http: a number from 0 to 65535 is expected");
    refused(cases, "OptionOutOfRange", "--port=70000",
        "--port=70000: a number from 0 to 65535 is expected");
    refused(cases, "WordThatIsNoOption", "port",
        "'port' is not an option; options look like --port=8080");
    refused(cases, "OptionWithoutItsValue", "--state", "--state: a value is expected");
    refused(cases, "NumberWithoutItsValue", "--threads",
        "--threads=: a number from 1 to 9 is expected");
    refused(cases, "NumberBelowItsLeast", "--threads=0",
        "--threads=0: a number from 1 to 9 is expected");
    refused(cases, "DurationWithoutUnit", "--duration=600",
        "--duration=600: a duration such as 600s is expected");
    refused(cases, "WordThatIsNear", "--scenario=corupt-bytecode",
        "--scenario=corupt-bytecode: there is none of this name; did you mean corrupt-bytecode?");
    refused(cases, "WordThatIsFar", "--scenario=fire",
        "--scenario=fire: there is none of this name; there are corrupt-bytecode, network-issues");
    refused(cases, "FlagWithAValue", "--measure=yes", "--measure=yes: it takes no value");
    cases.runAndExit(arguments);
  }

  private static Options parse(String... arguments) throws Options.BadOption {
    return Options.parse(arguments, Map.of("BHSIM_PORT", "1", "BHSIM_STATE", "/data"), "threads",
        "duration", "scenario", "measure");
  }

  private static void options() throws Exception {
    Options options = parse("--port=9000");
    expectEqual(9000, options.port());
    expectEqual("/data", options.state().toString());
    expectEqual(Map.of(), options.own());
  }

  private static void own() throws Exception {
    Options options =
        parse("--threads=5", "--duration=10m", "--measure", "--scenario=network-issues");
    expectEqual(5, options.number("threads", 1, 9, 2));
    expectEqual(Duration.ofSeconds(600), options.duration("duration", Duration.ZERO));
    expectEqual("network-issues", options.word("scenario", WORDS));
    expect(options.flag("measure"), "the flag was not seen");
  }

  private static void absent() throws Exception {
    Options options = parse();
    expectEqual(2, options.number("threads", 1, 9, 2));
    expectEqual(Duration.ofHours(24), options.duration("duration", Duration.ofHours(24)));
    expect(options.word("scenario", WORDS) == null, "a word that nobody gave");
    expect(!options.flag("measure") && !options.has("measure"), "a flag that nobody gave");
  }

  private static void refused(Cases cases, String what, String argument, String why) {
    cases.add(what + "_IsRefused", () -> {
      try {
        Options options = parse(argument);
        options.number("threads", 1, 9, 2);
        options.duration("duration", Duration.ZERO);
        options.word("scenario", WORDS);
        options.flag("measure");
      } catch (Options.BadOption e) {
        expectEqual(why, e.getMessage());
        return;
      }
      throw new AssertionError("taken: " + argument);
    });
  }
}
