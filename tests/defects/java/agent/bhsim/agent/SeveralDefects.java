package bhsim.agent;

import java.io.IOException;
import java.net.URI;
import java.util.List;

/** Defects that are in the agent together, each as it is alone. */
final class SeveralDefects extends AgentDefect {
  private final List<AgentDefect> all;

  SeveralDefects(List<AgentDefect> all) {
    this.all = all;
  }

  @Override
  void beforeStart() {
    all.forEach(AgentDefect::beforeStart);
  }

  @Override
  ClassReader newReader(SwapPipeline.Parts parts) {
    ClassReader found = null;
    for (AgentDefect defect : all) {
      found = theOnly(found, defect.newReader(parts));
    }
    return found;
  }

  @Override
  CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
    CircuitBreaker found = null;
    for (AgentDefect defect : all) {
      found = theOnly(found, defect.newBreaker(config, options));
    }
    return found;
  }

  @Override
  HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
      SwapPipeline pipeline, CircuitBreaker breaker) {
    HealthMonitor found = null;
    for (AgentDefect defect : all) {
      found = theOnly(found, defect.newHealthMonitor(health, config, lastGood, pipeline, breaker));
    }
    return found;
  }

  @Override
  AuditLog newAuditLog(AgentOptions options) throws IOException {
    AuditLog found = null;
    for (AgentDefect defect : all) {
      found = theOnly(found, defect.newAuditLog(options));
    }
    return found;
  }

  @Override
  boolean passes(Inbox.Change change) {
    boolean passes = true;
    for (AgentDefect defect : all) {
      passes &= defect.passes(change);
    }
    return passes;
  }

  @Override
  void beforeSwap(String className) throws InterruptedException {
    for (AgentDefect defect : all) {
      defect.beforeSwap(className);
    }
  }

  @Override
  void afterSwap(String className) throws InterruptedException {
    for (AgentDefect defect : all) {
      defect.afterSwap(className);
    }
  }

  /** Of a thing of which there is one, two defects would each want another. */
  private static <T> T theOnly(T found, T more) {
    if (found != null && more != null) {
      throw new IllegalArgumentException("two of the defects cannot be there together: "
          + found.getClass().getName() + ", " + more.getClass().getName());
    }
    return found != null ? found : more;
  }
}
