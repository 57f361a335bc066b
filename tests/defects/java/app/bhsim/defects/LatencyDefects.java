package bhsim.defects;

import bhsim.http.Handler;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;

/** Answers that come, but late. */
final class LatencyDefects {
  private LatencyDefects() {}

  /** PERF-07: every eight seconds nothing is served for six tenths of a second. */
  static final class Stalls extends AppDefect {
    private static final long EVERY_MILLIS = 8000;
    private static final long FOR_MILLIS = 600;

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        long into = System.nanoTime() / 1_000_000 % EVERY_MILLIS;
        if (isWork(operation) && into < FOR_MILLIS) {
          sleep(FOR_MILLIS - into);
        }
        real.handle(exchange);
      };
    }
  }

  /**
   * PERF-08: for twelve seconds in forty every twentieth request takes 70 ms, within every
   * objective.
   */
  static final class Bimodal extends AppDefect {
    @Override
    public ThreadPoolExecutor newWorkers(ThreadPoolExecutor real) {
      // Room enough that only the requests chosen are late.
      real.setMaximumPoolSize(48);
      real.setCorePoolSize(48);
      real.prestartAllCoreThreads();
      return real;
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        boolean slowTime = System.nanoTime() / 1_000_000_000 % 40 < 12;
        if (isWork(operation) && slowTime && ThreadLocalRandom.current().nextInt(20) == 0) {
          sleep(70);
        }
        real.handle(exchange);
      };
    }
  }

  /** PERF-11: every two seconds somebody holds the lock that every price needs, for 300 ms. */
  static final class LockHeld extends AppDefect {
    private final Object lock = new Object();

    @Override
    public void started() {
      later(0, () -> {
        while (true) {
          sleep(2000);
          synchronized (lock) {
            sleep(300);
          }
        }
      });
    }

    @Override
    public Handler around(String operation, Handler real) {
      if (!operation.equals("quote")) {
        return real;
      }
      return exchange -> {synchronized (lock){real.handle(exchange);
    }
  };
}
}
}
