package bhsim.agent;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A rollback that does not come, comes late, or goes wrong. */
final class RollbackDefects {
  private RollbackDefects() {}

  /** ROLL-01. */
  static final class None extends AgentDefect {
    @Override
    HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
        SwapPipeline pipeline, CircuitBreaker breaker) {
      return new HealthMonitor(health, config, lastGood, pipeline, breaker) {
        @Override
        protected void rollBack(Map<String, LastGood.Unconfirmed> suspects) {}
      };
    }
  }

  /** ROLL-02. */
  static final class Late extends AgentDefect {
    @Override
    HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
        SwapPipeline pipeline, CircuitBreaker breaker) {
      return new HealthMonitor(health, config, lastGood, pipeline, breaker) {
        @Override
        protected void rollBack(Map<String, LastGood.Unconfirmed> suspects)
            throws InterruptedException {
          TimeUnit.NANOSECONDS.sleep(2 * config.healthCheckInterval().toNanos());
          super.rollBack(suspects);
        }
      };
    }
  }

  /** Knows every version that was in force before a swap. */
  private static class KnowsVersions extends AgentDefect {
    final Map<String, LoadedClasses.Version> first = new ConcurrentHashMap<>();
    final Map<String, LoadedClasses.Version> before = new ConcurrentHashMap<>();
    private volatile LoadedClasses loaded;

    /** Asked for by each thread that swaps, before it does. */
    @Override
    ClassReader newReader(SwapPipeline.Parts parts) {
      loaded = parts.loaded();
      return super.newReader(parts);
    }

    @Override
    void beforeSwap(String className) {
      LoadedClasses.Version inForce = loaded.inForce(className).orElseThrow();
      first.putIfAbsent(className, inForce);
      before.put(className, inForce);
    }
  }

  /** ROLL-03. */
  static final class ToTheFirst extends KnowsVersions {
    @Override
    HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
        SwapPipeline pipeline, CircuitBreaker breaker) {
      return new HealthMonitor(health, config, lastGood, pipeline, breaker) {
        @Override
        protected void rollBack(Map<String, LastGood.Unconfirmed> suspects)
            throws InterruptedException {
          for (String className : suspects.keySet()) {
            pipeline.rollBack(className, first.get(className));
            lastGood.forget(className);
          }
        }
      };
    }
  }

  /** ROLL-04: takes a change back although health is good. */
  static final class OfGoodChanges extends KnowsVersions {
    @Override
    HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
        SwapPipeline pipeline, CircuitBreaker breaker) {
      return new HealthMonitor(health, config, lastGood, pipeline, breaker) {
        @Override
        protected void confirmed(Set<String> classNames) throws InterruptedException {
          for (String className : classNames) {
            pipeline.rollBack(className, before.get(className));
          }
        }
      };
    }
  }

  /** ROLL-05: no line in the audit log. */
  static final class Silent extends AgentDefect {
    @Override
    AuditLog newAuditLog(AgentOptions options) throws IOException {
      return new AuditLog(options.audit()) {
        @Override
        synchronized void write(
            String className, String before, String after, String outcome, String reason) {
          if (!outcome.equals("rolled-back")) {
            super.write(className, before, after, outcome, reason);
          }
        }
      };
    }
  }
}
