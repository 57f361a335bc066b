package bhsim.test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/** New versions of compiled classes, and how they reach the directory that an agent watches. */
public final class Deployment {
  private static final String MARKER = "bhsim-generation:";

  private final Path original;

  /** @param original folder of the application's class files, all of generation 0 */
  public Deployment(Path original) {
    this.original = original;
  }

  public static String fileOf(String className) {
    return className.replace('.', '/') + ".class";
  }

  public byte[] original(String className) throws IOException {
    return Files.readAllBytes(original.resolve(fileOf(className)));
  }

  public byte[] version(String className, int generation) throws IOException {
    return replaceText(original(className), MARKER + 0, MARKER + generation);
  }

  /** Replaces a text of the constant pool: a tag, its length in two bytes, itself (JVMS 4.4.7). */
  public static byte[] replaceText(byte[] bytes, String before, String after) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Cases.expect(text.contains(constant(before)), "the class has no constant " + before);
    return text.replace(constant(before), constant(after)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String constant(String text) {
    return "\u0001" + (char) (text.length() >> 8) + (char) (text.length() & 0xFF) + text;
  }

  /** As deployments do it: staged under a hidden name, renamed into place, touched. */
  public static void deliver(Path classes, String className, byte[] bytes) throws IOException {
    Path file = classes.resolve(fileOf(className));
    Files.createDirectories(file.getParent());
    Path staged = file.resolveSibling(".staged");
    Files.write(staged, bytes);
    Files.move(staged, file, StandardCopyOption.ATOMIC_MOVE);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
  }

  /**
   * The generation of PricingService that a price is made by, or the status where there is no
   * price.
   */
  public static String pricingVersion(int port) throws IOException {
    String answer = Wire.ask(port, "GET", "/api/quote/SKU-0042", "");
    String header = "X-Version-PricingService: ";
    int at = answer.indexOf(header);
    return at < 0 ? answer.substring(9, 12)
                  : answer.substring(at + header.length(), answer.indexOf('\r', at));
  }

  /** One value of the application's metrics. */
  public static double metric(int port, String name) throws IOException {
    for (String line : Wire.ask(port, "GET", "/metrics", "").split("\n")) {
      if (line.startsWith(name + " ")) {
        return Double.parseDouble(line.substring(name.length() + 1));
      }
    }
    throw new AssertionError("there is no metric " + name);
  }
}
