package bhsim.work;

import bhsim.core.Application;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Load that an application makes for itself, where the document starts it without a client: threads
 * that take turns, so that together they come at an even pace. A thread that is late does not leave
 * requests out. Every failure is an ERROR line (a few a second, the rest as a count), and each
 * interval ends with a line that says how it went.
 */
public final class OwnLoad {
  private static final double NANOS_A_SECOND = 1e9;
  private static final long MOST_NANOS_AT_ONCE = 100_000_000;

  private final Application application;
  private final int threads;
  private final double perSecond;
  private final LongAdder requests = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private long requestsTold;
  private long told;

  public OwnLoad(Application application, int threads, double perSecond) {
    this.application = application;
    this.threads = threads;
    this.perSecond = perSecond;
  }

  /** From now on until the application is told to stop. */
  public OwnLoad start(long reportEverySeconds) throws IOException {
    application.log().info(String.format(
        Locale.ROOT, "own load: %.0f requests a second, at most %d at once", perSecond, threads));
    List<Thread> all = new ArrayList<>();
    long start = System.nanoTime();
    double gap = NANOS_A_SECOND / perSecond;
    for (int i = 0; i < threads; i++) {
      Customer customer = new Customer(application, "own-" + i);
      long first = start + (long) (gap * i);
      all.add(new Thread(() -> run(customer, first, gap * threads), "own-" + i));
    }
    told = start;
    all.add(new Thread(() -> report(reportEverySeconds), "own-report"));
    for (Thread thread : all) {
      thread.setDaemon(true);
      thread.start();
    }
    return this;
  }

  public long requests() {
    return requests.sum();
  }

  public long errors() {
    return errors.sum();
  }

  private void run(Customer customer, long first, double gapNanos) {
    for (long turn = 0; waitUntil(first + (long) (turn * gapNanos)); turn++) {
      String wrong = customer.next();
      requests.increment();
      if (wrong != null && application.isRunning()) {
        errors.increment();
        application.failures().report("own load: " + wrong, null);
      }
    }
  }

  private void report(long everySeconds) {
    while (waitUntil(told + TimeUnit.SECONDS.toNanos(everySeconds))) {
      long now = System.nanoTime();
      long sum = requests();
      application.log().info(
          String.format(Locale.ROOT, "own load: %.1f requests a second, %d in all, %d errors",
              (sum - requestsTold) * NANOS_A_SECOND / (now - told), sum, errors()));
      requestsTold = sum;
      told = now;
    }
  }

  /** False when the application was told to stop. */
  private boolean waitUntil(long nanos) {
    long left = nanos - System.nanoTime();
    while (application.isRunning() && left > 0) {
      LockSupport.parkNanos(Math.min(left, MOST_NANOS_AT_ONCE));
      left = nanos - System.nanoTime();
    }
    return application.isRunning();
  }
}
