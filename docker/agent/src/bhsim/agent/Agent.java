package bhsim.agent;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.management.ManagementFactory;
import java.net.URI;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * The reference agent: swaps changed classes of a running application, as production-config.yml
 * says. Its parts, in the order in which a change meets them: {@link Watcher}, {@link Inbox},
 * {@link SwapPipeline} with {@link ClassReader} and
 * {@link Redefiner}, {@link AuditLog}; beside them {@link CircuitBreaker} and {@link
 * HealthMonitor}.
 *
 * <p>The methods called new make the parts; an agent that does something otherwise overrides one.
 */
public class Agent {
  private static final int CONFIGURATION_ERROR = 3;
  private static final String MBEAN = "bhsim.agent:type=HotSwap";

  /** Called by the JVM before the application's main. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    new Agent().start(arguments, instrumentation);
  }

  /**
   * Starts everything, or says on stderr what is wrong and ends the JVM: half a configuration is
   * none.
   */
  protected final void start(String arguments, Instrumentation instrumentation) {
    try {
      ProductionConfig config = ProductionConfig.load(System.getProperty("bhconfig"));
      AgentOptions options = AgentOptions.parse(arguments);
      tell(config, options);
      assemble(config, options, instrumentation);
    } catch (ConfigReader.BadConfig | IllegalArgumentException e) {
      refuse(e.getMessage());
    } catch (IOException | JMException e) {
      refuse("cannot start: " + e);
    }
  }

  private static void refuse(String reason) {
    System.err.println("bhsim-agent: " + reason);
    System.err.println(
        "bhsim-agent: the application is not started: it would run with another configuration than"
        + " it was given");
    System.exit(CONFIGURATION_ERROR);
  }

  private static void tell(ProductionConfig config, AgentOptions options) {
    AgentLog.info("configuration " + config.source()
        + " validation-timeout=" + config.validationTimeout().toMillis()
        + "ms redefinition-timeout=" + config.redefinitionTimeout().toMillis()
        + "ms max-concurrent-hotswaps=" + config.maxConcurrentHotswaps()
        + " metrics-enabled=" + config.metricsEnabled() + " jfr-enabled=" + config.jfrEnabled()
        + " health-check-interval=" + config.healthCheckInterval().toSeconds() + "s auto-rollback="
        + config.autoRollback() + " max-retry-attempts=" + config.maxRetryAttempts()
        + " circuit-breaker=" + config.circuitBreaker());
    if (options.health() == null) {
      AgentLog.warn(
          "not in force: health-check-interval and auto-rollback, because no health=URL was given");
    }
    if (options.audit() == null) {
      AgentLog.warn("there is no audit log, because no audit=FILE was given");
    }
  }

  private void assemble(ProductionConfig config, AgentOptions options,
      Instrumentation instrumentation) throws IOException, JMException {
    LoadedClasses loaded = new LoadedClasses(instrumentation, options);
    instrumentation.addTransformer(loaded);
    Inbox inbox = new Inbox(options);
    CircuitBreaker breaker = newBreaker(config, options);
    HotSwap counters = new HotSwap(breaker, inbox::size);
    LastGood lastGood = new LastGood();
    SwapPipeline pipeline = newPipeline(new SwapPipeline.Parts(instrumentation, config, options,
        inbox, loaded, breaker, newAuditLog(options), counters, lastGood));
    Watcher watcher = newWatcher(options, inbox);
    watcher.begin();
    if (config.metricsEnabled()) {
      ManagementFactory.getPlatformMBeanServer().registerMBean(counters, new ObjectName(MBEAN));
    }
    startThreads(config, options, counters, pipeline, watcher, lastGood, breaker);
  }

  private void startThreads(ProductionConfig config, AgentOptions options, HotSwap counters,
      SwapPipeline pipeline, Watcher watcher, LastGood lastGood, CircuitBreaker breaker) {
    Supervised.start("bhsim-agent-watch", counters, watcher::run);
    for (int i = 1; i <= config.maxConcurrentHotswaps(); i++) {
      Supervised.start("bhsim-agent-swap-" + i, counters, pipeline::run);
    }
    if (options.health() != null) {
      HealthMonitor monitor =
          newHealthMonitor(options.health(), config, lastGood, pipeline, breaker);
      Runtime.getRuntime().addShutdownHook(new Thread(monitor::shutDown, "bhsim-agent-end"));
      Supervised.start("bhsim-agent-health", counters, monitor::run);
    }
  }

  CircuitBreaker newBreaker(ProductionConfig config, AgentOptions options) {
    return new CircuitBreaker(config.circuitBreaker(), options.breakerThreshold(),
        options.breakerPause(), System::nanoTime);
  }

  HealthMonitor newHealthMonitor(URI health, ProductionConfig config, LastGood lastGood,
      SwapPipeline pipeline, CircuitBreaker breaker) {
    return new HealthMonitor(health, config, lastGood, pipeline, breaker);
  }

  SwapPipeline newPipeline(SwapPipeline.Parts parts) {
    return new SwapPipeline(parts);
  }

  Watcher newWatcher(AgentOptions options, Inbox inbox) {
    return new Watcher(options.watch(), inbox);
  }

  AuditLog newAuditLog(AgentOptions options) throws IOException {
    return new AuditLog(options.audit());
  }
}
