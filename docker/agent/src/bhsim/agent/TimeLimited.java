package bhsim.agent;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs what may hang on a thread that can be given up. A thread that was given up ends when its
 * call does; only so many may hang at once. Belongs to one calling thread.
 */
final class TimeLimited {
  private static final int MOST_ABANDONED = 16;
  /** Of all instances together: the threads are the process's. */
  private static final AtomicInteger ABANDONED = new AtomicInteger();

  private final String threadName;
  private ExecutorService executor;

  TimeLimited(String threadName) {
    this.threadName = threadName;
  }

  <T> T call(Callable<T> task, Duration limit) throws Exception {
    if (ABANDONED.get() >= MOST_ABANDONED) {
      throw new TimeoutException(MOST_ABANDONED + " earlier calls still hang");
    }
    if (executor == null) {
      executor = newExecutor();
    }
    Future<T> result = executor.submit(task);
    try {
      return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } catch (TimeoutException e) {
      abandon(result);
      throw e;
    }
  }

  private void abandon(Future<?> hanging) {
    ABANDONED.incrementAndGet();
    ExecutorService old = executor;
    executor = null;
    hanging.cancel(true);
    // Runs on the old thread when the hanging call is over at last.
    old.execute(ABANDONED::decrementAndGet);
    old.shutdown();
  }

  private ExecutorService newExecutor() {
    return Executors.newSingleThreadExecutor(task -> {
      Thread thread = new Thread(task, threadName);
      thread.setDaemon(true);
      return thread;
    });
  }
}
