package bhsim.agent;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Checks that bytes are a whole class file (JVMS chapter 4): every structure that the format counts
 * out is there, and nothing follows. What the code means is the JVM's own business; this is so that
 * half of a file never reaches it.
 */
final class ClassFile {
  /** The bytes are no class file. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean truncated;

    Malformed(String message, boolean truncated) {
      super(message, null, false, false);
      this.truncated = truncated;
    }

    /** True when the bytes end too early: perhaps somebody is still writing. */
    boolean truncated() {
      return truncated;
    }
  }

  private static final int MAGIC = 0xCAFEBABE;
  private static final int OLDEST_MAJOR = 45;
  private static final int MAJOR_OF_JAVA_1 = 44;
  private static final int UTF8 = 1;
  private static final int CLASS = 7;

  private final ByteBuffer in;
  private int[] tags;
  private int[] starts;

  private ClassFile(byte[] bytes) {
    in = ByteBuffer.wrap(bytes);
  }

  /** The class's binary name, "com.example.Thing". */
  static String nameOf(byte[] bytes) throws Malformed {
    ClassFile file = new ClassFile(bytes);
    try {
      return file.read();
    } catch (BufferUnderflowException e) {
      throw new Malformed("truncated: the class file ends after " + bytes.length + " bytes", true);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new Malformed(
          "truncated or damaged: a length reaches beyond the file's " + bytes.length + " bytes",
          true);
    }
  }

  private String read() throws Malformed {
    if (in.remaining() == 0) {
      throw new Malformed("the file is empty", true);
    }
    int magic = in.getInt();
    if (magic != MAGIC) {
      throw new Malformed(
          String.format("bad magic 0x%08X, a class file begins with 0xCAFEBABE", magic), false);
    }
    int minor = u2();
    int major = u2();
    int newest = Runtime.version().feature() + MAJOR_OF_JAVA_1;
    if (major < OLDEST_MAJOR || major > newest) {
      throw new Malformed("UnsupportedClassVersionError: class file version " + major + "." + minor
              + ", this JVM knows up to " + newest + ".0",
          false);
    }
    readConstants();
    in.getShort(); // access flags: the JVM compares them with the old ones
    String name = className(u2());
    int superClass = u2();
    if (superClass != 0) {
      className(superClass);
    }
    for (int interfaces = u2(); interfaces > 0; interfaces--) {
      className(u2());
    }
    readMembers();
    readMembers();
    readAttributes();
    if (in.hasRemaining()) {
      throw new Malformed(in.remaining() + " bytes follow the end of the class", false);
    }
    return name;
  }

  private void readConstants() throws Malformed {
    int count = u2();
    tags = new int[Math.max(count, 1)];
    starts = new int[Math.max(count, 1)];
    for (int i = 1; i < count; i++) {
      int tag = in.get() & 0xFF;
      tags[i] = tag;
      starts[i] = in.position();
      switch (tag) {
        case UTF8 -> skip(u2());
        case 3, 4, 9, 10, 11, 12, 17, 18 -> skip(4);
        case 5, 6 -> {
          skip(8);
          i++;  // JVMS 4.4.5: long and double take two places.
        }
        case CLASS, 8, 16, 19, 20 -> skip(2);
        case 15 -> skip(3);
        default -> throw new Malformed("constant " + i + " has the unknown tag " + tag, false);
      }
    }
  }

  private void readMembers() throws Malformed {
    for (int members = u2(); members > 0; members--) {
      in.getShort();
      utf8(u2());
      utf8(u2());
      readAttributes();
    }
  }

  private void readAttributes() throws Malformed {
    for (int attributes = u2(); attributes > 0; attributes--) {
      utf8(u2());
      skip(in.getInt());
    }
  }

  private String className(int index) throws Malformed {
    if (index <= 0 || index >= tags.length || tags[index] != CLASS) {
      throw new Malformed("constant " + index + " is not a class", false);
    }
    return utf8(in.getShort(starts[index]) & 0xFFFF).replace('/', '.');
  }

  /**
   * Names are ASCII nearly always; what modified UTF-8 does differently does not matter for
   * comparing them.
   */
  private String utf8(int index) throws Malformed {
    if (index <= 0 || index >= tags.length || tags[index] != UTF8) {
      throw new Malformed("constant " + index + " is not a text", false);
    }
    int length = in.getShort(starts[index]) & 0xFFFF;
    return new String(in.array(), starts[index] + 2, length, StandardCharsets.UTF_8);
  }

  private int u2() {
    return in.getShort() & 0xFFFF;
  }

  private void skip(int count) {
    if (count < 0 || count > in.remaining()) {
      throw new BufferUnderflowException();
    }
    in.position(in.position() + count);
  }
}
