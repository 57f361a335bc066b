package bhsim.agent;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Lines on stdout in the application's own form: ISO time, level, logger, message. */
final class AgentLog {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private AgentLog() {}

  static void info(String message) {
    line("INFO ", message);
  }

  static void warn(String message) {
    line("WARN ", message);
  }

  static void error(String message) {
    line("ERROR", message);
  }

  private static void line(String level, String message) {
    String oneLine = message.replace('\n', ' ').replace('\r', ' ');
    System.out.print(TIME.format(Instant.now()) + ' ' + level + " bhsim.agent - " + oneLine + '\n');
    System.out.flush();
  }
}
