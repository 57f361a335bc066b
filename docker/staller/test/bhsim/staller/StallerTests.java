package bhsim.staller;

import static bhsim.test.Cases.eventually;
import static bhsim.test.Cases.expect;
import static bhsim.test.Cases.expectContains;
import static bhsim.test.Cases.expectEqual;

import bhsim.test.AppProcess;
import bhsim.test.Cases;
import bhsim.test.Deployment;
import bhsim.test.Folders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The staller's parts each by itself, and the whole beside the reference agent. Arguments: the
 * application's class path, the agent's jar, the staller's jar.
 */
public final class StallerTests {
  private static String classPath;
  private static String agent;
  private static String staller;

  private StallerTests() {}

  public static void main(String[] arguments) {
    classPath = arguments[0];
    agent = arguments[1];
    staller = arguments[2];
    Cases cases = new Cases();
    cases.add("ClassThatIsLoadedForTheFirstTime_IsNotNoted", StallerTests::firstLoad);
    cases.add("ClassOfTheJdk_IsNotNoted", StallerTests::classOfTheJdk);
    cases.add("RedefinitionThatIsNotHeld_PassesAndIsNoted", StallerTests::passes);
    cases.add("HeldClass_WaitsUntilItIsLetGoAndNoOther", StallerTests::held);
    cases.add("HoldWithATime_EndsByItself", StallerTests::heldForATime);
    cases.add("ThreadThatIsInterrupted_IsHeldAllTheSame", StallerTests::interrupted);
    cases.add("QuestionForHealth_IsAnsweredAndNoted", StallerTests::health);
    cases.add("BesideAnAgentThatStartsAfterIt_HoldsUpItsSwap", () -> besideAnAgent(true));
    cases.add("BesideAnAgentThatStartsBeforeIt_HoldsUpItsSwap", () -> besideAnAgent(false));
    cases.add("BesideAnAgentThatSwapsTwoAtOnce_SeesThemSideBySide", StallerTests::twoAtOnce);
    cases.runAndExit(Arrays.copyOfRange(arguments, 3, arguments.length));
  }

  /** A turnstile with its two files. */
  private static final class Site implements AutoCloseable {
    final Folders folder = new Folders();
    final Path stem = folder.path().resolve("staller");
    final Journal journal = new Journal(Path.of(stem + ".journal"));
    final Turnstile turnstile = new Turnstile(Path.of(stem + ".holds"), journal);

    Site() throws IOException {}

    void redefine(String name) {
      turnstile.transform(
          StallerTests.class.getClassLoader(), name, StallerTests.class, null, new byte[0]);
    }

    Thread redefineAside(String name) {
      Thread thread = new Thread(() -> redefine(name), "redefines " + name);
      thread.start();
      return thread;
    }

    void hold(String text) throws IOException {
      Files.writeString(Path.of(stem + ".holds"), text);
    }

    String said() {
      return journalOf(stem);
    }

    /** Of the redefinition with that number: from its line "enter" to its line "leave". */
    long lasted(int number) {
      return moment("leave " + number + " ") - moment("enter " + number + " ");
    }

    private long moment(String head) {
      for (String line : said().split("\n")) {
        if (line.startsWith(head)) {
          return Long.parseLong(line.substring(head.length()).split(" ")[0]);
        }
      }
      throw new AssertionError("no line '" + head + "' in: " + said());
    }

    @Override
    public void close() throws IOException {
      folder.close();
    }
  }

  private static String journalOf(Path stem) {
    try {
      return Files.readString(Path.of(stem + ".journal"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void firstLoad() throws Exception {
    try (Site site = new Site()) {
      ClassLoader loader = StallerTests.class.getClassLoader();
      site.turnstile.transform(loader, "com/example/A", null, null, new byte[0]);
      expectEqual("bhsim-staller 1\n", site.said());
    }
  }

  private static void classOfTheJdk() throws Exception {
    try (Site site = new Site()) {
      site.turnstile.transform(null, "java/lang/String", String.class, null, new byte[0]);
      expectEqual("bhsim-staller 1\n", site.said());
    }
  }

  private static void passes() throws Exception {
    try (Site site = new Site()) {
      site.redefine("com/example/A");
      expect(site.said().matches("bhsim-staller 1\nenter 1 \\d+ com\\.example\\.A\nleave 1 \\d+\n"),
          site.said());
    }
  }

  private static void held() throws Exception {
    try (Site site = new Site()) {
      site.hold("com.example.A 0\n");
      Thread thread = site.redefineAside("com/example/A");
      eventually("it is noted", () -> site.said().contains("enter 1 "));
      site.redefine("com/example/B");
      expectContains("leave 2 ", site.said());
      expect(!site.said().contains("leave 1 "), "it was not held: " + site.said());
      site.hold("com.example.Other 0\n");
      thread.join();
      expectContains("leave 1 ", site.said());
    }
  }

  private static void heldForATime() throws Exception {
    try (Site site = new Site()) {
      site.hold("com.example.A 60\n");
      site.redefine("com/example/A");
      expect(site.lasted(1) >= 60_000_000L, site.said());
    }
  }

  private static void interrupted() throws Exception {
    try (Site site = new Site()) {
      site.hold("com.example.A 60\n");
      Thread.currentThread().interrupt();
      site.redefine("com/example/A");
      expect(Thread.interrupted(), "that it was interrupted was forgotten");
      expect(site.lasted(1) >= 60_000_000L, site.said());
    }
  }

  private static void health() throws Exception {
    try (Site site = new Site()) {
      HealthDesk desk = new HealthDesk(0);
      desk.open(site.journal);
      for (String method : List.of("GET", "HEAD")) {
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), desk.port())) {
          socket.getOutputStream().write((method + " /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
                                             .getBytes(StandardCharsets.US_ASCII));
          String answer =
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
          expectContains("HTTP/1.1 200 OK\r\n", answer);
          expectContains("\"UP\"", answer);
        }
      }
      expect(site.said().matches("bhsim-staller 1\nasked \\d+\nasked \\d+\n"), site.said());
    }
  }

  /** An application with the staller and the reference agent, in either order. */
  private static final class Running implements AutoCloseable {
    final Folders folder = new Folders();
    final Path stem = folder.path().resolve("staller");
    private final Path classes = Files.createDirectory(folder.path().resolve("classes"));
    private final Deployment deployment = new Deployment(Path.of(classPath));
    final AppProcess app;

    Running(boolean stallerFirst, String configuration) throws Exception {
      Path state = Files.createDirectory(folder.path().resolve("state"));
      Path config = folder.path().resolve("production-config.yml");
      Files.writeString(config, configuration);
      String one = "-javaagent:" + staller + "=" + stem;
      String other = "-javaagent:" + agent + "=watch=" + classes;
      List<String> jvm = List.of(stallerFirst ? one : other, stallerFirst ? other : one,
          "-Dbhconfig=" + config, "-cp", classes + ":" + classPath);
      app = AppProcess.start(jvm, "ProductionSimulationApp", state);
      app.untilReady();
      Deployment.pricingVersion(app.port()); // a price loads both of its classes
    }

    void hold(String text) throws IOException {
      Files.writeString(Path.of(stem + ".holds"), text);
    }

    void deliver(String className) throws IOException {
      Deployment.deliver(classes, className, deployment.version(className, 17));
    }

    void untilHeld(String className) throws InterruptedException {
      eventually(()
                     -> "the redefinition of " + className + " is held up\n" + app.lines(),
          () -> journalOf(stem).matches("(?s).*enter \\d+ \\d+ " + className + "\n.*"));
    }

    @Override
    public void close() throws IOException {
      app.process().destroyForcibly();
      try {
        app.untilEnded();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      folder.close();
    }
  }

  /** What the staller's transformer is called for does not depend on who was there first. */
  private static void besideAnAgent(boolean stallerFirst) throws Exception {
    try (Running running = new Running(stallerFirst, "")) {
      running.hold("PricingService 0\n");
      running.deliver("PricingService");
      running.untilHeld("PricingService");
      expectEqual("0", Deployment.pricingVersion(running.app.port()));
      running.hold("");
      running.app.untilSaid("SWAPPED class=PricingService ");
      expectEqual("17", Deployment.pricingVersion(running.app.port()));
      expectContains("leave ", journalOf(running.stem));
    }
  }

  /** The JVM does not keep redefinitions of different classes apart: an agent has to. */
  private static void twoAtOnce() throws Exception {
    try (Running running =
             new Running(true, "bytehot:\n  performance:\n    max-concurrent-hotswaps: 2\n")) {
      running.hold("PricingService 0\nDiscountService 0\n");
      running.deliver("PricingService");
      running.deliver("DiscountService");
      running.untilHeld("PricingService");
      running.untilHeld("DiscountService");
      expect(!journalOf(running.stem).contains("leave "), journalOf(running.stem));
    }
  }
}
