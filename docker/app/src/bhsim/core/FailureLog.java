package bhsim.core;

import java.util.concurrent.TimeUnit;

/**
 * Logs failures, a few a second and the rest as a count: a failing dependency must not become a
 * full disk.
 */
public final class FailureLog {
  private static final int MOST_A_SECOND = 5;

  private final Log log;
  private long second;
  private int logged;
  private long leftOut;

  FailureLog(Log log) {
    this.log = log;
  }

  /** @param error null when there is none */
  public synchronized void report(String what, Throwable error) {
    long now = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    if (now != second) {
      second = now;
      logged = 0;
    }
    if (logged >= MOST_A_SECOND) {
      leftOut++;
      return;
    }
    logged++;
    String text = leftOut > 0 ? what + " (" + leftOut + " more were not logged)" : what;
    leftOut = 0;
    if (error == null) {
      log.error(text);
    } else {
      log.error(text, error);
    }
  }
}
