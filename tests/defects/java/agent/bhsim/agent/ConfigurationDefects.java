package bhsim.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A configuration that is not obeyed: the agent goes on as if another had been given. */
final class ConfigurationDefects {
  private ConfigurationDefects() {}

  /** CFG-04, CFG-07, CFG-09: a key that has no effect; what it should turn off is always on. */
  static final class AlwaysOn extends AgentDefect {
    private final String key;

    AlwaysOn(String key) {
      this.key = key;
    }

    @Override
    void beforeStart() {
      try {
        String given = Files.readString(Path.of(System.getProperty("bhconfig")));
        String obeyed = given.replace(key + ": false", key + ": true");
        if (!obeyed.equals(given)) {
          Path file = Files.createTempFile("production-config", ".yml");
          Files.writeString(file, obeyed);
          System.setProperty("bhconfig", file.toString());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Another configuration for what reads class files. */
  private abstract static class ReadsOtherwise extends AgentDefect {
    abstract Duration limit(ProductionConfig given);

    abstract int attempts(ProductionConfig given);

    @Override
    ClassReader newReader(SwapPipeline.Parts parts) {
      ProductionConfig given = parts.config();
      return new ClassReader(
          new ProductionConfig(given.source(), limit(given), given.redefinitionTimeout(),
              given.maxConcurrentHotswaps(), given.metricsEnabled(), given.jfrEnabled(),
              given.healthCheckInterval(), given.autoRollback(), attempts(given),
              given.circuitBreaker()),
          parts.counters());
    }
  }

  /** CFG-01. */
  static final class ReadsForEver extends ReadsOtherwise {
    @Override
    Duration limit(ProductionConfig given) {
      return Duration.ofDays(1);
    }

    @Override
    int attempts(ProductionConfig given) {
      return given.maxRetryAttempts();
    }
  }

  /** CFG-08. */
  static final class NeverRetries extends ReadsOtherwise {
    @Override
    Duration limit(ProductionConfig given) {
      return given.validationTimeout();
    }

    @Override
    int attempts(ProductionConfig given) {
      return 1;
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
