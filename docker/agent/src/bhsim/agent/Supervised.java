package bhsim.agent;

import java.util.concurrent.TimeUnit;

/**
 * A daemon thread that outlives whatever its body throws: the error is told and counted, and the
 * body begins again.
 */
final class Supervised {
  /** What the thread does, for as long as it likes; returning ends the thread. */
  interface Body {
    void run() throws Exception;
  }

  private static final long PAUSE_MILLIS = 500;

  private Supervised() {}

  static void start(String name, HotSwap counters, Body body) {
    Thread thread = new Thread(() -> keepRunning(name, counters, body), name);
    thread.setDaemon(true);
    thread.start();
  }

  private static void keepRunning(String name, HotSwap counters, Body body) {
    while (true) {
      try {
        body.run();
        return;
      } catch (Throwable e) {
        counters.errors.incrementAndGet();
        AgentLog.error(name + " met an error and goes on: " + e);
        pause();
      }
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      // Nobody interrupts these threads on purpose; going on early does no harm.
    }
  }
}
