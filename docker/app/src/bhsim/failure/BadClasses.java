package bhsim.failure;

import bhsim.core.Catalogue;
import bhsim.core.Quote;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A new version of a swappable class that is no good. It is loaded as a deployment loads it, by a
 * class loader of its own, and asked for a price; the version that serves is not touched. What an
 * agent makes of such a file is seen by bhsim's bad swaps.
 */
final class BadClasses implements Scenario {
  /** Ways to make something else of a class file. */
  interface Spoiling extends UnaryOperator<byte[]> {}

  /** Files that are no class: cut off, empty, of another kind, damaged, half written. */
  static final List<Spoiling> CORRUPT = List.of(bytes
      -> cut(bytes, bytes.length / 4),
      bytes
      -> cut(bytes, bytes.length - 1),
      bytes
      -> new byte[0],
      bytes -> with(bytes, 0, 'P'), bytes -> with(bytes, 10, 99), BadClasses::halfWritten);

  /** Classes that do not fit the application, or the JVM. */
  static final List<Spoiling> INVALID = List.of(bytes
      -> renamed(bytes, "quote", "quota"),
      bytes
      -> renamed(bytes, "PricingService", "PricingServicf"),
      bytes
      -> renamed(bytes, "bhsim/core/Discount", "bhsim/core/Discounu"),
      bytes -> with(bytes, 7, 99));

  private final String name;
  private final ClassLoader parent;
  private final byte[] original;
  private final List<Spoiling> spoilings;

  BadClasses(Class<?> swappable, List<Spoiling> spoilings) throws IOException {
    this.name = swappable.getName();
    this.parent = swappable.getClassLoader();
    this.spoilings = spoilings;
    try (InputStream in = parent.getResourceAsStream(name + ".class")) {
      if (in == null) {
        throw new IOException(name + ".class is not on the class path");
      }
      original = in.readAllBytes();
    }
  }

  @Override
  public void breakDown(int episode) throws Exception {
    use(spoilings.get(episode % spoilings.size()).apply(original));
  }

  @Override
  public void mend(int episode) throws Exception {
    use(original);
  }

  private void use(byte[] bytes) throws Exception {
    Class<?> loaded = new Loader(parent).define(name, bytes);
    Object service = loaded.getConstructor(Catalogue.class).newInstance(new Catalogue());
    try {
      Quote quote = (Quote) loaded.getMethod("quote", String.class).invoke(service, "SKU-0042");
      if (quote.cents() <= 0) {
        throw new IOException("there was no price");
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw(Exception) e.getCause();
    }
  }

  private static final class Loader extends ClassLoader {
    Loader(ClassLoader parent) {
      super(parent);
    }

    Class<?> define(String name, byte[] bytes) {
      return defineClass(name, bytes, 0, bytes.length);
    }
  }

  private static byte[] cut(byte[] bytes, int length) {
    byte[] out = new byte[length];
    System.arraycopy(bytes, 0, out, 0, length);
    return out;
  }

  private static byte[] with(byte[] bytes, int at, int value) {
    byte[] out = bytes.clone();
    out[at] = (byte) value;
    return out;
  }

  /** As long as it will be, the second half still zeros. */
  private static byte[] halfWritten(byte[] bytes) {
    byte[] out = new byte[bytes.length];
    System.arraycopy(bytes, 0, out, 0, bytes.length / 2);
    return out;
  }

  /** Replaces a text of the constant pool by one as long: a tag, two bytes of length, itself. */
  private static byte[] renamed(byte[] bytes, String before, String after) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.replace(constant(before), constant(after)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String constant(String text) {
    return "\u0001" + (char) (text.length() >> 8) + (char) (text.length() & 0xFF) + text;
  }
}
