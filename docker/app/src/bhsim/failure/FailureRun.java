package bhsim.failure;

import bhsim.core.Application;
import bhsim.core.Log;
import bhsim.work.Result;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Plays one scenario, episode after episode: something is broken, which has to be noticed (one line
 * with ERROR), must not keep prices from being told, and has to work again once it is mended (one
 * line with RECOVERED). The lines are on stdout and in app-SCENARIO.log.
 */
public final class FailureRun {
  private static final long MOST_NANOS_TO_RECOVER = TimeUnit.SECONDS.toNanos(30);
  private static final long RETRY_MILLIS = 20;
  /** The document's "recovery rate > 95 %". */
  private static final double LEAST_RECOVERED = 0.95;

  private final Application application;
  private final String name;
  private final Path state;
  private final int episodes;
  private int errors;
  private int recovered;
  private int cascaded;
  private long nanosToRecover;

  /** @param state folder of the log and of what the scenario needs */
  public FailureRun(Application application, String name, Path state, int episodes) {
    this.application = application;
    this.name = name;
    this.state = state;
    this.episodes = episodes;
  }

  /** @param swappable a class that is swapped; whether all went as it should */
  public boolean play(Result result, Class<?> swappable) throws Exception {
    Path file = state.resolve("app-" + name + ".log");
    try (Scenario scenario = Scenarios.byName(name, application, state, swappable);
         PrintStream out =
             new PrintStream(new FileOutputStream(file.toFile()), true, StandardCharsets.UTF_8)) {
      Log log = new Log("bhsim.failure", System.out, out);
      log.info(name + ": " + episodes + " episodes");
      int episode = 1;
      while (episode <= episodes && play(scenario, episode, log)) {
        episode++;
      }
    }
    result.text("scenario", name)
        .number("episodes", episodes)
        .number("errors", errors)
        .number("recovered", recovered)
        .number("cascaded", cascaded)
        .number("mean_ms_to_recovery", recovered > 0 ? nanosToRecover / 1e6 / recovered : 0)
        .text("log", file.toString());
    return errors == episodes && cascaded == 0 && recovered > LEAST_RECOVERED * errors;
  }

  /** False when it does not recover: then nothing could be said of what would follow. */
  private boolean play(Scenario scenario, int episode, Log log) throws InterruptedException {
    Throwable noticed = thrownBy(scenario::breakDown, episode);
    if (noticed == null) {
      log.warn("episode " + episode + ": nobody noticed anything");
    } else {
      errors++;
      log.error("episode " + episode + ": " + noticed);
    }
    if (!stillServes()) {
      cascaded++;
      log.warn("episode " + episode + ": prices are not told either");
    }
    long start = System.nanoTime();
    while (thrownBy(scenario::mend, episode) != null) {
      if (System.nanoTime() - start >= MOST_NANOS_TO_RECOVER) {
        log.warn("episode " + episode + ": it does not recover");
        return false;
      }
      Thread.sleep(RETRY_MILLIS);
    }
    long nanos = System.nanoTime() - start;
    if (noticed != null) {
      recovered++;
      nanosToRecover += nanos;
      log.info(
          String.format(Locale.ROOT, "RECOVERED: episode %d, after %.1f ms", episode, nanos / 1e6));
    }
    return true;
  }

  /** What has nothing to do with the failure must go on. */
  private boolean stillServes() {
    try {
      return application.client().get("/api/quote/SKU-0042").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  @FunctionalInterface
  private interface Step {
    void take(int episode) throws Exception;
  }

  /** Errors too: a class that does not link throws one. */
  private static Throwable thrownBy(Step step, int episode) {
    try {
      step.take(episode);
      return null;
    } catch (Throwable e) {
      return e;
    }
  }
}
