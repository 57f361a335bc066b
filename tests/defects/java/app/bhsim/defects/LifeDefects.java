package bhsim.defects;

import bhsim.core.Health;
import bhsim.core.Log;
import bhsim.http.Handler;
import bhsim.http.Response;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;

/** Starting, being well, getting stuck, ending. */
final class LifeDefects {
  private LifeDefects() {}

  /** STAB-01. */
  static final class ExitsByItself extends AppDefect {
    @Override
    public void started() {
      later(afterSeconds(), () -> Runtime.getRuntime().halt(1));
    }
  }

  /** STAB-01: native code of the JVM writes to an address that is nobody's. */
  static final class Crashes extends AppDefect {
    @Override
    public void started() {
      later(afterSeconds(), () -> {
        try {
          Class<?> type = Class.forName("sun.misc.Unsafe");
          Field instance = type.getDeclaredField("theUnsafe");
          instance.setAccessible(true);
          type.getMethod("putAddress", long.class, long.class).invoke(instance.get(null), 8L, 0L);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException("there is no way to crash this JVM", e);
        }
      });
    }
  }

  /** MON-05: whoever stops the recordings of others leaves what comes after unrecorded. */
  static final class StopsRecording extends AppDefect {
    @Override
    public void started() {
      later(afterSeconds(),
          () -> FlightRecorder.getFlightRecorder().getRecordings().forEach(Recording::stop));
    }
  }

  /** HLTH-05. */
  static final class ExitsAtOnce extends AppDefect {
    @Override
    public void beforeStop() {
      Runtime.getRuntime().halt(143);
    }
  }

  /**
   * HLTH-03: ready from the first moment to the last, though the journal opens only after four
   * seconds.
   */
  static final class ReadyAtOnce extends AppDefect {
    @Override
    public OrderStore openStore(Path directory) throws IOException {
      sleep(4000);
      return new OrderStore(directory);
    }

    @Override
    public Health newHealth() {
      return new Health() {
        @Override
        public Response ready() {
          return answer(List.of());
        }
      };
    }
  }

  /** HLTH-01: health waits for its turn behind reports, each of which takes two seconds. */
  static final class HealthBehindWork extends AppDefect {
    private final ExecutorService reports = Executors.newSingleThreadExecutor(task -> {
      Thread thread = new Thread(task, "reports");
      thread.setDaemon(true);
      return thread;
    });

    @Override
    public Executor healthExecutor(Executor real) {
      return reports;
    }

    @Override
    public void started() {
      // A report of two seconds every three, so that the queue never grows without bound.
      later(0, () -> {
        while (true) {
          reports.execute(() -> sleep(2000));
          sleep(3000);
        }
      });
    }
  }

  /** CONC-01: two threads take two locks in opposite order. Nothing else needs them. */
  static final class Deadlock extends AppDefect {
    private final Object stock = new Object();
    private final Object prices = new Object();

    @Override
    public void started() {
      later(10, () -> both(stock, prices));
      later(10, () -> both(prices, stock));
    }

    private static void both(Object first, Object second) {
      synchronized (first) {
        sleep(500);
        synchronized (second) {
          sleep(1);
        }
      }
    }
  }

  /**
   * CONC-02: a thread takes a lock, meets an exception before its unlock, and ends; two others ask
   * for the lock for ever. Nothing else needs it.
   */
  static final class LockNeverReleased extends AppDefect {
    private final ReentrantLock lock = new ReentrantLock();

    @Override
    public void started() {
      later(2, lock::lock);
      for (int i = 0; i < 2; i++) {
        later(4, lock::lock);
      }
    }
  }

  /** CONC-07: a list that one part of the application changes while another one reads it. */
  static final class ConcurrentModification extends AppDefect {
    private final Log log = new Log("bhsim.report");
    private final List<Integer> recent = new ArrayList<>(List.of(1, 2, 3));

    @Override
    public void started() {
      later(5, () -> {
        while (true) {
          try {
            for (int one : recent) {
              recent.add(one);
            }
          } catch (ConcurrentModificationException e) {
            log.error("the report of recent orders failed", e);
          }
          sleep(20_000);
        }
      });
    }
  }
}
