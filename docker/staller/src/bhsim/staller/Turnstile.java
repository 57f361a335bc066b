package bhsim.staller;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.concurrent.TimeUnit;

/**
 * What every redefinition of an application's class passes, on the thread of the agent that makes
 * it. A line "CLASS MILLISECONDS" in the file of holds keeps those of that class waiting so long
 * each, or with 0 for as long as the line stands there. Safe for use by any thread.
 *
 * <p>The JVM keeps two redefinitions of one class apart by itself, and lets those of different
 * classes pass side by side.
 */
final class Turnstile implements ClassFileTransformer {
  private static final long LOOK_MILLIS = 5;

  private final String holds;
  private final Journal journal;

  Turnstile(Path holds, Journal journal) {
    this.holds = holds.toString();
    this.journal = journal;
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
    boolean ofTheJdk = loader == null || loader == ClassLoader.getPlatformClassLoader();
    if (redefined != null && name != null && !ofTheJdk) {
      pass(name.replace('/', '.'));
    }
    return null;
  }

  private void pass(String className) {
    long number = journal.enter(className);
    long entered = System.nanoTime();
    boolean interrupted = false;
    while (isHeld(className, System.nanoTime() - entered)) {
      try {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        // A redefinition that was begun cannot be called off.
        interrupted = true;
      }
    }
    journal.leave(number);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** By a plain stream: a channel would be closed by an interrupt. */
  private boolean isHeld(String className, long waitedNanos) {
    try (InputStream in = new FileInputStream(holds)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        String[] words = line.split(" ");
        if (words.length == 2 && words[0].equals(className)) {
          long most = Long.parseLong(words[1]);
          return most == 0 || waitedNanos < TimeUnit.MILLISECONDS.toNanos(most);
        }
      }
      return false;
    } catch (IOException | NumberFormatException e) {
      return false; // Without the file nothing is held up.
    }
  }
}
