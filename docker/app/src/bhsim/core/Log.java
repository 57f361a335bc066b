package bhsim.core;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Lines on stdout: ISO time, level, logger, message. Whoever runs the container keeps and rotates
 * them.
 */
public final class Log {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final String logger;
  private final PrintStream[] outs;

  public Log(String logger) {
    this(logger, System.out);
  }

  /** To somewhere else, or to several at once. */
  public Log(String logger, PrintStream... outs) {
    this.logger = logger;
    this.outs = outs.clone();
  }

  public void info(String message) {
    line("INFO ", message);
  }

  public void warn(String message) {
    line("WARN ", message);
  }

  public void error(String message) {
    line("ERROR", message);
  }

  /**
   * With the throwable's class, message and the first frames: enough to find the place, on few
   * lines.
   */
  public void error(String message, Throwable error) {
    StringBuilder text = new StringBuilder(message).append(": ").append(error);
    StackTraceElement[] frames = error.getStackTrace();
    for (int i = 0; i < Math.min(frames.length, 8); i++) {
      text.append("\n\tat ").append(frames[i]);
    }
    line("ERROR", text.toString());
  }

  private void line(String level, String message) {
    String whole = TIME.format(Instant.now()) + ' ' + level + ' ' + logger + " - " + message + '\n';
    for (PrintStream out : outs) {
      // One call for one line, so that lines of several threads never mix.
      out.print(whole);
      out.flush();
    }
  }
}
