package bhsim.agent;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What the agent is told beside production-config.yml: {@code
 * -javaagent:bhsim-agent.jar=name=value,name=value}.
 *
 * @param watch directories, watched with everything below; also -Dbhsim.watch.paths=A,B
 * @param allow classes that may be swapped; empty: every class of the application. Also
 *     -Dbhsim.swap.allow=A:B
 * @param groups classes that are swapped in one step when they arrive together. Also
 *     -Dbhsim.swap.groups=A+B:C+D
 * @param audit the audit log, or null; also -Dbhsim.audit=FILE
 * @param health where the application tells whether it is well, or null; also -Dbhsim.health=URL
 * @param breakerThreshold failures in a row that open the circuit breaker; also
 *     -Dbhsim.breaker=FAILURES:SECONDS
 * @param breakerPause how long it stays open before it lets one trial through
 */
record AgentOptions(List<Path> watch, Set<String> allow, List<Set<String>> groups, Path audit,
    URI health, int breakerThreshold, Duration breakerPause) {
  static AgentOptions parse(String arguments) throws ConfigReader.BadConfig {
    List<Path> watch = new ArrayList<>();
    String allow = System.getProperty("bhsim.swap.allow", "");
    String groups = System.getProperty("bhsim.swap.groups", "");
    String audit = System.getProperty("bhsim.audit", "");
    String health = System.getProperty("bhsim.health", "");
    String breaker = System.getProperty("bhsim.breaker", "5:30");
    for (String pair :
        arguments == null || arguments.isEmpty() ? new String[0] : arguments.split(",")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = pair.substring(equals + 1);
      switch (name) {
        case "watch" -> split(value, ":").forEach(path -> watch.add(Path.of(path)));
        case "allow" -> allow = value;
        case "groups" -> groups = value;
        case "audit" -> audit = value;
        case "health" -> health = value;
        case "breaker" -> breaker = value;
        default -> throw new ConfigReader.BadConfig("the agent's argument '" + pair
            + "' is unknown; there are watch, allow, groups, audit, health and breaker");
      }
    }
    String property = System.getProperty("bhsim.watch.paths");
    if (property != null) {
      watch.clear();
      split(property, ",").forEach(path -> watch.add(Path.of(path)));
    }
    if (watch.isEmpty()) {
      throw new ConfigReader.BadConfig(
          "nothing to watch; give the agent watch=DIRECTORY, or -Dbhsim.watch.paths");
    }
    if (!breaker.matches("[1-9][0-9]{0,3}:[1-9][0-9]{0,4}")) {
      throw new ConfigReader.BadConfig("breaker=" + breaker + " is not FAILURES:SECONDS");
    }
    List<Set<String>> sets = new ArrayList<>();
    split(groups, ":").forEach(group -> sets.add(Set.copyOf(split(group, "+"))));
    String[] parts = breaker.split(":");
    Set<String> allowed = Set.copyOf(split(allow, ":"));
    return new AgentOptions(List.copyOf(watch), allowed, sets,
        audit.isEmpty() ? null : Path.of(audit), health.isEmpty() ? null : URI.create(health),
        Integer.parseInt(parts[0]), Duration.ofSeconds(Integer.parseInt(parts[1])));
      }

      boolean allows(String className) {
        return allow.isEmpty() || allow.contains(className);
      }

      /**
       * The classes that belong together with this one, itself included; just itself when there are
       * none.
       */
      Set<String> groupOf(String className) {
        for (Set<String> group : groups) {
          if (group.contains(className)) {
            return group;
          }
        }
        return Set.of(className);
      }

      private static List<String> split(String text, String separator) {
        List<String> parts = new ArrayList<>();
        for (String part : text.split(Pattern.quote(separator))) {
          if (!part.isBlank()) {
            parts.add(part.strip());
          }
        }
        return parts;
      }
    }
