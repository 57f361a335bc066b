package bhsim.agent;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A circuit breaker that does not keep its promise. */
final class BreakerDefects {
  private BreakerDefects() {}

  /** BRK-01. */
  static final class NeverOpens extends AgentDefect {
    @Override
    CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
      return new CircuitBreaker(
          false, options.breakerThreshold(), options.breakerPause(), System::nanoTime);
    }
  }

  /** BRK-02: what comes while it is open waits, and is swapped when the pause is over. */
  static final class QueuesWhileOpen extends AgentDefect {
    @Override
    CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
      return new Own(config, options) {
        @Override
        void enter() throws Refusal {
          while (true) {
            try {
              super.enter();
              return;
            } catch (Refusal e) {
              pause();
            }
          }
        }
      };
    }

    private static void pause() {
      try {
        TimeUnit.MILLISECONDS.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** BRK-03. */
  static final class OpenForEver extends AgentDefect {
    @Override
    CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
      return new CircuitBreaker(config.circuitBreaker(), options.breakerThreshold(),
          Duration.ofDays(1), System::nanoTime);
    }
  }

  /** BRK-04. */
  static final class ClosesOnFailure extends AgentDefect {
    @Override
    CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
      return new Own(config, options) {
        @Override
        synchronized void failure() {
          if (state() == State.HALF_OPEN) {
            success();
          } else {
            super.failure();
          }
        }
      };
    }
  }

  /** BRK-05: says that it is closed, whatever it is. */
  static final class SaysClosed extends AgentDefect {
    @Override
    CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
      return new Own(config, options) {
        @Override
        synchronized State state() {
          return State.CLOSED;
        }

        @Override
        protected void tell(State from, State to, int failures) {}
      };
    }
  }

  private static class Own extends CircuitBreaker {
    Own(ProductionConfig config, AgentOptions options) {
      super(config.circuitBreaker(), options.breakerThreshold(), options.breakerPause(),
          System::nanoTime);
    }
  }
}
