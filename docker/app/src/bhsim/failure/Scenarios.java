package bhsim.failure;

import bhsim.core.Application;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The five failure scenarios of section 9.2.5, by the document's names. */
public final class Scenarios {
  public static final List<String> NAMES = List.of("corrupt-bytecode", "invalid-changes",
      "permission-errors", "resource-exhaustion", "network-issues");

  private Scenarios() {}

  static Scenario byName(String name, Application application, Path state, Class<?> swappable)
      throws IOException {
    return switch (name) {
      case "corrupt-bytecode" -> new BadClasses(swappable, BadClasses.CORRUPT);
      case "invalid-changes" -> new BadClasses(swappable, BadClasses.INVALID);
      case "permission-errors" -> new PermissionErrors(state.resolve("permissions"));
      case "resource-exhaustion" -> new ResourceExhaustion(application);
      case "network-issues" -> new NetworkIssues();
      default -> throw new IllegalArgumentException("there is no scenario " + name);
    };
  }
}
