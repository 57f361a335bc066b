package bhsim.work;

import bhsim.core.Application;
import bhsim.core.Json;
import bhsim.http.Response;
import bhsim.journal.Ledger;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Section 9.2.4: many threads at once on everything that is shared. They come in pairs, and both
 * threads of a pair always want the next number of one ledger: each number must go to exactly one
 * of them. Between two orders each asks a price and looks the last order up. At the end the ledger
 * is read back: a number that went to both, to none, or that was lost shows as a sum that differs.
 * All the while the JVM is asked for deadlocks.
 */
public final class Contest {
  private final Application application;
  private final int threads;
  private final Duration length;
  private final LongAdder requests = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final List<Lane> lanes = new ArrayList<>();

  public Contest(Application application, int threads, Duration length) {
    this.application = application;
    this.threads = threads;
    this.length = length;
  }

  /** Returns at the end; whether nothing at all was wrong. An odd thread out contends with none. */
  public boolean run(Result result) throws IOException, InterruptedException {
    long start = System.nanoTime();
    long end = start + length.toNanos();
    List<Thread> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      if (i % 2 == 0) {
        lanes.add(new Lane("contest-" + i / 2));
      }
      Lane lane = lanes.get(i / 2);
      running.add(new Thread(() -> contend(lane, end), "contest-" + i));
    }
    running.forEach(thread -> {
      thread.setDaemon(true);
      thread.start();
    });
    boolean deadlock = watch(running, end);
    for (Thread thread : running) {
      // One that waits for a lock for ever does not come: that is told as a deadlock.
      thread.join(TimeUnit.SECONDS.toMillis(deadlock ? 1 : 30));
    }
    long stuck = running.stream().filter(Thread::isAlive).count();
    long wrongLedgers = 0;
    for (Lane lane : lanes) {
      wrongLedgers += lane.agrees() ? 0 : 1;
    }
    result.number("threads", threads)
        .number("seconds", (System.nanoTime() - start) / 1e9)
        .number("requests", requests.sum())
        .number("errors", errors.sum())
        .number("orders", lanes.stream().mapToLong(lane -> lane.won.sum()).sum())
        .number("contested", lanes.stream().mapToLong(lane -> lane.beaten.sum()).sum())
        .number("wrong_ledgers", wrongLedgers)
        .number("stuck_threads", stuck)
        .flag("deadlock", deadlock);
    return errors.sum() == 0 && wrongLedgers == 0 && stuck == 0 && !deadlock;
  }

  /** Asks the JVM for deadlocks until all have ended; true as soon as it reports one. */
  private boolean watch(List<Thread> running, long end) throws InterruptedException {
    ThreadMXBean jvm = ManagementFactory.getThreadMXBean();
    while (System.nanoTime() - end < 0) {
      long[] locked = jvm.findDeadlockedThreads();
      if (locked != null) {
        application.log().error("a deadlock of " + locked.length + " threads, one of them "
            + jvm.getThreadInfo(locked[0]));
        return true;
      }
      running.get(0).join(Math.min(1000, Math.max(1, (end - System.nanoTime()) / 1_000_000)));
    }
    return jvm.findDeadlockedThreads() != null;
  }

  private void contend(Lane lane, long end) {
    while (System.nanoTime() - end < 0 && application.isRunning()) {
      try {
        expect(application.client().get("/api/quote/SKU-0042"), 200);
        lane.order();
        if (lane.taken.get() > 0) {
          expect(application.client().get("/api/orders/" + lane.writer + "/" + lane.taken), 200);
        }
      } catch (IOException e) {
        wrong(e.getMessage());
      }
    }
  }

  private Response expect(Response response, int... statuses) {
    requests.increment();
    for (int status : statuses) {
      if (response.status() == status) {
        return response;
      }
    }
    wrong("answered with " + response.status() + " " + response.text());
    return response;
  }

  private void wrong(String what) {
    if (application.isRunning()) {
      errors.increment();
      application.failures().report("contest: " + what, null);
    }
  }

  /** A ledger that two threads contend for. */
  private final class Lane {
    private final String writer;
    private final long base;
    private final AtomicLong taken;
    private final LongAdder won = new LongAdder();
    private final LongAdder beaten = new LongAdder();

    Lane(String writer) throws IOException {
      this.writer = writer;
      this.base = Math.max(0, application.store().lastSequence(writer));
      this.taken = new AtomicLong(base);
    }

    /** Wants the next number. */
    void order() throws IOException {
      long number = taken.get() + 1;
      Response response = expect(application.client().post("/api/orders",
                                     "{\"writer\":" + Json.quote(writer) + ",\"sequence\":" + number
                                         + ",\"sku\":\"SKU-0042\",\"quantity\":3}"),
          201, 409);
      if (response.status() == 201) {
        won.increment();
      } else if (response.status() == 409) {
        beaten.increment();
      } else {
        return;
      }
      taken.accumulateAndGet(number, Math::max);
    }

    boolean agrees() throws IOException {
      Ledger.Range range = application.store().ledger().range(writer, base + 1, taken.get());
      long numbers = taken.get() - base;
      if (range.count() == numbers && won.sum() == numbers && range.damaged() == 0
          && range.duplicates() == 0) {
        return true;
      }
      application.log().error("the ledger of " + writer + ": " + numbers + " numbers, " + won.sum()
          + " acknowledged, read back " + range);
      return false;
    }
  }
}
