package bhsim.agent;

import java.io.IOException;
import java.net.URI;

/** What a defect may do to the agent; by itself it does nothing. */
class AgentDefect {
  /** Before the agent does anything, and so before the application's main. */
  void beforeStart() {}

  SwapPipeline newPipeline(SwapPipeline.Parts parts) {
    return new SwapPipeline(parts) {
      @Override
      protected ClassReader newReader() {
        ClassReader reader = AgentDefect.this.newReader(parts);
        return reader != null ? reader : super.newReader();
      }

      @Override
      protected void beforeSwap(String className) throws InterruptedException {
        AgentDefect.this.beforeSwap(className);
      }

      @Override
      protected void afterSwap(String className) throws InterruptedException {
        AgentDefect.this.afterSwap(className);
      }
    };
  }

  /** Null: the agent's own. */
  ClassReader newReader(SwapPipeline.Parts parts) {
    return null;
  }

  Watcher newWatcher(AgentOptions options, Inbox inbox) {
    return new Watcher(options.watch(), inbox) {
      @Override
      protected boolean deliver(Inbox.Change change) {
        return passes(change) ? super.deliver(change) : true;
      }
    };
  }

  /** Null: the agent's own. */
  CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
    return null;
  }

  /** Null: the agent's own. */
  HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
      SwapPipeline pipeline, CircuitBreaker breaker) {
    return null;
  }

  /** Null: the agent's own. */
  AuditLog newAuditLog(AgentOptions options) throws IOException {
    return null;
  }

  /** False loses the change. */
  boolean passes(Inbox.Change change) {
    return true;
  }

  void beforeSwap(String className) throws InterruptedException {}

  void afterSwap(String className) throws InterruptedException {}
}
