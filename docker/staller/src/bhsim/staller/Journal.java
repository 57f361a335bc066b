package bhsim.staller;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What has passed, a line each, with System.nanoTime() (CLOCK_MONOTONIC, as bhsim's own clock):
 *
 * <pre>
 * bhsim-staller 1
 * enter NUMBER NANOSECONDS CLASS
 * leave NUMBER NANOSECONDS
 * asked NANOSECONDS
 * </pre>
 *
 * Lines of the same moment may stand in any order. Safe for use by any thread.
 */
final class Journal {
  private final OutputStream out;
  private final AtomicLong entered = new AtomicLong();

  Journal(Path file) throws IOException {
    out = new FileOutputStream(file.toFile());
    out.write("bhsim-staller 1\n".getBytes(StandardCharsets.UTF_8));
  }

  /** A redefinition begins; its number is for {@link #leave}. */
  long enter(String className) {
    long number = entered.incrementAndGet();
    write("enter " + number + " " + System.nanoTime() + " " + className);
    return number;
  }

  void leave(long number) {
    write("leave " + number + " " + System.nanoTime());
  }

  void asked() {
    write("asked " + System.nanoTime());
  }

  private synchronized void write(String line) {
    try {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // The disk is full. What is not there counts as not seen.
    }
  }
}
