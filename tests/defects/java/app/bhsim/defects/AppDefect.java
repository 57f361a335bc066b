package bhsim.defects;

import bhsim.core.Health;
import bhsim.core.Services;
import bhsim.http.Handler;
import bhsim.journal.OrderStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;

/** What a defect may do to the application; by itself it does nothing. */
public class AppDefect {
  /** How long after readiness a defect that comes once sets in; -Dbhsim.defect.after=SECONDS. */
  protected static long afterSeconds() {
    return Long.getLong("bhsim.defect.after", 60);
  }

  public Services services(Services real) {
    return real;
  }

  public Handler around(String operation, Handler real) {
    return real;
  }

  /** Null: the application's own. */
  public OrderStore openStore(Path directory) throws IOException {
    return null;
  }

  public ThreadPoolExecutor newWorkers(ThreadPoolExecutor real) {
    return real;
  }

  public Executor healthExecutor(Executor real) {
    return real;
  }

  /** Null: the application's own. */
  public Health newHealth() {
    return null;
  }

  public void started() {}

  public void beforeStop() {}

  /** Runs something once, as many seconds after now. */
  protected static void later(long seconds, Runnable what) {
    Thread thread = new Thread(() -> {
      sleep(seconds * 1000);
      what.run();
    }, "defect");
    thread.setDaemon(true);
    thread.start();
  }

  protected static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The operations that a client asks for. */
  protected static boolean isWork(String operation) {
    return operation.equals("quote") || operation.equals("order") || operation.equals("lookup");
  }
}
