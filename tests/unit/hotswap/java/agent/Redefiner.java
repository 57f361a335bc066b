import java.io.PrintStream;
import java.lang.instrument.ClassDefinition;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Redefines classes as a list of lines says: {@code <class> <file>}. For each it prints what the
 * JVM threw, or "none", then what the class says afterwards: "-" when it says nothing, the class of
 * what it throws when it does.
 */
public final class Redefiner {
  private static Instrumentation instrumentation;

  private Redefiner() {}

  public static void premain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] words = line.split(" ");
      Class<?> type = Class.forName(words[0]);
      String thrown = "none";
      try {
        instrumentation.redefineClasses(
            new ClassDefinition(type, Files.readAllBytes(Path.of(words[1]))));
      } catch (Exception | LinkageError refusal) {
        thrown = refusal.getClass().getName() + "\t"
            + String.valueOf(refusal.getMessage()).replace('\n', ' ').replace('\t', ' ');
      }
      out.println(thrown);
      out.println(says(type));
    }
  }

  private static String says(Class<?> type) throws ReflectiveOperationException {
    if (!Supplier.class.isAssignableFrom(type)) {
      return "-";
    }
    try {
      return String.valueOf(((Supplier<?>) type.getConstructor().newInstance()).get());
    } catch (RuntimeException thrown) {
      return thrown.getClass().getName();
    }
  }
}
