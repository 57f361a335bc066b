package bhsim.agent;

import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.defects.AppDefects;
import bhsim.test.AppProcess;
import bhsim.test.Cases;
import bhsim.test.Folders;
import bhsim.test.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * That the planted defects are there and do what their names say, as far as that can be seen
 * without a run of bhsim. Arguments: class path of the application with defects, the agent's jar
 * with defects, defects.yml.
 */
public final class DefectTests {
  private static final Pattern ENTRY = Pattern.compile("defect: ([a-z0-9.-]+), +in: (\\w+)");

  private static String classPath;
  private static String jar;
  private static Path list;

  private DefectTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    jar = arguments[1];
    list = Path.of(arguments[2]);
    Cases cases = new Cases();
    cases.add("EveryDefectOfTheApplication_IsListed", () -> sameNames("app", AppDefects.names()));
    cases.add("EveryDefectOfTheAgent_IsListed", () -> sameNames("agent", AgentDefects.names()));
    cases.add("WithoutADefect_ItServes", () -> {
      try (Site site = new Site("none")) {
        expectContains("200 OK", site.quote());
      }
    });
    cases.add("TwoPercentFail_SomeRequestsFail", DefectTests::twoPercentFail);
    cases.add("ExitsAtOnce_DoesNotDrain", DefectTests::exitsAtOnce);
    cases.add("ExitsByItself_Ends", () -> {
      try (Site site = new Site("exits-by-itself")) {
        expectEqual(1, site.app.untilEnded());
      }
    });
    cases.add(
        "AcknowledgesBeforeWrite_LosesOrdersWhenKilled", DefectTests::acknowledgesBeforeWrite);
    cases.add("OtherConfiguration_IsReported", DefectTests::otherConfiguration);
    cases.runAndExit(Arrays.copyOfRange(arguments, 3, arguments.length));
  }

  private static void sameNames(String in, Iterable<String> names) throws IOException {
    Set<String> listed = new TreeSet<>();
    Matcher matcher = ENTRY.matcher(Files.readString(list));
    while (matcher.find()) {
      if (matcher.group(2).equals(in)) {
        listed.add(matcher.group(1));
      }
    }
    Set<String> there = new TreeSet<>();
    names.forEach(there::add);
    expectEqual(there, listed);
  }

  /** DefectApp with the agent, both with the same defect. */
  private static final class Site implements AutoCloseable {
    final Folders folder = new Folders();
    final Path state = folder.path().resolve("state");
    final AppProcess app;

    Site(String defect) throws Exception {
      Path config = Files.createFile(folder.path().resolve("c.yml"));
      Path classes = Files.createDirectory(folder.path().resolve("classes"));
      app = AppProcess.start(
          List.of("-Dbhsim.defect=" + defect, "-Dbhsim.defect.after=1", "-Dbhconfig=" + config,
              "-javaagent:" + jar + "=watch=" + classes, "-cp", classes + ":" + classPath),
          "DefectApp", state);
      app.untilReady();
    }

    String quote() throws IOException {
      return Wire.ask(app.port(), "GET", "/api/quote/SKU-0042", "");
    }

    @Override
    public void close() throws IOException {
      app.close();
      folder.close();
    }
  }

  private static void twoPercentFail() throws Exception {
    try (Site site = new Site("two-percent-fail")) {
      int failed = 0;
      for (int i = 0; i < 1000; i++) {
        failed += site.quote().startsWith("HTTP/1.1 500") ? 1 : 0;
      }
      expect(failed > 2 && failed < 60, failed + " of 1000 failed");
    }
  }

  private static void exitsAtOnce() throws Exception {
    try (Site site = new Site("exits-at-once-on-sigterm")) {
      site.app.process().toHandle().destroy();
      expectEqual(143, site.app.untilEnded());
      expect(!site.app.lines().contains("draining"), "it drained: " + site.app.lines());
    }
  }

  private static void acknowledgesBeforeWrite() throws Exception {
    try (Site site = new Site("acknowledges-before-write")) {
      String order = "{\"writer\":\"w\",\"sequence\":1,\"sku\":\"SKU-0042\",\"quantity\":3}";
      expectContains("201 ", Wire.ask(site.app.port(), "POST", "/api/orders", order));
      site.app.process().destroyForcibly();
      site.app.untilEnded();
      // Nothing but the file's header: the order was nowhere but in memory.
      expectEqual(8L, Files.size(site.state.resolve("orders.journal")));
    }
  }

  private static void otherConfiguration() throws Exception {
    try (Site site = new Site("other-configuration")) {
      expect(!site.app.lines().contains("configuration file=" + site.folder.path()),
          "the file given is reported");
      expectContains("configuration file=/tmp/production-config", site.app.lines());
      expectContains("max-retry-attempts=1 ", site.app.lines());
    }
  }
}
