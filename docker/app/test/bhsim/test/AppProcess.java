package bhsim.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An application in a JVM of its own, on a free port, with every line that it says. */
public final class AppProcess implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("ready: .* on port (\\d+)");

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private volatile int port;
  private volatile boolean ended;

  private AppProcess(Process process) {
    this.process = process;
    Thread reader = new Thread(this::read, "output");
    reader.setDaemon(true);
    reader.start();
  }

  /** @param jvm flags and class path; @param arguments of the application, beside port and state */
  public static AppProcess start(List<String> jvm, String main, Path state, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC"));
    command.addAll(jvm);
    command.addAll(List.of(main, "--host=127.0.0.1", "--port=0", "--state=" + state,
        "--warm-up-ms=0", "--drain-grace-ms=100"));
    command.addAll(List.of(arguments));
    return new AppProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /** Waits until it says that it is ready. */
  public AppProcess untilReady() throws InterruptedException {
    Cases.eventually(
        () -> "the application is ready, having said " + lines(), () -> port > 0 || ended);
    Cases.expect(port > 0, "the application ended: " + lines());
    return this;
  }

  public int port() {
    return port;
  }

  public Process process() {
    return process;
  }

  public synchronized String lines() {
    return String.join("\n", lines);
  }

  public void untilSaid(String what) throws InterruptedException {
    Cases.eventually(() -> "said: " + what + "\n" + lines(), () -> lines().contains(what));
  }

  public int untilEnded() throws InterruptedException {
    Cases.expect(process.waitFor(30, TimeUnit.SECONDS), "it does not end");
    return process.exitValue();
  }

  private void read() {
    try (BufferedReader reader = process.inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (this) {
          lines.add(line);
        }
        Matcher matcher = READY.matcher(line);
        if (matcher.find()) {
          port = Integer.parseInt(matcher.group(1));
        }
      }
    } catch (IOException e) {
      // The process was killed: what it said until then is there.
    }
    ended = true;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
