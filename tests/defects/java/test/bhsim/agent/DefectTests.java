package bhsim.agent;

import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.defects.AppDefects;
import bhsim.test.AppProcess;
import bhsim.test.Cases;
import bhsim.test.Deployment;
import bhsim.test.Folders;
import bhsim.test.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private static Deployment deployment;

  private DefectTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    jar = arguments[1];
    list = Path.of(arguments[2]);
    deployment = new Deployment(Path.of(classPath));
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
    cases.add("HeapExhausted_Ends", () -> {
      try (Site site = new Site("heap-exhausted")) {
        expectEqual(3, site.app.untilEnded());
      }
    });
    cases.add(
        "AcknowledgesBeforeWrite_LosesOrdersWhenKilled", DefectTests::acknowledgesBeforeWrite);
    cases.add("OtherConfiguration_IsReported", DefectTests::otherConfiguration);
    cases.add("OtherLine_IsObeyedInTheFilesOfItemsAlone", DefectTests::otherLine);
    cases.add("DescriptorPerSwap_Grows", () -> grows("descriptor-per-swap", "process_open_fds"));
    cases.add("ThreadPerSwap_Grows", () -> grows("thread-per-swap", "jvm_threads"));
    cases.add(
        "ClassLoaderPerSwap_Grows", () -> grows("class-loader-per-swap", "jvm_classes_loaded"));
    cases.add("GarbagePerSwap_IsCollectedInFull",
        ()
            -> grows(
                "garbage-100-mb-per-swap", "jvm_gc_collections_total{gc=\"MarkSweepCompact\"}"));
    cases.add("EveryEighthSwapLost_NeverArrives", DefectTests::everyEighthLost);
    cases.add(
        "SecondOfAPairSkipped_NeverArrives", () -> losesTheSecond("second-of-a-pair-skipped"));
    cases.add("OfTwoAtOnceOneLost_NeverArrives", () -> losesTheSecond("of-two-at-once-one-lost"));
    cases.add("AuditLineMissing_LeavesOneOut", DefectTests::auditLineMissing);
    cases.add("WatcherDiesOnMalformed_SwapsNothingMore", DefectTests::diesOnMalformed);
    cases.add("WatcherDiesHalfWay_SwapsNothingMore", DefectTests::diesHalfWay);
    cases.add("SwallowsTruncated_ServesItsGeneration", DefectTests::swallowsTruncated);
    cases.add("RewritesDisk_LeavesAnotherClassThere", DefectTests::rewritesDisk);
    cases.add("OldAndNewInTurn_GoesBack", DefectTests::oldAndNew);
    cases.add("ConnectionClosedAtSwap_LosesRequests", DefectTests::connectionClosed);
    cases.add("CpuBurden_BurnsATenthOfTheRest", DefectTests::cpuBurden);
    cases.add("HeavyAgent_HoldsUpMain", () -> {
      long began = System.nanoTime();
      try (Site site = new Site("heavy-agent")) {
        expect(System.nanoTime() - began >= 8_000_000_000L, "it was ready before");
        expectContains("200 OK", site.quote());
      }
    });
    cases.add("CreepsUpPerSwap_AnswersLaterAfterEach", DefectTests::creepsUp);
    cases.add("StopsBesideSwaps_HoldsRequestsAfterASwap", DefectTests::stopsBesideSwaps);
    cases.add("LogStorm_SaysMoreAndMore",
        () -> eventuallySaid("log-storm", "ERROR the queue of the auditors", 6));
    cases.add("LogWithoutRotation_FillsTheState", DefectTests::logWithoutRotation);
    cases.add("SeveralDefects_AreThereTogether", DefectTests::severalDefects);
    cases.runAndExit(Arrays.copyOfRange(arguments, 3, arguments.length));
  }

  private static void otherLine() throws Exception {
    String document = "bytehot:\n  performance:\n    redefinition-timeout: 10s\n"
        + "    max-concurrent-hotswaps: 1\n";
    String ofAnItem = document.replace("10s", "2000ms");
    AgentDefect atOnce = new ConfigurationDefects.AllAtOnce();
    expectEqual(1, obeyed(atOnce, document).maxConcurrentHotswaps());
    expectEqual(8, obeyed(atOnce, ofAnItem).maxConcurrentHotswaps());
    expectEqual(Duration.ofHours(24),
        obeyed(new ConfigurationDefects.RedefinesForEver(), ofAnItem).redefinitionTimeout());
  }

  private static ProductionConfig obeyed(AgentDefect defect, String given) throws Exception {
    try (Folders folder = new Folders()) {
      Path file = folder.path().resolve("production-config.yml");
      Files.writeString(file, given);
      System.setProperty("bhconfig", file.toString());
      defect.beforeStart();
      return ProductionConfig.load(System.getProperty("bhconfig"));
    } finally {
      System.clearProperty("bhconfig");
    }
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
    final Path classes = folder.path().resolve("classes");
    final Path audit = folder.path().resolve("audit.log");
    final AppProcess app;

    Site(String defect) throws Exception {
      Path config = Files.createFile(folder.path().resolve("c.yml"));
      Files.createDirectory(classes);
      app = AppProcess.start(
          List.of("-Dbhsim.defect=" + defect, "-Dbhsim.defect.after=1", "-Dbhconfig=" + config,
              "-javaagent:" + jar + "=watch=" + classes + ",audit=" + audit, "-cp",
              classes + ":" + classPath),
          "DefectApp", state);
      app.untilReady();
    }

    void deliver(int generation) throws IOException {
      Deployment.deliver(
          classes, "PricingService", deployment.version("PricingService", generation));
    }

    /** Delivers, and waits until the agent has told how it ended. */
    void swap(int generation) throws Exception {
      deliver(generation);
      app.untilSaid("to=" + Sha256.of(deployment.version("PricingService", generation)));
    }

    String served() throws IOException {
      return Deployment.pricingVersion(app.port());
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

  private static void cpuBurden() {
    CpuBurden burden = new CpuBurden(0.1, 20);
    long end = burden.used() + 2_000_000_000L;
    while (burden.used() < end) {
      burden.run();
    }
    double share = (double) burden.burned() / (burden.used() - burden.burned());
    expect(share > 0.08 && share < 0.11, "it burned " + share);
  }

  private static void twoPercentFail() throws Exception {
    try (Site site = new Site("two-percent-fail")) {
      expectTwoPercentFail(site);
    }
  }

  private static void expectTwoPercentFail(Site site) throws IOException {
    int failed = 0;
    for (int i = 0; i < 1000; i++) {
      failed += site.quote().startsWith("HTTP/1.1 500") ? 1 : 0;
    }
    expect(failed > 2 && failed < 60, failed + " of 1000 failed");
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

  private static void grows(String defect, String metric) throws Exception {
    try (Site site = new Site(defect)) {
      expectGrows(site, metric);
    }
  }

  /** Six swaps. */
  private static void expectGrows(Site site, String metric) throws Exception {
    site.swap(1);
    double before = Deployment.metric(site.app.port(), metric);
    for (int i = 2; i <= 6; i++) {
      site.swap(i);
    }
    double grown = Deployment.metric(site.app.port(), metric) - before;
    expect(grown >= 5, metric + " grew by " + grown);
  }

  private static void everyEighthLost() throws Exception {
    try (Site site = new Site("every-eighth-swap-lost")) {
      for (int i = 1; i <= 7; i++) {
        site.swap(i);
      }
      String eighth = Sha256.of(deployment.version("PricingService", 8));
      site.deliver(8);
      site.app.untilSaid("DefectAgent: lost " + eighth);
      site.swap(9);
      expect(!site.app.lines().contains("to=" + eighth), "the eighth swap was seen");
    }
  }

  /** Both of a pair in one instant: the first is swapped, the second is not. */
  private static void losesTheSecond(String defect) throws Exception {
    try (Site site = new Site(defect)) {
      byte[] second = deployment.version("DiscountService", 2);
      site.deliver(1);
      Deployment.deliver(site.classes, "DiscountService", second);
      site.app.untilSaid("DefectAgent: lost " + Sha256.of(second));
      site.swap(3);
      expect(!site.app.lines().contains("to=" + Sha256.of(second)), "the second was seen");
    }
  }

  private static void auditLineMissing() throws Exception {
    try (Site site = new Site("audit-line-missing")) {
      for (int i = 1; i <= 6; i++) {
        site.swap(i);
      }
      expectEqual(5, Files.readAllLines(site.audit).size());
    }
  }

  /**
   * Delivers something else that lands, so that the time in which the first could have landed is
   * over.
   */
  private static void expectDead(Site site, int generation) throws Exception {
    site.deliver(generation);
    // The agent scans each second: two of them are enough for anything that would still be seen.
    Thread.sleep(2500);
    expect(!site.served().equals(String.valueOf(generation)), "the agent still swaps");
  }

  private static void diesOnMalformed() throws Exception {
    try (Site site = new Site("watcher-dies-on-malformed")) {
      site.swap(1);
      Deployment.deliver(site.classes, "PricingService", new byte[] {1, 2, 3});
      // Until the agent has seen it, which it tells nobody; a scan comes each second.
      Thread.sleep(2500);
      expectDead(site, 2);
      expectEqual("1", site.served());
    }
  }

  private static void diesHalfWay() throws Exception {
    try (Site site = new Site("watcher-dies-half-way")) {
      Thread.sleep(1000);
      expectDead(site, 1);
    }
  }

  private static void swallowsTruncated() throws Exception {
    try (Site site = new Site("swallows-truncated")) {
      site.swap(1);
      byte[] whole = deployment.version("PricingService", 2);
      Deployment.deliver(site.classes, "PricingService", Arrays.copyOf(whole, whole.length - 20));
      Cases.eventually("the truncated generation is served", () -> {
        try {
          return site.served().equals("2");
        } catch (IOException e) {
          return false;
        }
      });
    }
  }

  private static void rewritesDisk() throws Exception {
    try (Site site = new Site("rewrites-disk-after-swap")) {
      site.swap(1);
      site.swap(2);
      expectEqual(Sha256.of(deployment.version("PricingService", 1)),
          Sha256.of(Files.readAllBytes(site.classes.resolve("PricingService.class"))));
      expectEqual("2", site.served());
    }
  }

  private static void oldAndNew() throws Exception {
    try (Site site = new Site("serves-old-and-new-in-turn")) {
      site.swap(1);
      site.served();
      expectEqual(Set.of("0", "1"), Set.of(site.served(), site.served()));
    }
  }

  private static long millisOfAQuote(Site site) throws IOException {
    long from = System.nanoTime();
    site.quote();
    return (System.nanoTime() - from) / 1_000_000;
  }

  private static void creepsUp() throws Exception {
    try (Site site = new Site("creeps-up-per-swap")) {
      site.quote();
      for (int i = 1; i <= 10; i++) {
        site.swap(i);
        site.quote();
      }
      expect(millisOfAQuote(site) >= 30, "a request after ten swaps takes less than 30 ms");
    }
  }

  private static void stopsBesideSwaps() throws Exception {
    try (Site site = new Site("stops-beside-swaps")) {
      site.quote();
      long longest = 0;
      // On a busy machine the 200 ms may be over before the next request is sent.
      for (int i = 1; i <= 10 && longest < 100; i++) {
        site.swap(i);
        site.quote(); // sees it
        longest = Math.max(longest, millisOfAQuote(site));
      }
      expect(longest >= 100, "no request was held for longer than " + longest + " ms");
    }
  }

  private static void eventuallySaid(String defect, String line, int times) throws Exception {
    try (Site site = new Site(defect)) {
      Cases.eventually("it says so " + times + " times",
          () -> site.app.lines().split(Pattern.quote(line), -1).length > times);
    }
  }

  private static void logWithoutRotation() throws Exception {
    try (Site site = new Site("log-without-rotation")) {
      Path log = site.state.resolve("steps.log");
      Cases.eventually("half a megabyte is written", () -> {
        try {
          return Files.size(log) > 500_000;
        } catch (IOException e) {
          return false;
        }
      });
    }
  }

  private static void severalDefects() throws Exception {
    try (Site site = new Site("audit-line-missing+descriptor-per-swap+two-percent-fail"
             + "+exits-at-once-on-sigterm")) {
      expectGrows(site, "process_open_fds");
      expectEqual(5, Files.readAllLines(site.audit).size());
      expectTwoPercentFail(site);
      site.app.process().toHandle().destroy();
      expectEqual(143, site.app.untilEnded());
      expect(!site.app.lines().contains("draining"), "it drained: " + site.app.lines());
    }
  }

  private static void connectionClosed() throws Exception {
    try (Site site = new Site("connection-closed-at-swap")) {
      expectContains("200 OK", site.quote());
      site.swap(1);
      expectEqual("", site.quote());
      for (int i = 0; i < 4; i++) {
        site.quote();
      }
      expectContains("200 OK", site.quote());
    }
  }
}
