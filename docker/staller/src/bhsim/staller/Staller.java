package bhsim.staller;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;

/**
 * A second agent beside the one under test, whichever that is: holds up redefinitions of classes as
 * it is told ({@link Turnstile}), notes those that pass ({@link Journal}), and may answer in the
 * application's place when somebody asks for its health ({@link HealthDesk}). It changes no class
 * and prints nothing.
 *
 * <p>{@code -javaagent:bhsim-staller.jar=STEM[,PORT]}: the journal is STEM.journal, what is to be
 * held up stands in STEM.holds.
 */
public final class Staller {
  private Staller() {}

  /** Called by the JVM before the application's main. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    try {
      String[] words = arguments.split(",");
      // First what may fail: a journal tells that all is in force.
      HealthDesk desk = words.length > 1 ? new HealthDesk(Integer.parseInt(words[1])) : null;
      Journal journal = new Journal(Path.of(words[0] + ".journal"));
      if (desk != null) {
        desk.open(journal);
      }
      // Able to retransform: only such a transformer is called whichever of its two ways an agent
      // takes to change a class.
      instrumentation.addTransformer(new Turnstile(Path.of(words[0] + ".holds"), journal), true);
    } catch (IOException | RuntimeException e) {
      // The application goes on without. bhsim finds no journal, and says so.
      System.err.println("bhsim-staller: not in force: " + e.getMessage());
    }
  }
}
