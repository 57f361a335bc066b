package bhsim.failure;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be made of the bytes of a compiled PricingService. */
final class ClassBytes {
  /** A way to make something else of a class file. */
  interface Spoiling extends UnaryOperator<byte[]> {}

  /** Files that are no class: cut off, empty, of another kind, damaged, half written. */
  static final List<Spoiling> CORRUPT = List.of(
      cutTo(0.25), cutTo(0.99), cutTo(0), byteAt(0, 'P'), byteAt(10, 99), ClassBytes::halfWritten);

  /** Classes that no JVM takes for a new version of this one: another method, name, format. */
  static final List<Spoiling> INVALID =
      List.of(text("quote", "quota"), text("PricingService", "PricingServicf"), byteAt(7, 99));

  private static final Pattern GENERATION = Pattern.compile("bhsim-generation:[0-9]+");

  private ClassBytes() {}

  /** Another generation of the same class; its marker is a constant of the pool. */
  static byte[] generation(byte[] bytes, long generation) {
    Matcher found = GENERATION.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!found.find()) {
      throw new IllegalArgumentException("the class has no generation");
    }
    return renamed(bytes, found.group(), "bhsim-generation:" + generation);
  }

  private static Spoiling cutTo(double share) {
    return bytes -> Arrays.copyOf(bytes, (int) (bytes.length * share));
  }

  private static Spoiling byteAt(int index, int value) {
    return bytes -> {
      byte[] out = bytes.clone();
      out[index] = (byte) value;
      return out;
    };
  }

  private static Spoiling text(String before, String after) {
    return bytes -> renamed(bytes, before, after);
  }

  /** As long as it will be, the second half still zeros. */
  private static byte[] halfWritten(byte[] bytes) {
    byte[] out = new byte[bytes.length];
    System.arraycopy(bytes, 0, out, 0, bytes.length / 2);
    return out;
  }

  /** Replaces a text of the constant pool: a tag, two bytes of length, itself. */
  private static byte[] renamed(byte[] bytes, String before, String after) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.replace(constant(before), constant(after)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String constant(String text) {
    return "\u0001" + (char) (text.length() >> 8) + (char) (text.length() & 0xFF) + text;
  }
}
