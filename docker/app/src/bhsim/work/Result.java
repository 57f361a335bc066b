package bhsim.work;

import bhsim.core.Json;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What an application that ends by itself found out: one line of JSON, in the order told. */
public final class Result {
  private final Map<String, String> fields = new LinkedHashMap<>();

  public Result(String application) {
    text("app", application);
  }

  public Result text(String name, String value) {
    fields.put(name, Json.quote(value));
    return this;
  }

  public Result number(String name, long value) {
    fields.put(name, Long.toString(value));
    return this;
  }

  /** Thousandths are enough of anything that is measured here. */
  public Result number(String name, double value) {
    fields.put(name, String.format(Locale.ROOT, "%.3f", value));
    return this;
  }

  public Result flag(String name, boolean value) {
    fields.put(name, Boolean.toString(value));
    return this;
  }

  /** On stdout, by itself on its line. */
  public void print() {
    System.out.println(this);
    System.out.flush();
  }

  @Override
  public String toString() {
    StringBuilder json = new StringBuilder("{");
    fields.forEach((name, value) -> {
      json.append(json.length() > 1 ? "," : "").append(Json.quote(name)).append(':').append(value);
    });
    return json.append('}').toString();
  }
}
