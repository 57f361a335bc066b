package bhsim.core;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an application is started with: {@code --name=value}, or for those that every application
 * has the environment variable BHSIM_NAME.
 *
 * @param host address to bind to
 * @param port 0 for any free one
 * @param state directory of the journal and its index
 * @param workers threads that run services
 * @param drainGrace after SIGTERM: how long new connections are still taken, so that a balancer
 *     sees "not ready" first
 * @param warmUp how long the application exercises itself before it says that it is ready
 * @param own the application's own options, as given; an empty value for one without '='
 */
public record Options(String host, int port, Path state, int workers, Duration drainGrace,
    Duration warmUp, Map<String, String> own) {
  private static final List<String> COMMON =
      List.of("host", "port", "state", "workers", "drain-grace-ms", "warm-up-ms");
  private static final Path STATE_OF_THE_IMAGE = Path.of("/state");

  /** An option that makes no sense; the message says which and what would. */
  public static final class BadOption extends Exception {
    private static final long serialVersionUID = 1L;

    public BadOption(String message) {
      super(message);
    }
  }

  /** @param own names of the options that this application has beside the common ones */
  public static Options parse(String[] arguments, Map<String, String> environment, String... own)
      throws BadOption {
    List<String> known = new ArrayList<>(COMMON);
    known.addAll(List.of(own));
    Map<String, String> given = new LinkedHashMap<>();
    for (String name : COMMON) {
      String value = environment.get("BHSIM_" + name.toUpperCase().replace('-', '_'));
      if (value != null) {
        given.put(name, value);
      }
    }
    for (String argument : arguments) {
      if (!argument.startsWith("--")) {
        throw new BadOption("'" + argument + "' is not an option; options look like --port=8080");
      }
      int equals = argument.indexOf('=');
      String name = argument.substring(2, equals < 0 ? argument.length() : equals);
      if (!known.contains(name)) {
        throw unknown("--" + name + " is not an option here", name, "--", known);
      }
      given.put(name, equals < 0 ? "" : argument.substring(equals + 1));
    }
    return new Options(text(given, "host", "0.0.0.0"), number(given, "port", 0, 65_535, 8080),
        Path.of(text(given, "state", usualState())), number(given, "workers", 1, 256, 8),
        Duration.ofMillis(number(given, "drain-grace-ms", 0, 20_000, 1500)),
        Duration.ofMillis(number(given, "warm-up-ms", 0, 60_000, 1000)), Map.copyOf(given));
  }

  /** Whether one of the application's own options was given. */
  public boolean has(String name) {
    return own.containsKey(name);
  }

  public boolean flag(String name) throws BadOption {
    if (!own.getOrDefault(name, "").isEmpty()) {
      throw new BadOption("--" + name + "=" + own.get(name) + ": it takes no value");
    }
    return own.containsKey(name);
  }

  public int number(String name, int least, int most, int otherwise) throws BadOption {
    return number(new LinkedHashMap<>(own), name, least, most, otherwise);
  }

  /** Such as 500ms, 600s, 10m or 24h. */
  public Duration duration(String name, Duration otherwise) throws BadOption {
    String value = own.get(name);
    if (value == null) {
      return otherwise;
    }
    if (!value.matches("[1-9][0-9]{0,5}(ms|s|m|h)")) {
      throw new BadOption("--" + name + "=" + value + ": a duration such as 600s is expected");
    }
    long count = Long.parseLong(value.replaceAll("[a-z]", ""));
    return switch (value.replaceAll("[0-9]", "")) {
      case "ms" -> Duration.ofMillis(count);
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      default -> Duration.ofHours(count);
    };
  }

  /** One of the words, or null when the option was not given. */
  public String word(String name, List<String> words) throws BadOption {
    String value = own.get(name);
    if (value != null && !words.contains(value)) {
      throw unknown("--" + name + "=" + value + ": there is none of this name", value, "", words);
    }
    return value;
  }

  private static BadOption unknown(String said, String word, String prefix, List<String> known) {
    return new BadOption(said
        + Nearest.to(word, known)
              .map(near -> "; did you mean " + prefix + near + "?")
              .orElse("; there are " + prefix + String.join(", " + prefix, known)));
  }

  /** A container has a volume there; by hand it is a folder beside whoever starts it. */
  private static String usualState() {
    boolean inside = Files.isDirectory(STATE_OF_THE_IMAGE);
    return inside ? STATE_OF_THE_IMAGE.toString() :
        "state";
    }

    private static String text(Map<String, String> given, String name, String otherwise)
        throws BadOption {
      String value = given.remove(name);
      if (value != null && value.isEmpty()) {
        throw new BadOption("--" + name + ": a value is expected");
      }
      return value == null ? otherwise : value;
    }

    private static int number(Map<String, String> given, String name, int least, int most,
        int otherwise) throws BadOption {
      String value = given.remove(name);
      if (value == null) {
        return otherwise;
      }
      if (!value.matches("[0-9]{1,9}") || Integer.parseInt(value) < least
          || Integer.parseInt(value) > most) {
        throw new BadOption("--" + name + "=" + value + ": a number from " + least + " to " + most
            + " is expected");
      }
      return Integer.parseInt(value);
    }
  }
