package bhsim.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The nine keys of production-config.yml; what the file leaves out has the document's value.
 *
 * @param source "file=PATH sha256=HEX", or that there is none
 * @param validationTimeout most time for reading and checking a class file
 * @param redefinitionTimeout after it a redefinition is told as failed, whatever becomes of it
 * @param maxConcurrentHotswaps more than these wait
 * @param maxRetryAttempts attempts in all, for transient errors; 0 and 1 both mean a single one
 */
record ProductionConfig(String source, Duration validationTimeout, Duration redefinitionTimeout,
    int maxConcurrentHotswaps, boolean metricsEnabled, boolean jfrEnabled,
    Duration healthCheckInterval, boolean autoRollback, int maxRetryAttempts,
    boolean circuitBreaker) {
  private static final String ROOT = "bytehot.";
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,7})(ms|s|m|h)");
  private static final Map<String, String> DEFAULTS = Map.of("performance.validation-timeout", "5s",
      "performance.redefinition-timeout", "10s", "performance.max-concurrent-hotswaps", "1",
      "monitoring.metrics-enabled", "true", "monitoring.jfr-enabled", "true",
      "monitoring.health-check-interval", "30s", "reliability.auto-rollback", "true",
      "reliability.max-retry-attempts", "3", "reliability.circuit-breaker", "true");

  static ProductionConfig load(String file) throws ConfigReader.BadConfig {
    if (file == null) {
      return parse("none (-Dbhconfig is not set): defaults", "", "");
    }
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(Path.of(file));
    } catch (IOException e) {
      throw new ConfigReader.BadConfig(file + ": cannot be read: " + e);
    }
    String source = "file=" + file + " sha256=" + Sha256.of(bytes);
    return parse(source, file, new String(bytes, StandardCharsets.UTF_8));
  }

  static ProductionConfig parse(String source, String file, String text)
      throws ConfigReader.BadConfig {
    Map<String, ConfigReader.Entry> given = new TreeMap<>();
    List<ConfigReader.Entry> entries = ConfigReader.read(file, text);
    for (ConfigReader.Entry entry : entries) {
      String key = entry.key().startsWith(ROOT) ? entry.key().substring(ROOT.length()) : "";
      if (!DEFAULTS.containsKey(key)) {
        throw new ConfigReader.BadConfig(entry.place() + ": unknown key " + entry.key()
            + "; known are, below bytehot: " + String.join(", ", new TreeMap<>(DEFAULTS).keySet()));
      }
      given.put(key, entry);
    }
    Values values = new Values(given);
    return new ProductionConfig(source, values.duration("performance.validation-timeout"),
        values.duration("performance.redefinition-timeout"),
        values.number("performance.max-concurrent-hotswaps", 1, 64),
        values.flag("monitoring.metrics-enabled"), values.flag("monitoring.jfr-enabled"),
        values.duration("monitoring.health-check-interval"),
        values.flag("reliability.auto-rollback"),
        values.number("reliability.max-retry-attempts", 0, 100),
        values.flag("reliability.circuit-breaker"));
  }

  /** Typed access; every complaint says where the value stands and what would be right. */
  private record Values(Map<String, ConfigReader.Entry> given) {
    private ConfigReader.Entry entry(String key) {
      ConfigReader.Entry entry = given.get(key);
      return entry != null ? entry : new ConfigReader.Entry(key, DEFAULTS.get(key), "default");
    }

    private ConfigReader.BadConfig bad(ConfigReader.Entry entry, String expected) {
      return new ConfigReader.BadConfig(
          entry.place() + ": " + entry.key() + ": '" + entry.value() + "' is not " + expected);
    }

    Duration duration(String key) throws ConfigReader.BadConfig {
      ConfigReader.Entry entry = entry(key);
      Matcher matcher = DURATION.matcher(entry.value());
      if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
        throw bad(entry, "a duration like 500ms, 5s, 2m or 1h");
      }
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(amount);
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }

    int number(String key, int least, int most) throws ConfigReader.BadConfig {
      ConfigReader.Entry entry = entry(key);
      int value = entry.value().matches("[0-9]{1,6}") ? Integer.parseInt(entry.value()) :
          -1;
          if (value < least || value > most) {
            throw bad(entry, "a whole number from " + least + " to " + most);
          }
          return value;
      }

      boolean flag(String key) throws ConfigReader.BadConfig {
        ConfigReader.Entry entry = entry(key);
        if (!entry.value().equals("true") && !entry.value().equals("false")) {
          throw bad(entry, "true or false");
        }
        return entry.value().equals("true");
      }
    }
  }
