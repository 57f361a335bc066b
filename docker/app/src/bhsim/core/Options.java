package bhsim.core;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an application is started with: {@code --name=value}, or the environment variable
 * BHSIM_NAME.
 *
 * @param host address to bind to
 * @param port 0 for any free one
 * @param state directory of the journal and its index
 * @param workers threads that run services
 * @param drainGrace after SIGTERM: how long new connections are still taken, so that a balancer
 *     sees "not ready" first
 * @param warmUp how long the application exercises itself before it says that it is ready
 * @param rest options that the core does not know: the application's own
 */
public record Options(String host, int port, Path state, int workers, Duration drainGrace,
    Duration warmUp, Map<String, String> rest) {
  /** An option that makes no sense; the message says which and what would. */
  public static final class BadOption extends Exception {
    private static final long serialVersionUID = 1L;

    public BadOption(String message) {
      super(message);
    }
  }

  public static Options parse(String[] arguments, Map<String, String> environment)
      throws BadOption {
    Map<String, String> given = new LinkedHashMap<>();
    for (String name :
        new String[] {"host", "port", "state", "workers", "drain-grace-ms", "warm-up-ms"}) {
      String value = environment.get("BHSIM_" + name.toUpperCase().replace('-', '_'));
      if (value != null) {
        given.put(name, value);
      }
    }
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (!argument.startsWith("--") || equals < 3) {
        throw new BadOption("'" + argument + "' is not an option; options look like --port=8080");
      }
      given.put(argument.substring(2, equals), argument.substring(equals + 1));
    }
    return new Options(text(given, "host", "0.0.0.0"), number(given, "port", 8080, 65_535),
        Path.of(text(given, "state", "/state")), number(given, "workers", 8, 256),
        Duration.ofMillis(number(given, "drain-grace-ms", 1500, 20_000)),
        Duration.ofMillis(number(given, "warm-up-ms", 1000, 60_000)), given);
  }

  /** For applications that have no options of their own. */
  public Options nothingElse() throws BadOption {
    if (!rest.isEmpty()) {
      throw new BadOption("--" + rest.keySet().iterator().next()
          + " is not an option here; there are --host, --port,"
          + " --state, --workers, --drain-grace-ms and --warm-up-ms");
    }
    return this;
  }

  private static String text(Map<String, String> given, String name, String otherwise) {
    String value = given.remove(name);
    return value == null ? otherwise : value;
  }

  private static int number(Map<String, String> given, String name, int otherwise, int most)
      throws BadOption {
    String value = given.remove(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("[0-9]{1,9}") || Integer.parseInt(value) > most) {
      throw new BadOption(
          "--" + name + "=" + value + ": a number from 0 to " + most + " is expected");
    }
    return Integer.parseInt(value);
  }
}
