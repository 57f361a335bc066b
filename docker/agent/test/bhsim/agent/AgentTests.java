package bhsim.agent;

import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.test.Cases;
import bhsim.test.Folders;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** The agent's parts, each by itself. */
public final class AgentTests {
  private static final String GIVEN = String.join("\n", //
      "# comment", //
      "bytehot:", //
      "  performance:", //
      "    validation-timeout: 7s      # another comment", //
      "    redefinition-timeout: \"1500ms\"", //
      "    max-concurrent-hotswaps: 3", //
      "  monitoring:", //
      "    metrics-enabled: false", //
      "    jfr-enabled: true", //
      "    health-check-interval: 2m", //
      "  reliability:", //
      "    auto-rollback: false", //
      "    max-retry-attempts: 5", //
      "    circuit-breaker: false");

  private AgentTests() {}

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("NineKeys_AreReadWithTheirTypes", AgentTests::nineKeys);
    cases.add("EmptyConfiguration_HasTheDocumentsValues", AgentTests::defaults);
    refused(cases, "UnknownKey", "bytehot:\n  reliability:\n    max-retries: 3\n",
        "f.yml:3:18: unknown key bytehot.reliability.max-retries");
    refused(cases, "UnknownSection", "bytehot:\n  watch:\n    path: x\n",
        "f.yml:3:11: unknown key bytehot.watch.path");
    refused(cases, "KeyOutsideBytehot", "reliability:\n  auto-rollback: true\n",
        "unknown key reliability.auto-rollback");
    refused(cases, "NumberThatIsNone",
        "bytehot:\n  performance:\n    max-concurrent-hotswaps: many\n",
        "f.yml:3:30: bytehot.performance.max-concurrent-hotswaps: 'many' is not a whole number");
    refused(cases, "DurationWithoutUnit", "bytehot:\n  performance:\n    validation-timeout: 5\n",
        "f.yml:3:25: bytehot.performance.validation-timeout: '5' is not a duration");
    refused(cases, "DurationOfZero", "bytehot:\n  performance:\n    validation-timeout: 0s\n",
        "is not a duration");
    refused(cases, "FlagThatIsNone", "bytehot:\n  reliability:\n    circuit-breaker: yes\n",
        "'yes' is not true or false");
    refused(cases, "KeyTwice",
        "bytehot:\n  reliability:\n    auto-rollback: true\n    auto-rollback: true\n",
        "f.yml:4:5: the key bytehot.reliability.auto-rollback appears twice");
    refused(cases, "Tab", "bytehot:\n\treliability:\n", "f.yml:2:1: a tab");
    refused(cases, "WrongIndentation",
        "bytehot:\n    reliability:\n      auto-rollback: true\n  monitoring:\n", "f.yml:4:3");
    refused(cases, "KeyWithoutValue", "bytehot:\n  reliability:\n    auto-rollback:\n",
        "f.yml:3:5: the key bytehot.reliability.auto-rollback has no value");
    refused(cases, "ListInsteadOfKeys", "bytehot:\n  - a\n", "f.yml:2:3: 'key: value' is expected");
    refused(cases, "FlowMapping", "bytehot: {performance: x}\n", "only plain values");
    cases.add("MissingConfigurationFile_IsTold", AgentTests::missingFile);
    cases.add("WholeClass_HasItsName", AgentTests::wholeClass);
    cases.add("ClassCutAnywhere_IsMalformed", AgentTests::cutAnywhere);
    cases.add("ClassWithBadMagicVersionTagOrTail_IsMalformed", AgentTests::damagedClass);
    cases.add("AnyByteChanged_NeverThrowsAnythingElse", AgentTests::anyByteChanged);
    cases.add("Breaker_OpensAfterFailuresInARowAndTriesOnce", AgentTests::breaker);
    cases.add("BreakerThatIsOff_NeverOpens", AgentTests::breakerOff);
    cases.add("AuditLog_OnlyGrowsAndIsNotSpoiltByATornLine", AgentTests::audit);
    cases.add("Group_IsTakenTogether", AgentTests::group);
    cases.add("SameFileTwice_WaitsOnce", AgentTests::coalesced);
    cases.add("ConfirmedSwap_IsNotRolledBack", AgentTests::lastGood);
    cases.add("CallThatHangs_IsGivenUpAndTheNextOneRuns", AgentTests::hangingCall);
    cases.runAndExit(arguments);
  }

  private static void nineKeys() throws Exception {
    ProductionConfig config = ProductionConfig.parse("test", "f.yml", GIVEN);
    expectEqual(new ProductionConfig("test", Duration.ofSeconds(7), Duration.ofMillis(1500), 3,
                    false, true, Duration.ofMinutes(2), false, 5, false),
        config);
  }

  private static void defaults() throws Exception {
    ProductionConfig config = ProductionConfig.parse("test", "f.yml", "");
    expectEqual(new ProductionConfig("test", Duration.ofSeconds(5), Duration.ofSeconds(10), 1, true,
                    true, Duration.ofSeconds(30), true, 3, true),
        config);
  }

  private static void refused(Cases cases, String what, String text, String message) {
    cases.add(what + "_IsRefusedWithItsPlace", () -> {
      try {
        ProductionConfig.parse("test", "f.yml", text);
      } catch (ConfigReader.BadConfig e) {
        expectContains(message, e.getMessage());
        return;
      }
      throw new AssertionError("taken");
    });
  }

  private static void missingFile() {
    try {
      ProductionConfig.load("/nowhere/production-config.yml");
    } catch (ConfigReader.BadConfig e) {
      expectContains("/nowhere/production-config.yml: cannot be read", e.getMessage());
      return;
    }
    throw new AssertionError("taken");
  }

  /** This class itself: long enough to have constants of many kinds. */
  private static byte[] sample() throws Exception {
    try (InputStream in = AgentTests.class.getResourceAsStream("AgentTests.class")) {
      return in.readAllBytes();
    }
  }

  private static void wholeClass() throws Exception {
    expectEqual("bhsim.agent.AgentTests", ClassFile.nameOf(sample()));
  }

  private static void cutAnywhere() throws Exception {
    byte[] whole = sample();
    for (int length = 0; length < whole.length; length++) {
      try {
        ClassFile.nameOf(Arrays.copyOf(whole, length));
        throw new AssertionError("taken after " + length + " of " + whole.length + " bytes");
      } catch (ClassFile.Malformed e) {
        expect(
            e.truncated(), "not told as truncated after " + length + " bytes: " + e.getMessage());
      }
    }
  }

  private static void damagedClass() throws Exception {
    malformed(0, 0x00, "bad magic");
    malformed(7, 99, "UnsupportedClassVersionError");
    malformed(10, 77, "unknown tag");
    byte[] longer = Arrays.copyOf(sample(), sample().length + 1);
    try {
      ClassFile.nameOf(longer);
      throw new AssertionError("taken with a tail");
    } catch (ClassFile.Malformed e) {
      expectContains("follow the end", e.getMessage());
    }
  }

  private static void malformed(int at, int value, String message) throws Exception {
    byte[] bytes = sample();
    bytes[at] = (byte) value;
    try {
      ClassFile.nameOf(bytes);
      throw new AssertionError("taken");
    } catch (ClassFile.Malformed e) {
      expectContains(message, e.getMessage());
    }
  }

  private static void anyByteChanged() throws Exception {
    byte[] whole = sample();
    for (int i = 0; i < whole.length; i++) {
      byte[] bytes = whole.clone();
      bytes[i] ^= (byte) 0xA5;
      try {
        ClassFile.nameOf(bytes);
      } catch (ClassFile.Malformed e) {
        // Refused; or taken, because what changed was code, which is the JVM's to judge.
      }
    }
  }

  private static boolean enters(CircuitBreaker breaker) {
    try {
      breaker.enter();
      return true;
    } catch (Refusal e) {
      return false;
    }
  }

  private static void breaker() {
    long[] now = {0};
    CircuitBreaker breaker = new CircuitBreaker(true, 3, Duration.ofSeconds(30), () -> now[0]);
    breaker.failure();
    breaker.failure();
    breaker.success();
    breaker.failure();
    breaker.failure();
    expect(enters(breaker), "open before three failures in a row");
    breaker.failure();
    expectEqual(CircuitBreaker.State.OPEN, breaker.state());
    expect(!enters(breaker), "entered while open");
    now[0] += Duration.ofSeconds(30).toNanos();
    expect(enters(breaker), "no trial after the pause");
    expectEqual(CircuitBreaker.State.HALF_OPEN, breaker.state());
    expect(!enters(breaker), "two trials at once");
    breaker.failure();
    expectEqual(CircuitBreaker.State.OPEN, breaker.state());
    now[0] += Duration.ofSeconds(30).toNanos();
    expect(enters(breaker), "no second trial");
    breaker.neither();
    expect(enters(breaker), "a change that proved nothing used the trial up");
    breaker.success();
    expectEqual(CircuitBreaker.State.CLOSED, breaker.state());
  }

  private static void breakerOff() {
    CircuitBreaker breaker = new CircuitBreaker(false, 1, Duration.ofSeconds(30), () -> 0);
    for (int i = 0; i < 10; i++) {
      breaker.failure();
      expect(enters(breaker), "opened");
    }
    expectEqual("off", breaker.state().shown());
  }

  private static void audit() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = folder.path().resolve("audit.log");
      new AuditLog(file).write("A", "b4", "af", "swapped", "");
      String first = Files.readString(file);
      Files.writeString(file, "{\"time\":\"20", StandardOpenOption.APPEND);
      new AuditLog(file).write("B", "", "af", "refused", "a \"quoted\"\nreason");
      List<String> lines = Files.readAllLines(file);
      expectEqual(3, lines.size());
      expectEqual(first.strip(), lines.get(0));
      expectContains("\"reason\":\"a \\\"quoted\\\" reason\"", lines.get(2));
      expectContains("\"mono_ns\":", lines.get(2));
    }
  }

  private static AgentOptions options() throws Exception {
    return AgentOptions.parse("watch=/c,groups=A+B,allow=A:B:C");
  }

  private static Inbox.Change change(String name) {
    return new Inbox.Change(Path.of("/c"), Path.of("/c/" + name + ".class"), System.nanoTime());
  }

  private static void group() throws Exception {
    Inbox inbox = new Inbox(options());
    inbox.offer(change("C"));
    inbox.offer(change("A"));
    inbox.offer(change("B"));
    List<Inbox.Change> first = inbox.take();
    expectEqual(List.of("C"), first.stream().map(Inbox.Change::className).toList());
    List<Inbox.Change> second = inbox.take();
    expectEqual(
        Set.of("A", "B"), Set.copyOf(second.stream().map(Inbox.Change::className).toList()));
    expectEqual(0, inbox.size());
  }

  private static void coalesced() throws Exception {
    Inbox inbox = new Inbox(options());
    inbox.offer(change("C"));
    inbox.offer(change("C"));
    List<Inbox.Change> taken = inbox.take();
    inbox.offer(change("C"));
    inbox.offer(change("x/D"));
    expectEqual("x.D", inbox.take().get(0).className());
    inbox.done(taken);
    expectEqual("C", inbox.take().get(0).className());
  }

  private static void lastGood() {
    LastGood lastGood = new LastGood();
    LoadedClasses.Version one = new LoadedClasses.Version("1", new byte[0]);
    LoadedClasses.Version two = new LoadedClasses.Version("2", new byte[0]);
    lastGood.swapped("A", java.util.Optional.of(one));
    lastGood.swapped("A", java.util.Optional.of(two));
    expectEqual(one, lastGood.unconfirmed().get("A").before());
    long before = lastGood.unconfirmed().get("A").swappedAt();
    expect(lastGood.confirm(before).isEmpty(), "confirmed by a health check before the swap");
    expectEqual(Set.of("A"), lastGood.confirm(before + 1));
    expect(lastGood.unconfirmed().isEmpty(), "still suspect");
  }

  private static void hangingCall() throws Exception {
    TimeLimited limited = new TimeLimited("test");
    java.util.concurrent.CountDownLatch release = new java.util.concurrent.CountDownLatch(1);
    try {
      limited.call(() -> {
        while (release.getCount() > 0) {
          try {
            release.await();
          } catch (InterruptedException e) {
            // As a read that cannot be interrupted.
          }
        }
        return null;
      }, Duration.ofMillis(50));
      throw new AssertionError("came back");
    } catch (java.util.concurrent.TimeoutException e) {
      expectEqual(5, limited.call(() -> 5, Duration.ofSeconds(20)));
    }
    release.countDown();
  }
}
