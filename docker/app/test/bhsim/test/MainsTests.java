package bhsim.test;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The applications as processes, with the arguments that phase 9.2 gives them. The first argument
 * is their class path.
 */
public final class MainsTests {
  private static String classPath;

  private MainsTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    Cases cases = new Cases();
    cases.add("PerformanceTestApp_PrintsOneLineAndEnds", MainsTests::performance);
    cases.add("ConcurrencyTestApp_EndsWithItsResult", MainsTests::concurrency);
    cases.add("FailureTestApp_PlaysTheScenarioAndEnds", MainsTests::failure);
    cases.add("ResourceExhaustion_MeetsEachShortageAndRecovers", MainsTests::exhaustion);
    cases.add("HighLoadApp_MakesItsOwnLoad", MainsTests::highLoad);
    cases.add("HotSwapBenchmarkApp_ServesLikeAllOfThem", MainsTests::hotSwap);
    cases.add("StabilityTestApp_HasACustomerOfItsOwn", MainsTests::stability);
    cases.add("ResourceAnalysisApp_WritesItsMetrics", MainsTests::resources);
    cases.add("ApplicationsThatAreAskedForNothing_Serve", MainsTests::serving);
    cases.add("ServiceThatItDependsOn_IsAskedAndMayFail", MainsTests::dependency);
    cases.add("OptionThatDoesNotExist_IsRefusedWithTheNearest", MainsTests::badOption);
    cases.add("WorkThatFails_IsNotTakenForAStart", MainsTests::failedWork);
    cases.runAndExit(java.util.Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  private static AppProcess start(String main, Path state, String... arguments) throws IOException {
    return AppProcess.start(List.of("-cp", classPath), main, state, arguments);
  }

  /** The only line of JSON among all that it said. */
  private static String result(AppProcess app) throws InterruptedException {
    app.untilSaid("stopped after");
    List<String> found = app.lines().lines().filter(line -> line.startsWith("{")).toList();
    expectEqual(1, found.size());
    return found.get(0);
  }

  private static void performance() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start("PerformanceTestApp", folder.path(),
                                             "--iterations=200", "--measure-baseline")) {
      expectEqual(0, app.untilEnded());
      expectContains("\"measured\":\"baseline\",\"iterations\":200,\"errors\":0", result(app));
    }
  }

  private static void concurrency() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start("ConcurrencyTestApp", folder.path(),
                                             "--threads=100", "--duration=1s")) {
      expectEqual(0, app.untilEnded());
      expectContains("\"threads\":100,", result(app));
      expectContains("\"errors\":0,", result(app));
    }
  }

  private static void failure() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app = start("FailureTestApp", folder.path(), "--scenario=invalid-changes")) {
      expectEqual(0, app.untilEnded());
      expectContains("\"scenario\":\"invalid-changes\"", result(app));
      expect(Files.exists(folder.path().resolve("app-invalid-changes.log")), "there is no log");
    }
  }

  private static void exhaustion() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start("FailureTestApp", folder.path(),
                                             "--scenario=resource-exhaustion")) {
      expectEqual(0, app.untilEnded());
      expectContains("\"cascaded\":0", result(app));
      String log = Files.readString(folder.path().resolve("app-resource-exhaustion.log"));
      // The descriptors only where there are few.
      for (String shortage :
          List.of("the queue of orders is full", "Java heap space", "native thread")) {
        expectContains(shortage, log);
      }
    }
  }

  private static void highLoad() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app =
             start("HighLoadApp", folder.path(), "--threads=50", "--rps=100").untilReady()) {
      eventually("its requests are in its metrics", () -> metric(app, "requests_per_second") > 10);
      expectEqual(0.0, metric(app, "error_rate"));
    }
  }

  private static void hotSwap() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app = start("HotSwapBenchmarkApp", folder.path()).untilReady()) {
      expectEqual("0", Deployment.pricingVersion(app.port()));
      expectContains("200 OK", Wire.ask(app.port(), "GET", "/health/ready", ""));
      app.process().toHandle().destroy();
      expectEqual(143, app.untilEnded());
    }
  }

  private static void stability() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app = start("StabilityTestApp", folder.path()).untilReady()) {
      eventually("its customer has ordered", () -> metric(app, "orders_total") >= 1);
    }
  }

  private static void resources() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app = start("ResourceAnalysisApp", folder.path()).untilReady()) {
      Path file = folder.path().resolve("resource-metrics.csv");
      eventually("there is a row", () -> size(file) > 60);
      eventually("its customer has ordered", () -> metric(app, "orders_total") >= 1);
    }
  }

  private static void serving() throws Exception {
    for (String main : List.of("ConcurrencyTestApp", "FailureTestApp")) {
      try (Folders folder = new Folders();
           AppProcess app = start(main, folder.path()).untilReady()) {
        expectEqual("0", Deployment.pricingVersion(app.port()));
      }
    }
  }

  private static void dependency() throws Exception {
    try (Folders folder = new Folders();
         AppProcess service = start("StockService", folder.path()).untilReady();
         AppProcess app =
             start("ProductionSimulationApp", folder.path(), "--stock=127.0.0.1:" + service.port())
                 .untilReady()) {
      expectContains("\"available\":", stock(app));
      service.process().destroyForcibly().waitFor();
      expectContains("503", stock(app));
      expectEqual("0", Deployment.pricingVersion(app.port()));
    }
    try (Folders folder = new Folders();
         AppProcess app = start("ProductionSimulationApp", folder.path(), "--stock=nowhere")) {
      expectEqual(1, app.untilEnded());
      app.untilSaid("--stock=nowhere: HOST:PORT is expected");
    }
  }

  private static String stock(AppProcess app) throws IOException {
    try (Wire wire = new Wire(app.port())) {
      return wire.send("GET /api/stock/SKU-0001 HTTP/1.1\r\nHost: test\r\n\r\n").read();
    }
  }

  private static void badOption() throws Exception {
    try (Folders folder = new Folders();
         AppProcess app = start("HighLoadApp", folder.path(), "--therads=50")) {
      expectEqual(2, app.untilEnded());
      app.untilSaid("HighLoadApp: --therads is not an option here; did you mean --threads?");
    }
  }

  /** Its log cannot be written, which it finds out once it serves. */
  private static void failedWork() throws Exception {
    try (Folders folder = new Folders()) {
      Files.createDirectory(folder.path().resolve("app-network-issues.log"));
      try (AppProcess app = start("FailureTestApp", folder.path(), "--scenario=network-issues")) {
        expectEqual(1, app.untilEnded());
        app.untilSaid("FailureTestApp: failed:");
        expect(!app.lines().contains("cannot start"), "it had started");
      }
    }
  }

  private static double metric(AppProcess app, String name) {
    try {
      return Deployment.metric(app.port(), name);
    } catch (IOException e) {
      return -1;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
