package bhsim.agent;

/** A configuration that is not obeyed: the agent goes on as if another had been given. */
final class ConfigurationDefects {
  private ConfigurationDefects() {}

  /** CFG-08. */
  static final class NeverRetries extends AgentDefect {
    @Override
    ClassReader newReader(SwapPipeline.Parts parts) {
      ProductionConfig given = parts.config();
      return new ClassReader(
          new ProductionConfig(given.source(), given.validationTimeout(),
              given.redefinitionTimeout(), given.maxConcurrentHotswaps(), given.metricsEnabled(),
              given.jfrEnabled(), given.healthCheckInterval(), given.autoRollback(), 1,
              given.circuitBreaker()),
          parts.counters());
    }
  }

  /** CFG-10: a file with a mistake counts as none, and nothing is said of it. */
  static final class IgnoresMistakes extends AgentDefect {
    @Override
    void beforeStart() {
      try {
        ProductionConfig.load(System.getProperty("bhconfig"));
      } catch (ConfigReader.BadConfig e) {
        System.clearProperty("bhconfig");
      }
    }
  }
}
