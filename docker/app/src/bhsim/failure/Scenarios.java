package bhsim.failure;

import bhsim.core.Application;
import bhsim.core.ProcessMetrics;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The five failure scenarios of section 9.2.5, by the document's names. */
public final class Scenarios {
  public static final List<String> NAMES = List.of("corrupt-bytecode", "invalid-changes",
      "permission-errors", "resource-exhaustion", "network-issues");

  private Scenarios() {}

  static Scenario byName(String name, Application application, Path state, Class<?> swappable)
      throws IOException {
    return switch (name) {
      case "corrupt-bytecode" -> ofClasses(application, swappable, ClassBytes.CORRUPT);
      case "invalid-changes" -> ofClasses(application, swappable, ClassBytes.INVALID);
      case "permission-errors" -> new PermissionErrors(state.resolve("permissions"));
      case "resource-exhaustion" -> 
          new ResourceExhaustion(application, state.resolve("app-resource-exhaustion.log"));
      case "network-issues" -> new NetworkIssues();
      default -> throw new IllegalArgumentException("there is no scenario " + name);
    };
  }

  /**
   * With an agent, and a folder before the one that holds the application on the class path, the
   * agent swaps; otherwise the classes are loaded beside those that serve.
   */
  private static Scenario ofClasses(Application application, Class<?> swappable,
      List<ClassBytes.Spoiling> spoilings) throws IOException {
    List<Path> folders = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                             .map(Path::of)
                             .filter(Files::isDirectory)
                             .toList();
    String name = swappable.getName();
    // The last one: those before may hold versions that were swapped in.
    Path home = folders.stream()
                    .filter(folder -> Files.exists(folder.resolve(name + ".class")))
                    .reduce((first, second) -> second)
                    .orElseThrow(() -> new IOException(name + ".class is not on the class path"));
    byte[] original = Files.readAllBytes(home.resolve(name + ".class"));
    if (ProcessMetrics.hasAgent() && !folders.get(0).equals(home)) {
      return new BadSwaps(application, folders.get(0), name, original, spoilings);
    }
    return new BadClasses(swappable, original, spoilings);
  }
}
