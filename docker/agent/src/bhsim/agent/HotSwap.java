package bhsim.agent;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/** The counters behind the MBean. Safe for use by any thread. */
final class HotSwap implements HotSwapMBean {
  final AtomicLong completed = new AtomicLong();
  final AtomicLong refused = new AtomicLong();
  final AtomicLong retried = new AtomicLong();
  final AtomicLong rolledBack = new AtomicLong();
  final AtomicLong errors = new AtomicLong();
  volatile long lastMicros;
  volatile String lastRefusal = "";

  private final CircuitBreaker breaker;
  private final IntSupplier waiting;

  HotSwap(CircuitBreaker breaker, IntSupplier waiting) {
    this.breaker = breaker;
    this.waiting = waiting;
  }

  @Override
  public long getCompleted() {
    return completed.get();
  }

  @Override
  public long getRefused() {
    return refused.get();
  }

  @Override
  public long getRetried() {
    return retried.get();
  }

  @Override
  public long getRolledBack() {
    return rolledBack.get();
  }

  @Override
  public long getErrors() {
    return errors.get();
  }

  @Override
  public long getLastMicros() {
    return lastMicros;
  }

  @Override
  public String getBreakerState() {
    return breaker.state().shown();
  }

  @Override
  public String getLastRefusal() {
    return lastRefusal;
  }

  @Override
  public int getWaiting() {
    return waiting.getAsInt();
  }
}
