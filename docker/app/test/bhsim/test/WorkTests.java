package bhsim.test;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.core.Application;
import bhsim.core.Log;
import bhsim.core.Quote;
import bhsim.core.Services;
import bhsim.failure.FailureRun;
import bhsim.failure.Scenarios;
import bhsim.journal.Order;
import bhsim.journal.OrderStore;
import bhsim.work.Contest;
import bhsim.work.Customer;
import bhsim.work.Measurement;
import bhsim.work.OwnLoad;
import bhsim.work.ResourceLog;
import bhsim.work.Result;
import bhsim.work.SwapWatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** What applications do by themselves, where the document starts them without a client. */
public final class WorkTests {
  private static final int EPISODES = 6;

  private WorkTests() {}

  public static void main(String[] arguments) {
    Cases cases = new Cases();
    cases.add("Customer_IsAnsweredAndGoesOnBehindItsLastOrder", WorkTests::customer);
    cases.add("AnswerThatIsWrong_IsToldWithWhatItIs", WorkTests::wrongAnswer);
    cases.add("OwnLoad_KeepsItsPaceAndCountsAsTraffic", WorkTests::ownLoad);
    cases.add("FailuresOfTheOwnLoad_AreCountedAndToldAsErrors", WorkTests::ownLoadFails);
    cases.add("Measurement_CountsTheIterationsAsked", WorkTests::measurement);
    cases.add("MeasurementWithAgent_NeedsOne", WorkTests::unfit);
    cases.add("Contest_OfSoundStore_FindsNothing", WorkTests::contest);
    cases.add("ContestOfStoreThatTakesANumberTwice_FindsIt", WorkTests::contestFindsDouble);
    cases.add("ContestOfStoreThatForgets_FindsIt", WorkTests::contestFindsLoss);
    cases.add("ContestWithDeadlock_IsToldAndEnds", WorkTests::contestFindsDeadlock);
    cases.add("NewVersion_IsToldOnceByItsFirstCall", WorkTests::swapWatch);
    cases.add("VersionThatGoesBack_IsToldByTheWatchItself", WorkTests::swapWatchBack);
    cases.add("ResourceLog_BeginsWithHeaderAndRow", WorkTests::resourceLog);
    for (String scenario : Scenarios.NAMES) {
      cases.add("Scenario " + scenario + "_IsNoticedAndRecovers", () -> scenario(scenario));
    }
    cases.add("ScenarioThatTakesPricesAlong_IsNoSuccess", WorkTests::cascade);
    cases.runAndExit(arguments);
  }

  private static TestApplication start(Services services, Path state) throws Exception {
    TestApplication application = new TestApplication(services, state);
    application.start();
    return application;
  }

  private static void customer() throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      for (int life = 0; life < 2; life++) {
        Customer customer = new Customer(application, "w");
        for (int i = 0; i < 20; i++) {
          String wrong = customer.next();
          expect(wrong == null, "the customer is told: " + wrong);
        }
      }
      expectEqual(4L, application.store().ledger().range("w", 1, 4).count());
      expectEqual(4L, application.store().lastSequence("w"));
    }
  }

  private static void wrongAnswer() throws Exception {
    Services noPrices = new TestApplication.Plain() {
      @Override
      public Quote quote(String sku) {
        return new Quote(sku, -1, 0, version, "");
      }
    };
    try (Folders folder = new Folders();
         TestApplication application = start(noPrices, folder.path())) {
      Customer customer = new Customer(application, "w");
      customer.next();
      expectEqual("the price of SKU-0001 was answered with 404 {\"error\":\"there is no such"
              + " article\"}",
          customer.next());
    }
  }

  private static void ownLoad() throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      long start = System.nanoTime();
      OwnLoad load = new OwnLoad(application, 4, 200).start(3600);
      eventually("a hundred requests were made", () -> load.requests() >= 100);
      // The hundredth is due half a second after the first; how late it may be is the machine's.
      expect(System.nanoTime() - start >= 450_000_000, "faster than asked");
      expectEqual(0L, load.errors());
      expect(Deployment.metric(application.port(), "orders_total") >= 4, "nobody ordered");
      expectContains("requests_total{operation=\"quote\",status=\"200\"}",
          Wire.ask(application.port(), "GET", "/metrics", ""));
    }
  }

  private static void ownLoadFails() throws Exception {
    Services broken = new TestApplication.Plain() {
      @Override
      public Quote quote(String sku) {
        throw new IllegalStateException("no prices today");
      }
    };
    try (Folders folder = new Folders();
         TestApplication application = start(broken, folder.path())) {
      OwnLoad load = new OwnLoad(application, 2, 500).start(3600);
      eventually("failures are counted", () -> load.errors() >= 10);
      expectContains("status=\"500\"", Wire.ask(application.port(), "GET", "/metrics", ""));
    }
  }

  private static void measurement() throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      Result result = new Result("Test");
      expect(new Measurement(application, 50, Measurement.Mode.BASELINE).run(result),
          "errors in " + result);
      expectContains("{\"app\":\"Test\",\"measured\":\"baseline\",\"iterations\":50,"
              + "\"errors\":0,",
          result.toString());
      expect(field(result, "p50_us") <= field(result, "p99_us"), "percentiles: " + result);
      expect(field(result, "cpu_us") >= 0 && field(result, "live_heap_mb") > 0, "" + result);
    }
  }

  private static void unfit() {
    expect(Measurement.unfit(Measurement.Mode.BASELINE) == null, "this JVM has no agent");
    expectContains("-javaagent", Measurement.unfit(Measurement.Mode.WITH_AGENT));
  }

  private static double field(Result result, String name) {
    String text = result.toString();
    int at = text.indexOf("\"" + name + "\":") + name.length() + 3;
    return Double.parseDouble(text.substring(at).split("[,}]")[0]);
  }

  private static Result contest(Application application, boolean good) throws Exception {
    Result result = new Result("Test");
    expectEqual(good, new Contest(application, 8, Duration.ofMillis(500)).run(result));
    return result;
  }

  private static void contest() throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      for (int again = 0; again < 2; again++) {
        Result result = contest(application, true);
        expect(field(result, "orders") > 0, "nobody won: " + result);
      }
    }
  }

  /** Says "stored" to every second order without storing it. */
  private static final class Forgetful extends OrderStore {
    Forgetful(Path directory) throws IOException {
      super(directory);
    }

    @Override
    public void submit(Order order, Consumer<Outcome> told) {
      if (order.sequence() % 2 == 0) {
        told.accept(Outcome.STORED);
      } else {
        super.submit(order, told);
      }
    }
  }

  /** Says "stored" to the loser of a race as well. */
  private static final class Generous extends OrderStore {
    Generous(Path directory) throws IOException {
      super(directory);
    }

    @Override
    public void submit(Order order, Consumer<Outcome> told) {
      super.submit(
          order, outcome -> told.accept(outcome == Outcome.DUPLICATE ? Outcome.STORED : outcome));
    }
  }

  private static void contestFindsDouble() throws Exception {
    try (Folders folder = new Folders(); TestApplication application = new TestApplication(
                                             new TestApplication.Plain(), folder.path()) {
      @Override
      protected OrderStore openStore(Path directory) throws IOException {
        return new Generous(directory);
      }
    }) {
      application.start();
      expect(field(contest(application, false), "wrong_ledgers") >= 1, "nobody won twice");
    }
  }

  private static void contestFindsLoss() throws Exception {
    try (Folders folder = new Folders(); TestApplication application = new TestApplication(
                                             new TestApplication.Plain(), folder.path()) {
      @Override
      protected OrderStore openStore(Path directory) throws IOException {
        return new Forgetful(directory);
      }
    }) {
      application.start();
      Result result = contest(application, false);
      expectEqual(4.0, field(result, "wrong_ledgers"));
      expect(field(result, "errors") > 0, "the lost orders were found: " + result);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void contestFindsDeadlock() throws Exception {
    Object one = new Object();
    Object other = new Object();
    // Each of them is held before the other is asked for.
    CountDownLatch held = new CountDownLatch(2);
    Services crossed = new TestApplication.Plain() {
      @Override
      public Quote quote(String sku) {
        String thread = Thread.currentThread().getName();
        if (thread.startsWith("contest-")) {
          boolean even = thread.charAt(thread.length() - 1) % 2 == 0;
          synchronized (even ? one : other) {
            held.countDown();
            await(held);
            synchronized (even ? other : one) {
              return super.quote(sku);
            }
          }
        }
        return super.quote(sku);
      }
    };
    try (Folders folder = new Folders();
         TestApplication application = start(crossed, folder.path())) {
      Result result = new Result("Test");
      expect(!new Contest(application, 4, Duration.ofSeconds(20)).run(result), "" + result);
      expectContains("\"deadlock\":true", result.toString());
    }
  }

  /** Lines that a watch writes. */
  private static final class Lines {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final Log log = new Log("test", new PrintStream(bytes, true, StandardCharsets.UTF_8));

    long count(String part) {
      return bytes.toString(StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains(part))
          .count();
    }
  }

  private static void swapWatch() {
    TestApplication.Plain real = new TestApplication.Plain();
    Lines lines = new Lines();
    SwapWatch watch = new SwapWatch(real, lines.log);
    watch.quote("SKU-0001");
    expectEqual(0L, lines.count("Hot-swap"));
    real.version = "bhsim-generation:17";
    watch.quote("SKU-0001");
    watch.quote("SKU-0001");
    expectEqual(1L, lines.count("Hot-swap completed for version 17 of PricingService"));
    expectEqual(1L, lines.count("Hot-swap completed for version 17 of DiscountService"));
    expectEqual(0L, lines.count("OrderPolicy"));
    // A call that had begun before the swap: no news, and the next one tells nothing again.
    real.version = "bhsim-generation:0";
    watch.quote("SKU-0001");
    real.version = "bhsim-generation:17";
    watch.quote("SKU-0001");
    expectEqual(1L, lines.count("version 17 of PricingService"));
  }

  private static void swapWatchBack() throws Exception {
    TestApplication.Plain real = new TestApplication.Plain();
    Lines lines = new Lines();
    SwapWatch watch = new SwapWatch(real, lines.log);
    try (Folders folder = new Folders();
         TestApplication application = start(watch, folder.path())) {
      watch.start(application);
      real.version = "bhsim-generation:3";
      eventually("the new version is told without a client",
          () -> lines.count("Hot-swap completed for version 3 of OrderPolicy") == 1);
      real.version = "bhsim-generation:2";
      eventually("the old version is told",
          () -> lines.count("Version 2 of OrderPolicy serves again") == 1);
    }
  }

  private static void resourceLog() throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      for (int life = 0; life < 2; life++) {
        new ResourceLog(application, folder.path()).start();
      }
      String text = Files.readString(folder.path().resolve("resource-metrics.csv"));
      String row = "[0-9]{10},[1-9][0-9]*,[0-9]+\\.[0-9],[1-9][0-9]*,[1-9][0-9]*\n";
      expect(text.matches("timestamp,memory_kb,cpu_percent,threads,fds\n" + row + row), text);
    }
  }

  private static void scenario(String name) throws Exception {
    try (Folders folder = new Folders();
         TestApplication application = start(new TestApplication.Plain(), folder.path())) {
      Result result = new Result("Test");
      boolean good = new FailureRun(application, name, folder.path(), EPISODES)
                         .play(result, Class.forName("PricingService"));
      expect(good, "" + result);
      Path log = folder.path().resolve("app-" + name + ".log");
      expectEqual((long) EPISODES, Files.lines(log).filter(line -> line.contains("ERROR")).count());
      expectEqual(
          (long) EPISODES, Files.lines(log).filter(line -> line.contains("RECOVERED")).count());
    }
  }

  private static void cascade() throws Exception {
    Services broken = new TestApplication.Plain() {
      @Override
      public Quote quote(String sku) {
        return new Quote(sku, -1, 0, version, "");
      }
    };
    try (Folders folder = new Folders();
         TestApplication application = start(broken, folder.path())) {
      Result result = new Result("Test");
      boolean good = new FailureRun(application, "corrupt-bytecode", folder.path(), EPISODES)
                         .play(result, Class.forName("PricingService"));
      expect(!good && field(result, "cascaded") == EPISODES, "" + result);
    }
  }
}
