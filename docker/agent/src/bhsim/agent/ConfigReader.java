package bhsim.agent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads as much YAML as production-config.yml needs: nested mappings of scalars, indented by
 * spaces, with comments. Whatever it does not understand it refuses, with line and column: a key
 * that is silently ignored is the worst configuration error.
 */
final class ConfigReader {
  /** The text is not such a file; the message begins with file:line:column. */
  static final class BadConfig extends Exception {
    private static final long serialVersionUID = 1L;

    BadConfig(String message) {
      super(message);
    }
  }

  /**
   * One scalar.
   *
   * @param key with the keys above it: "bytehot.performance.validation-timeout"
   * @param place file:line:column of the value
   */
  record Entry(String key, String value, String place) {}

  private record Level(int indent, String path) {}

  private final String file;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final Deque<Level> levels = new ArrayDeque<>();
  private String openKey;
  private String openPlace;

  private ConfigReader(String file) {
    this.file = file;
  }

  static List<Entry> read(String file, String text) throws BadConfig {
    ConfigReader reader = new ConfigReader(file);
    String[] lines = text.split("\r?\n", -1);
    for (int i = 0; i < lines.length; i++) {
      reader.line(lines[i], i + 1);
    }
    reader.closeOpenKey();
    return reader.entries;
  }

  private void line(String raw, int number) throws BadConfig {
    String line = withoutComment(raw);
    if (line.isBlank() || (number == 1 && line.strip().equals("---"))) {
      return;
    }
    int indent = 0;
    while (line.charAt(indent) == ' ') {
      indent++;
    }
    if (line.charAt(indent) == '\t') {
      throw bad(number, indent + 1, "a tab; YAML is indented by spaces");
    }
    int colon = line.indexOf(':');
    boolean hasKey =
        colon > indent && (colon + 1 == line.length() || line.charAt(colon + 1) == ' ');
    if (!hasKey) {
      throw bad(number, indent + 1, "'key: value' is expected");
    }
    String key = line.substring(indent, colon).strip();
    if (!key.matches("[A-Za-z0-9_.-]+")) {
      throw bad(number, indent + 1, "'" + key + "' is not a key");
    }
    String path = enter(key, indent, number);
    String value = line.substring(colon + 1).strip();
    if (value.isEmpty()) {
      openKey = path;
      openPlace = place(number, indent + 1);
      levels.push(new Level(indent, path));
      return;
    }
    int column = line.indexOf(value, colon + 1) + 1;
    entries.add(new Entry(path, unquoted(value, number, column), place(number, column)));
    levels.push(new Level(indent, null));
  }

  /**
   * Finds the mapping that a line of this indentation belongs to, and gives back the whole path of
   * its key.
   */
  private String enter(String key, int indent, int number) throws BadConfig {
    boolean deeper = !levels.isEmpty() && indent > levels.peek().indent;
    if (deeper && levels.peek().path == null) {
      throw bad(number, indent + 1, "indented below a value");
    }
    if (deeper) {
      openKey = null;
    } else {
      closeOpenKey();
      boolean aligned = levels.isEmpty() && indent == 0;
      while (!levels.isEmpty() && levels.peek().indent >= indent) {
        aligned = levels.pop().indent == indent;
      }
      if (!aligned) {
        throw bad(number, indent + 1, "this indentation belongs to nothing above");
      }
    }
    String path = levels.isEmpty() ? key : levels.peek().path + "." + key;
    if (!seen.add(path)) {
      throw bad(number, indent + 1, "the key " + path + " appears twice");
    }
    return path;
  }

  private void closeOpenKey() throws BadConfig {
    if (openKey != null) {
      throw new BadConfig(openPlace + ": the key " + openKey + " has no value");
    }
  }

  private String unquoted(String value, int number, int column) throws BadConfig {
    char first = value.charAt(0);
    if (first == '"' || first == '\'') {
      if (value.length() < 2 || value.charAt(value.length() - 1) != first) {
        throw bad(number, column, "a quote is not closed");
      }
      return value.substring(1, value.length() - 1);
    }
    if ("[{&*!|>%@`-".indexOf(first) >= 0 && !value.matches("-?[0-9].*")) {
      throw bad(number, column, "only plain values are understood here");
    }
    return value;
  }

  private static String withoutComment(String line) {
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '#' && (i == 0 || line.charAt(i - 1) == ' ')) {
        return line.substring(0, i);
      }
    }
    return line;
  }

  private BadConfig bad(int line, int column, String message) {
    return new BadConfig(place(line, column) + ": " + message);
  }

  private String place(int line, int column) {
    return file + ":" + line + ":" + column;
  }
}
