package bhsim.test;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The whole application as a process: killed, ended, started again. The first argument is its class
 * path.
 */
public final class DurabilityTests {
  private static String classPath;

  private DurabilityTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    Cases cases = new Cases();
    cases.add("KilledProcess_KeepsEveryAcknowledgedOrder", DurabilityTests::killed);
    cases.add("Sigterm_AnswersWhatWasAcceptedAndEndsInOrder", DurabilityTests::sigterm);
    cases.add("UnwritableState_IsToldAndNothingStarts", DurabilityTests::unwritableState);
    cases.add("PortInUse_IsTold", DurabilityTests::portInUse);
    cases.add("EveryAnswer_TellsTheVersionThatServedIt", DurabilityTests::versions);
    cases.add("Metrics_AreValidExposition", DurabilityTests::metrics);
    cases.runAndExit(java.util.Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  private static AppProcess start(Path state) throws IOException, InterruptedException {
    return AppProcess.start(List.of("-cp", classPath), "ProductionSimulationApp", state)
        .untilReady();
  }

  private static String order(String writer, long sequence) {
    return "{\"writer\":\"" + writer + "\",\"sequence\":" + sequence
        + ",\"sku\":\"SKU-0042\",\"quantity\":3}";
  }

  /** Four writers order as fast as they can until the process dies under them; three times over. */
  private static void killed() throws Exception {
    try (Folders folder = new Folders()) {
      Set<String> acknowledged = Collections.synchronizedSet(new TreeSet<>());
      for (int life = 0; life < 3; life++) {
        try (AppProcess app = start(folder.path())) {
          readBack(app.port(), acknowledged);
          int before = acknowledged.size();
          List<Thread> writers = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            String writer = "w" + life + i;
            writers.add(new Thread(() -> writeUntilItFails(app.port(), writer, acknowledged)));
          }
          writers.forEach(Thread::start);
          eventually("orders are acknowledged", () -> acknowledged.size() - before > 500);
          app.process().destroyForcibly();
          for (Thread writer : writers) {
            writer.join();
          }
        }
      }
      try (AppProcess app = start(folder.path())) {
        readBack(app.port(), acknowledged);
      }
    }
  }

  private static void writeUntilItFails(int port, String writer, Set<String> acknowledged) {
    try (Wire wire = new Wire(port)) {
      for (int sequence = 1;; sequence++) {
        String body = order(writer, sequence);
        wire.send("POST /api/orders HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length()
            + "\r\n\r\n" + body);
        if (!wire.read().startsWith("HTTP/1.1 201")) {
          return;
        }
        acknowledged.add(writer + "/" + sequence);
      }
    } catch (IOException e) {
      // Killed under us: what was acknowledged until then counts.
    }
  }

  private static void readBack(int port, Set<String> acknowledged) throws IOException {
    try (Wire wire = new Wire(port)) {
      for (String one : acknowledged) {
        String answer = wire.send("GET /api/orders/" + one + " HTTP/1.1\r\nHost: t\r\n\r\n").read();
        expectContains("200 OK", answer);
        expectContains("\"sku\":\"SKU-0042\",\"quantity\":3", answer);
      }
    }
  }

  private static void sigterm() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start(folder.path())) {
      AtomicInteger answered = new AtomicInteger();
      List<String> failures = Collections.synchronizedList(new ArrayList<>());
      Thread client = new Thread(() -> orderUntilRefused(app.port(), answered, failures));
      client.start();
      eventually("orders are answered", () -> answered.get() > 50);
      // By its handle: Process.destroy would close its output as well.
      app.process().toHandle().destroy();
      expectEqual(143, app.untilEnded());
      client.join();
      expectEqual(List.of(), failures);
      app.untilSaid("everything accepted was answered");
    }
  }

  /**
   * A connection for each order, because a draining server ends them; goes on for a little when
   * told of it.
   */
  private static void orderUntilRefused(int port, AtomicInteger answered, List<String> failures) {
    int left = 20;
    while (left > 0) {
      try (Wire wire = new Wire(port)) {
        String body = order("w", answered.get());
        wire.send("POST /api/orders HTTP/1.1\r\nHost: t\r\nContent-Length: " + body.length()
            + "\r\n\r\n" + body);
        String answer = wire.read();
        if (!answer.startsWith("HTTP/1.1 201")) {
          failures.add("order " + answered.get() + ": " + answer);
          return;
        }
        answered.incrementAndGet();
        left -= answer.contains("Connection: close") ? 1 : 0;
      } catch (java.net.ConnectException e) {
        return;
      } catch (IOException e) {
        failures.add(e.toString());
        return;
      }
    }
  }

  private static void unwritableState() throws Exception {
    try (Folders folder = new Folders()) {
      Path file = folder.path().resolve("file");
      java.nio.file.Files.createFile(file);
      try (AppProcess app =
               AppProcess.start(List.of("-cp", classPath), "ProductionSimulationApp", file)) {
        expectEqual(1, app.untilEnded());
        app.untilSaid("cannot start");
      }
    }
  }

  private static void portInUse() throws Exception {
    try (Folders folder = new Folders(); AppProcess first = start(folder.path().resolve("a"));
         AppProcess second = AppProcess.start(List.of("-cp", classPath), "ProductionSimulationApp",
             folder.path().resolve("b"), "--port=" + first.port())) {
      expectEqual(1, second.untilEnded());
      second.untilSaid("Address already in use");
    }
  }

  private static void versions() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start(folder.path())) {
      String quote = Wire.ask(app.port(), "GET", "/api/quote/SKU-0042", "");
      expectContains("X-Version-PricingService: 0\r\n", quote);
      expectContains("X-Version-DiscountService: 0\r\n", quote);
      expectContains("X-Version-OrderPolicy: 0\r\n",
          Wire.ask(app.port(), "POST", "/api/orders", order("w", 1)));
      expectContains(
          "422 ", Wire.ask(app.port(), "POST", "/api/orders", order("w", 1).replace(":3}", ":0}")));
      expectContains("400 ", Wire.ask(app.port(), "POST", "/api/orders", "{\"writer\":1}"));
      expectContains("404 ", Wire.ask(app.port(), "GET", "/api/quote/nothing", ""));
    }
  }

  private static void metrics() throws Exception {
    try (Folders folder = new Folders(); AppProcess app = start(folder.path())) {
      Wire.ask(app.port(), "GET", "/api/quote/SKU-0042", "");
      String text = Wire.ask(app.port(), "GET", "/metrics", "");
      String body = text.substring(text.indexOf("\r\n\r\n") + 4);
      expectContains("requests_total{operation=\"quote\",status=\"200\"} 1\n", body);
      expectContains("hot_swap_agent_up 0\n", body);
      expect(!body.contains("hot_swaps_completed"), "swaps without an agent are made up");
      for (String line : body.split("\n")) {
        expect(line.matches("# (HELP|TYPE) [a-z_]+ .+")
                || line.matches(
                    "[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\\})? -?[0-9.E-]+"),
            "not a line of the exposition format: " + line);
      }
    }
  }
}
