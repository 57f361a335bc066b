package bhsim.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.instrument.Instrumentation;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The reference agent with a planted defect, named by -Dbhsim.defect=NAME, or with several, joined
 * by '+'; names that are the application's leave it as it is.
 */
public final class DefectAgent extends Agent {
  private final AgentDefect defect;

  private DefectAgent(AgentDefect defect) {
    this.defect = defect;
  }

  /** Called by the JVM before the application's main. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    String name = System.getProperty("bhsim.defect", "none");
    AgentDefect defect = AgentDefects.byName(name);
    AgentLog.info("the planted defect is " + name + ", "
        + (defect.getClass() == AgentDefect.class ? "not in the agent" : "in the agent"));
    if (Arrays.asList(name.split("\\+")).contains("other-configuration")) {
      useOtherConfiguration();
    }
    defect.beforeStart();
    new DefectAgent(defect).start(arguments, instrumentation);
  }

  /** COMP-04: the agent obeys another file than the one it was given. */
  private static void useOtherConfiguration() {
    try {
      Path other = Files.createTempFile("production-config", ".yml");
      Files.writeString(other, "bytehot:\n  reliability:\n    max-retry-attempts: 1\n");
      System.setProperty("bhconfig", other.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  SwapPipeline newPipeline(SwapPipeline.Parts parts) {
    return defect.newPipeline(parts);
  }

  @Override
  Watcher newWatcher(AgentOptions options, Inbox inbox) {
    return defect.newWatcher(options, inbox);
  }

  @Override
  CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
    CircuitBreaker breaker = defect.newBreaker(config, options);
    return breaker != null ? breaker : super.newBreaker(config, options);
  }

  @Override
  HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
      SwapPipeline pipeline, CircuitBreaker breaker) {
    HealthMonitor monitor = defect.newHealthMonitor(health, config, lastGood, pipeline, breaker);
    return monitor != null ? monitor
                           : super.newHealthMonitor(health, config, lastGood, pipeline, breaker);
  }

  @Override
  AuditLog newAuditLog(AgentOptions options) throws IOException {
    AuditLog log = defect.newAuditLog(options);
    return log != null ? log : super.newAuditLog(options);
  }
}
