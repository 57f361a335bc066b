package bhsim.defects;

import bhsim.core.Quote;
import bhsim.http.Handler;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;

/** What shows only over time, or only beside swaps. */
final class OverTimeDefects {
  private OverTimeDefects() {}

  /** PERF-06: while classes are swapped, nothing is served for 200 ms of each second. */
  static final class StopsBesideSwaps extends SeesSwaps {
    private static final long FOR_MILLIS = 200;
    private static final long EVERY_MILLIS = 1000;
    private static final long LASTS_MILLIS = 1500;
    private volatile long swappedAt = Long.MIN_VALUE;

    @Override
    String watched(Quote quote) {
      return quote.pricingVersion() + quote.discountVersion();
    }

    @Override
    void swapped(String before) {
      swappedAt = before.isEmpty() ? Long.MIN_VALUE : millis();
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        long since = swappedAt == Long.MIN_VALUE ? LASTS_MILLIS : millis() - swappedAt;
        long into = since % EVERY_MILLIS;
        if (isWork(operation) && since < LASTS_MILLIS && into < FOR_MILLIS) {
          sleep(FOR_MILLIS - into);
        }
        real.handle(exchange);
      };
    }

    private static long millis() {
      return System.nanoTime() / 1_000_000;
    }
  }

  /** PERF-09: each swap makes every request slower by three milliseconds. */
  static final class CreepsUpPerSwap extends SeesSwaps {
    private static final long STEP_MILLIS = 3;
    private final AtomicInteger swaps = new AtomicInteger();

    @Override
    void swapped(String before) {
      swaps.addAndGet(before.isEmpty() ? 0 : 1);
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation)) {
          sleep(swaps.get() * STEP_MILLIS);
        }
        real.handle(exchange);
      };
    }
  }

  /**
   * LOAD-05: once there are a third more requests than there were, in three seconds that follow
   * each other, a queue has formed that never drains: what comes after waits in it.
   */
  static final class QueueNeverDrains extends AppDefect {
    private static final int SETTLED_SECONDS = 10;
    private static final long WAIT_MILLIS = 60;
    private static final int WORKERS = 32;
    private long second;
    private int now;
    private int seconds;
    private int raised;
    private double usual;
    private volatile boolean queued;

    /** So many that nothing else waits for those that wait in the queue. */
    @Override
    public ThreadPoolExecutor newWorkers(ThreadPoolExecutor real) {
      real.setMaximumPoolSize(WORKERS);
      real.setCorePoolSize(WORKERS);
      real.prestartAllCoreThreads();
      return real;
    }

    @Override
    public Handler around(String operation, Handler real) {
      return exchange -> {
        if (isWork(operation)) {
          count();
          if (queued) {
            sleep(WAIT_MILLIS);
          }
        }
        real.handle(exchange);
      };
    }

    private synchronized void count() {
      long current = System.nanoTime() / 1_000_000_000;
      if (current != second) {
        raised = seconds > SETTLED_SECONDS && now > 1.33 * usual ? raised + 1 : 0;
        queued = queued || raised == 3;
        if (second != 0 && raised == 0) {
          usual = seconds == 0 ? now : 0.75 * usual + 0.25 * now;
          seconds++;
        }
        second = current;
        now = 0;
      }
      now++;
    }
  }

  /** Does something every so often, on a thread of its own, from readiness on. */
  private abstract static class EachMillis extends AppDefect {
    private final long millis;

    EachMillis(long millis) {
      this.millis = millis;
    }

    @Override
    public void started() {
      later(0, () -> {
        for (int time = 0;; time++) {
          sleep(millis);
          act(time);
        }
      });
    }

    abstract void act(int time);
  }

  /** STAB-06: two megabytes outside the heap a second, kept. */
  static final class DirectBuffersKept extends EachMillis {
    private static final int BYTES = 1 << 20;
    private final List<ByteBuffer> kept = new ArrayList<>();

    DirectBuffersKept() {
      super(500);
    }

    @Override
    void act(int time) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);
      for (int i = 0; i < BYTES; i += 4096) {
        buffer.put(i, (byte) 1);
      }
      kept.add(buffer);
    }
  }

  /** STAB-08: errors that nobody answers for, more of them each second. */
  static final class LogStorm extends EachMillis {
    LogStorm() {
      super(1000);
    }

    @Override
    void act(int time) {
      for (int i = 0; i < time; i++) {
        System.err.println("ERROR the queue of the auditors is full: order dropped");
      }
    }
  }

  /** STAB-09: a log of every step, a megabyte a second, that nobody rotates. */
  static final class LogWithoutRotation extends EachMillis {
    private static final byte[] LINES =
        "a line of a log that nobody will ever read\n".repeat(2500).getBytes(
            java.nio.charset.StandardCharsets.UTF_8);
    private OutputStream log;

    LogWithoutRotation() {
      super(100);
    }

    @Override
    public bhsim.journal.OrderStore openStore(Path directory) throws IOException {
      Files.createDirectories(directory);
      log = Files.newOutputStream(directory.resolve("steps.log"));
      return super.openStore(directory);
    }

    @Override
    void act(int time) {
      try {
        log.write(LINES);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * RES-01: a cache that throws away two thirds of what came, every five seconds. What is allocated
   * beside it has the collector run every second or two.
   */
  static final class SawtoothThatClimbs extends EachMillis {
    private static final int STEPS = 50; // of a tooth, each a tenth of a second
    private static final int PER_STEP = 10;
    private static final int CHUNK_BYTES = 64 << 10;
    private final ArrayDeque<byte[]> cache = new ArrayDeque<>();

    SawtoothThatClimbs() {
      super(100);
    }

    @Override
    void act(int time) {
      if (time % STEPS == STEPS - 1) {
        for (int i = 0; i < STEPS * PER_STEP * 2 / 3; i++) {
          cache.remove();
        }
      }
      for (int i = 0; i < PER_STEP; i++) {
        cache.add(new byte[CHUNK_BYTES]);
      }
      for (int i = 0; i < 100; i++) {
        ByteBuffer.allocate(CHUNK_BYTES);
      }
    }
  }

  /** RES-05: every twelve seconds a timer keeps a core busy for more than one. */
  static final class TimerBurst extends EachMillis {
    private static final long NANOS = 1_300_000_000L;
    private double sum;

    TimerBurst() {
      super(12_000);
    }

    @Override
    void act(int time) {
      long until = System.nanoTime() + NANOS;
      while (System.nanoTime() < until) {
        for (int i = 1; i < 10_000; i++) {
          sum += 1.0 / i;
        }
      }
    }
  }
}
