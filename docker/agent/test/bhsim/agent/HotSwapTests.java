package bhsim.agent;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.test.AppProcess;
import bhsim.test.Cases;
import bhsim.test.Deployment;
import bhsim.test.Folders;
import bhsim.test.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The agent inside the application, on real class files. Arguments: the application's class path,
 * the agent's jar, the folder of the application's class files.
 */
public final class HotSwapTests {
  private static String classPath;
  private static String jar;
  private static Path original;
  private static Deployment deployment;

  private HotSwapTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    jar = arguments[1];
    original = Path.of(arguments[2]);
    deployment = new Deployment(original);
    Cases cases = new Cases();
    cases.add("ValidChange_IsServedAuditedAndCounted", HotSwapTests::validChange);
    cases.add("ClassInAPackage_IsSwapped", HotSwapTests::packagedClass);
    cases.add("ClassOfAnApplicationServersLoader_IsSwapped", HotSwapTests::ownLoader);
    cases.add("SameBytesTouchedAgain_AreNotSwappedAgain", HotSwapTests::touched);
    cases.add("BadChanges_AreRefusedAndTheNextGoodOneLands", HotSwapTests::badChanges);
    cases.add("HalfWrittenThenFinished_Lands", HotSwapTests::halfWritten);
    cases.add("DirectoryRemovedAndMadeAgain_IsWatchedAgain", HotSwapTests::directoryAgain);
    cases.add("SpecialFile_IsRefused", HotSwapTests::specialFile);
    cases.add("OverwrittenInPlace_Lands", HotSwapTests::overwritten);
    cases.add("SwappedVersion_SurvivesARestart", HotSwapTests::restart);
    cases.add("ManyFailures_OpenTheBreaker", HotSwapTests::breaker);
    cases.add("ChangeThatBreaksHealth_IsRolledBack", HotSwapTests::rollback);
    cases.add("BadConfiguration_StopsTheStart", HotSwapTests::badConfiguration);
    cases.add("HotSwapBenchmarkApp_SaysWhenANewVersionServes", HotSwapTests::benchmark);
    cases.add("FailureTestApp_HasItsBadClassesRefusedByTheAgent", HotSwapTests::failureScenario);
    cases.runAndExit(Arrays.copyOfRange(arguments, 3, arguments.length));
  }

  /** An application with the agent, and the folder that it watches. */
  private static final class Site implements AutoCloseable {
    final Folders folder = new Folders();
    final Path classes = Files.createDirectory(folder.path().resolve("classes"));
    final Path state = Files.createDirectory(folder.path().resolve("state"));
    private final String configuration;
    private final String breaker;
    private final String main;
    private final String[] arguments;
    AppProcess app;

    Site() throws Exception {
      this("", "5:30");
    }

    Site(String configuration, String breaker) throws Exception {
      this(configuration, breaker, "ProductionSimulationApp");
    }

    Site(String configuration, String breaker, String main, String... arguments) throws Exception {
      this.configuration = configuration;
      this.breaker = breaker;
      this.main = main;
      this.arguments = arguments;
      start();
      app.untilReady();
    }

    /**
     * A free port is not known before the start, so health is asked where the configured test puts
     * it.
     */
    void start() throws IOException {
      Path config = folder.path().resolve("production-config.yml");
      Files.writeString(config, configuration);
      int port = freePort();
      List<String> jvm = new ArrayList<>(List.of(
          "-Dbhsim.swap.allow=PricingService:DiscountService:com.example.orders.OrderPolicy",
          "-Dbhsim.swap.groups=PricingService+DiscountService",
          "-javaagent:" + jar + "=watch=" + classes + ",audit=" + state + "/audit.log,breaker="
              + breaker + ",health=http://127.0.0.1:" + port + "/health/ready",
          "-Dbhconfig=" + config, "-cp",
          classes + ":" + classPath + ":" + System.getProperty("java.class.path")));
      List<String> words = new ArrayList<>(List.of(arguments));
      words.add("--port=" + port);
      app = AppProcess.start(jvm, main, state, words.toArray(new String[0]));
    }

    String pricingVersion() throws IOException {
      return Deployment.pricingVersion(app.port());
    }

    void untilServed(String generation) throws InterruptedException {
      eventually(() -> "generation " + generation + " is served\n" + app.lines(), () -> {
        try {
          return pricingVersion().equals(generation);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      });
    }

    String audit() throws IOException {
      return Files.readString(state.resolve("audit.log"));
    }

    void deliver(String className, byte[] bytes) throws IOException {
      Deployment.deliver(classes, className, bytes);
    }

    @Override
    public void close() throws IOException {
      app.close();
      try {
        app.untilEnded();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      folder.close();
    }
  }

  private static int freePort() throws IOException {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static byte[] version(String className, int generation) throws IOException {
    return deployment.version(className, generation);
  }

  private static void validChange() throws Exception {
    try (Site site = new Site()) {
      byte[] bytes = version("PricingService", 17);
      site.deliver("PricingService", bytes);
      site.untilServed("17");
      site.app.untilSaid("SWAPPED class=PricingService from="
          + Sha256.of(version("PricingService", 0)) + " to=" + Sha256.of(bytes));
      expectContains("\"before\":\"" + Sha256.of(version("PricingService", 0)) + "\",\"after\":\""
              + Sha256.of(bytes) + "\",\"outcome\":\"swapped\"",
          site.audit());
      expectContains("hot_swaps_completed 1\n", Wire.ask(site.app.port(), "GET", "/metrics", ""));
    }
  }

  private static void packagedClass() throws Exception {
    try (Site site = new Site()) {
      site.deliver("com.example.orders.OrderPolicy", version("com.example.orders.OrderPolicy", 5));
      site.app.untilSaid("SWAPPED class=com.example.orders.OrderPolicy ");
      String order = "{\"writer\":\"w\",\"sequence\":1,\"sku\":\"SKU-0042\",\"quantity\":3}";
      expectContains(
          "X-Version-OrderPolicy: 5\r\n", Wire.ask(site.app.port(), "POST", "/api/orders", order));
    }
  }

  private static void touched() throws Exception {
    try (Site site = new Site()) {
      byte[] bytes = version("PricingService", 1);
      site.deliver("PricingService", bytes);
      site.untilServed("1");
      site.deliver("PricingService", bytes);
      site.deliver("PricingService", version("PricingService", 2));
      site.untilServed("2");
      site.app.untilSaid("to=" + Sha256.of(version("PricingService", 2)));
      expectEqual(2, site.audit().split("\n").length);
    }
  }

  private static void badChanges() throws Exception {
    byte[] good = version("PricingService", 0);
    byte[] badMagic = good.clone();
    badMagic[0] = 0;
    byte[] newer = good.clone();
    newer[7] = 99;
    record Bad(String name, String className, byte[] bytes, String reason) {}
    List<Bad> all = List.of(
        new Bad("truncated", "PricingService", Arrays.copyOf(good, good.length / 2),
            "ClassFormatError: truncated"),
        new Bad("empty", "PricingService", new byte[0], "the file is empty"),
        new Bad("bad magic", "PricingService", badMagic, "bad magic"),
        new Bad("newer version", "PricingService", newer, "UnsupportedClassVersionError"),
        new Bad("wrong name", "PricingService", version("DiscountService", 0),
            "the file holds the class DiscountService"),
        new Bad("method renamed", "PricingService", Deployment.replaceText(good, "quote", "price"),
            "UnsupportedOperationException: class redefinition failed"),
        new Bad("field renamed", "PricingService",
            Deployment.replaceText(good, "catalogue", "catalog"),
            "UnsupportedOperationException: class redefinition failed"),
        new Bad("not allowed", "bhsim.core.Catalogue", version0("bhsim.core.Catalogue"),
            "not among the classes"));
    try (Site site = new Site()) {
      int generation = 100;
      for (Bad bad : all) {
        site.deliver(bad.className, bad.bytes);
        site.app.untilSaid("REFUSED class=" + bad.className + " sha256=" + Sha256.of(bad.bytes));
        expectContains(bad.reason, site.app.lines());
        expectContains(
            "\"after\":\"" + Sha256.of(bad.bytes) + "\",\"outcome\":\"refused\"", site.audit());
        site.deliver("PricingService", version("PricingService", ++generation));
        site.untilServed(String.valueOf(generation));
      }
      expectContains("hot_swap_agent_errors 0\n", Wire.ask(site.app.port(), "GET", "/metrics", ""));
    }
  }

  private static byte[] version0(String className) throws IOException {
    // One byte of a text that nobody reads: another digest, the same class.
    byte[] bytes = deployment.original(className);
    return Deployment.replaceText(bytes, "Catalogue.java", "Catalogus.java");
  }

  private static void halfWritten() throws Exception {
    try (Site site = new Site()) {
      byte[] bytes = version("PricingService", 9);
      Path file = site.classes.resolve("PricingService.class");
      Files.write(file, Arrays.copyOf(bytes, 200));
      site.app.untilSaid("REFUSED class=PricingService");
      Files.write(file, bytes);
      site.untilServed("9");
    }
  }

  private static void directoryAgain() throws Exception {
    try (Site site = new Site()) {
      site.deliver("PricingService", version("PricingService", 1));
      site.untilServed("1");
      Files.delete(site.classes.resolve("PricingService.class"));
      Files.delete(site.classes);
      site.app.untilSaid("is not there; waiting for it");
      Files.createDirectory(site.classes);
      site.deliver("PricingService", version("PricingService", 2));
      site.untilServed("2");
    }
  }

  private static void specialFile() throws Exception {
    try (Site site = new Site()) {
      Files.createDirectory(site.classes.resolve("PricingService.class"));
      site.app.untilSaid("REFUSED class=PricingService sha256=- reason=\"not a regular file\"");
      Files.delete(site.classes.resolve("PricingService.class"));
      site.deliver("PricingService", version("PricingService", 3));
      site.untilServed("3");
    }
  }

  private static void overwritten() throws Exception {
    try (Site site = new Site()) {
      for (int i = 1; i <= 20; i++) {
        Files.write(site.classes.resolve("PricingService.class"), version("PricingService", i));
        site.untilServed(String.valueOf(i));
      }
    }
  }

  private static void restart() throws Exception {
    try (Site site = new Site()) {
      site.deliver("PricingService", version("PricingService", 4));
      site.app.untilSaid("SWAPPED class=PricingService");
      site.app.process().destroyForcibly();
      site.app.untilEnded();
      site.start();
      site.app.untilReady();
      expectEqual("4", site.pricingVersion());
      site.deliver("PricingService", version("PricingService", 5));
      site.untilServed("5");
      site.app.untilSaid("SWAPPED class=PricingService");
      expectContains("\"before\":\"" + Sha256.of(version("PricingService", 4)), site.audit());
    }
  }

  private static void breaker() throws Exception {
    try (Site site = new Site("", "2:2")) {
      byte[] good = version("PricingService", 0);
      for (int i = 1; i <= 2; i++) {
        byte[] bad = Arrays.copyOf(good, 200 + i);
        site.deliver("PricingService", bad);
        site.app.untilSaid("REFUSED class=PricingService sha256=" + Sha256.of(bad));
      }
      site.app.untilSaid("BREAKER from=closed to=open");
      byte[] next = version("PricingService", 1);
      site.deliver("PricingService", next);
      site.app.untilSaid("REFUSED class=PricingService sha256=" + Sha256.of(next)
          + " reason=\"circuit breaker open");
      expectEqual("0", site.pricingVersion());
      // Delivered again and again until the pause is over: the trial lands and closes the breaker.
      for (int i = 2; !site.app.lines().contains("BREAKER from=half-open to=closed"); i++) {
        byte[] again = version("PricingService", i);
        site.deliver("PricingService", again);
        site.app.untilSaid(Sha256.of(again));
      }
    }
  }

  private static void rollback() throws Exception {
    String often = "bytehot:\n  monitoring:\n    health-check-interval: 500ms\n";
    try (Site site = new Site(often, "5:30")) {
      site.deliver("PricingService", version("PricingService", 1));
      site.app.untilSaid("CONFIRMED class=PricingService");
      site.deliver("PricingService", broken(site.folder.path()));
      site.untilServed("500");
      site.untilServed("1");
      site.app.untilSaid("ROLLED-BACK class=PricingService");
      expectContains("\"after\":\"" + Sha256.of(version("PricingService", 1))
              + "\",\"outcome\":\"rolled-back\"",
          site.audit());
      eventually("the rollback is counted", () -> {
        try {
          return Wire.ask(site.app.port(), "GET", "/metrics", "")
              .contains("hot_swaps_rolled_back 1\n");
        } catch (IOException e) {
          return false;
        }
      });
    }
  }

  /** A version that loads, has the same shape, and throws. */
  private static byte[] broken(Path folder) throws IOException {
    Path source = folder.resolve("PricingService.java");
    Files.writeString(source,
        String.join("\n", //
            "public final class PricingService {", //
            "  private final bhsim.core.Catalogue catalogue;", //
            "  public PricingService(bhsim.core.Catalogue catalogue) {", //
            "    this.catalogue = catalogue;", //
            "  }", //
            "  public bhsim.core.Quote quote(String sku) {", //
            "    throw new IllegalStateException(\"broken\");", //
            "  }", //
            "}"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    String[] words = {
        "-nowarn", "-cp", original.toString(), "-d", folder.toString(), source.toString()};
    expectEqual(0, compiler.run(null, null, null, words));
    return Files.readAllBytes(folder.resolve("PricingService.class"));
  }

  private static void benchmark() throws Exception {
    try (Site site = new Site("", "5:30", "HotSwapBenchmarkApp")) {
      site.deliver("PricingService", deployment.version("PricingService", 17));
      site.app.untilSaid("Hot-swap completed for version 17 of PricingService, first served at");
    }
  }

  private static void ownLoader() throws Exception {
    try (Site site = new Site("", "5:30", OwnLoader.class.getName())) {
      site.deliver("PricingService", version("PricingService", 7));
      site.untilServed("7");
    }
  }

  private static void failureScenario() throws Exception {
    try (Site site = new Site("", "5:30", "FailureTestApp", "--scenario=corrupt-bytecode")) {
      expectEqual(0, site.app.untilEnded());
      site.app.untilSaid("the agent refused version 1");
      site.app.untilSaid("RECOVERED: episode 20");
    }
  }

  private static void badConfiguration() throws Exception {
    try (Folders folder = new Folders()) {
      Path config = folder.path().resolve("c.yml");
      Files.writeString(config, "bytehot:\n  reliability:\n    max-retries: 3\n");
      try (
          AppProcess app = AppProcess.start(List.of("-javaagent:" + jar + "=watch=" + folder.path(),
                                                "-Dbhconfig=" + config, "-cp", classPath),
              "ProductionSimulationApp", folder.path())) {
        expectEqual(3, app.untilEnded());
        app.untilSaid("c.yml:3:18: unknown key bytehot.reliability.max-retries");
      }
    }
  }
}
