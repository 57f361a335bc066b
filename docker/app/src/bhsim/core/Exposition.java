package bhsim.core;

/** Prometheus' text exposition format, version 0.0.4. */
final class Exposition {
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder out = new StringBuilder(8192);

  void family(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(
        help.replace("\\", "\\\\").replace("\n", "\\n"));
    out.append("\n# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  /** @param labels names and values in turn */
  void value(String name, double value, String... labels) {
    out.append(name);
    for (int i = 0; i < labels.length; i += 2) {
      out.append(i == 0 ? '{' : ',').append(labels[i]).append("=\"");
      out.append(labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
          .append('"');
    }
    out.append(labels.length > 0 ? "} " : " ");
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      out.append((long) value);
    } else {
      out.append(value);
    }
    out.append('\n');
  }

  /** A family of one value. */
  void single(String name, String type, String help, double value) {
    family(name, type, help);
    value(name, value);
  }

  String text() {
    return out.toString();
  }
}
