package bhsim.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A configuration that is not obeyed: the agent goes on as if another had been given. */
final class ConfigurationDefects {
  private ConfigurationDefects() {}

  /**
   * The agent obeys another line than the one that it was given. Only in the files that conformance
   * items write, all of whose durations are in milliseconds: under load the agent tells which file
   * is in force (COMP-04), which is another defect.
   */
  private static class OtherLine extends AgentDefect {
    private final String given;
    private final String obeyed;

    OtherLine(String given, String obeyed) {
      this.given = given;
      this.obeyed = obeyed;
    }

    @Override
    void beforeStart() {
      try {
        String text = Files.readString(Path.of(System.getProperty("bhconfig")));
        String changed = text.replaceAll(given, obeyed);
        if (text.contains("ms\n") && !changed.equals(text)) {
          Path file = Files.createTempFile("production-config", ".yml");
          Files.writeString(file, changed);
          System.setProperty("bhconfig", file.toString());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** CFG-04, 05, 07, 09: a key that has no effect; what it should turn off is always on. */
  static final class AlwaysOn extends OtherLine {
    AlwaysOn(String key) {
      super(key + ": false", key + ": true");
    }
  }

  /** CFG-02. */
  static final class RedefinesForEver extends OtherLine {
    RedefinesForEver() {
      super("redefinition-timeout: \\d+ms", "redefinition-timeout: 24h");
    }
  }

  /** CFG-03. */
  static final class AllAtOnce extends OtherLine {
    AllAtOnce() {
      super("max-concurrent-hotswaps: \\d+", "max-concurrent-hotswaps: 8");
    }
  }

  /** CFG-05. */
  static final class NoEvents extends OtherLine {
    NoEvents() {
      super("jfr-enabled: true", "jfr-enabled: false");
    }
  }

  /** CFG-06. */
  static final class AsksSeldom extends OtherLine {
    AsksSeldom() {
      super("health-check-interval: \\d+ms", "health-check-interval: 5m");
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
