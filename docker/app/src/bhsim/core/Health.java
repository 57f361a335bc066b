package bhsim.core;

import bhsim.http.Response;
import bhsim.journal.OrderStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Whether the application lives and whether it should get traffic. Answers are computed from what
 * other threads left here, so that they never wait; the self-test's age is part of the truth.
 */
public class Health {
  /** Where the application is in its life. */
  public enum Phase { STARTING, RUNNING, DRAINING }

  private static final long MOST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int STUCK_TICKS = 3;

  private volatile Phase phase = Phase.STARTING;
  private volatile OrderStore store;
  private volatile String selfTest;
  private volatile boolean workersStuck;
  private volatile long lastTick = System.nanoTime();
  private long workDone = -1;
  private int ticksWithoutProgress;

  public final void phase(Phase now) {
    phase = now;
  }

  public final Phase phase() {
    return phase;
  }

  public final void watch(OrderStore orders) {
    store = orders;
  }

  /**
   * Once a second, on a thread of its own: tries the services, and looks whether the workers get
   * on.
   */
  public final void tick(Services services, ThreadPoolExecutor workers) {
    selfTest = test(services);
    long done = workers.getCompletedTaskCount();
    boolean still = done == workDone && !workers.getQueue().isEmpty();
    ticksWithoutProgress = still ? ticksWithoutProgress + 1 : 0;
    workersStuck = ticksWithoutProgress >= STUCK_TICKS;
    workDone = done;
    lastTick = System.nanoTime();
  }

  private static String test(Services services) {
    try {
      if (services.quote("SKU-0001").cents() <= 0) {
        return "the self-test got no price";
      }
      return services.decide("SKU-0001", 1).accepted() ? null
                                                       : "the self-test's order was not accepted";
    } catch (Throwable e) {
      return "the self-test failed: " + e.getClass().getSimpleName();
    }
  }

  /** A process that is not alive should be restarted. */
  public Response live() {
    List<String> reasons = new ArrayList<>();
    OrderStore orders = store;
    if (orders != null && orders.nanosSinceLastTurn() > MOST_SILENCE_NANOS) {
      reasons.add(
          "the committer has been stuck for " + orders.nanosSinceLastTurn() / 1_000_000_000 + " s");
    }
    return answer(reasons);
  }

  /** A process that is not ready should get no traffic. */
  public Response ready() {
    return answer(whyNotReady());
  }

  protected final List<String> whyNotReady() {
    List<String> reasons = new ArrayList<>();
    OrderStore orders = store;
    if (phase != Phase.RUNNING) {
      reasons.add(phase == Phase.STARTING ? "starting" : "draining");
    }
    if (orders != null && orders.trouble() != null) {
      reasons.add(orders.trouble());
    }
    if (workersStuck) {
      reasons.add("the workers make no progress");
    }
    String failed = selfTest;
    if (failed != null) {
      reasons.add(failed);
    }
    long silence = System.nanoTime() - lastTick;
    if (phase == Phase.RUNNING && silence > MOST_SILENCE_NANOS) {
      reasons.add("the self-test has not come round for " + silence / 1_000_000_000 + " s");
    }
    return reasons;
  }

  protected final Response answer(List<String> reasons) {
    StringBuilder json =
        new StringBuilder("{\"status\":\"").append(reasons.isEmpty() ? "UP" : "DOWN");
    json.append("\",\"phase\":\"")
        .append(phase.toString().toLowerCase())
        .append("\",\"reasons\":[");
    for (int i = 0; i < reasons.size(); i++) {
      json.append(i > 0 ? "," : "").append(Json.quote(reasons.get(i)));
    }
    return Response.json(reasons.isEmpty() ? 200 : 503, json.append("]}").toString())
        .header("Cache-Control", "no-store");
  }
}
