package bhsim.agent;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * After so many failures in a row no change is tried for a while; then one may try, and its outcome
 * decides. Safe for use by any thread.
 */
class CircuitBreaker {
  /** The names are what the MBean shows. */
  enum State {
    CLOSED("closed"),
    OPEN("open"),
    HALF_OPEN("half-open"),
    OFF("off");

    private final String shown;

    State(String shown) {
      this.shown = shown;
    }

    String shown() {
      return shown;
    }
  }

  private final int threshold;
  private final long pauseNanos;
  private final LongSupplier clock;
  private State state;
  private int failuresInARow;
  private long openedAt;

  /** @param enabled when false it never opens */
  CircuitBreaker(boolean enabled, int threshold, Duration pause, LongSupplier nanoClock) {
    this.threshold = threshold;
    this.pauseNanos = pause.toNanos();
    this.clock = nanoClock;
    this.state = enabled ? State.CLOSED : State.OFF;
  }

  /** Asks for leave to try a change; {@link #success} or {@link #failure} must follow. */
  synchronized void enter() throws Refusal {
    if (state == State.HALF_OPEN) {
      throw new Refusal(
          Refusal.Kind.POLICY, "circuit breaker half-open: another change is being tried");
    }
    if (state != State.OPEN) {
      return;
    }
    long left = pauseNanos - (clock.getAsLong() - openedAt);
    if (left > 0) {
      throw new Refusal(Refusal.Kind.POLICY,
          "circuit breaker open after " + failuresInARow + " failures in a row, next trial in "
              + (left / 1_000_000_000 + 1) + " s");
    }
    change(State.HALF_OPEN);
  }

  synchronized void success() {
    failuresInARow = 0;
    if (state == State.HALF_OPEN) {
      change(State.CLOSED);
    }
  }

  synchronized void failure() {
    failuresInARow++;
    if (state == State.HALF_OPEN || (state == State.CLOSED && failuresInARow >= threshold)) {
      openedAt = clock.getAsLong();
      change(State.OPEN);
    }
  }

  /**
   * The trial was neither good nor bad (a change that was not allowed, or no change at all): the
   * next one may try.
   */
  synchronized void neither() {
    if (state == State.HALF_OPEN) {
      openedAt = clock.getAsLong() - pauseNanos;
      change(State.OPEN);
    }
  }

  synchronized State state() {
    return state;
  }

  private void change(State to) {
    tell(state, to, failuresInARow);
    state = to;
  }

  protected void tell(State from, State to, int failures) {
    AgentLog.info(
        "BREAKER from=" + from.shown() + " to=" + to.shown() + " failures-in-a-row=" + failures);
  }
}
