package bhsim.test;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A test program without a framework: cases by name, each told as it ends, exit code 1 when one
 * failed.
 */
public final class Cases {
  /** One case; it fails by throwing. */
  @FunctionalInterface
  public interface Case {
    void run() throws Exception;
  }

  private static final long DEADLINE_NANOS = 20_000_000_000L;

  private final Map<String, Case> cases = new LinkedHashMap<>();

  /** The name says situation and outcome: "TornTail_IsCutOff". */
  public Cases add(String name, Case what) {
    if (cases.put(name, what) != null) {
      throw new IllegalArgumentException("there are two cases called " + name);
    }
    return this;
  }

  /** Runs all cases, or those whose name contains the first argument, and ends the JVM. */
  public void runAndExit(String[] arguments) {
    int failed = 0;
    int run = 0;
    for (Map.Entry<String, Case> one : cases.entrySet()) {
      if (arguments.length > 0 && !one.getKey().contains(arguments[0])) {
        continue;
      }
      run++;
      try {
        one.getValue().run();
        System.out.println("ok    " + one.getKey());
      } catch (Throwable e) {
        failed++;
        System.out.println("FAIL  " + one.getKey());
        e.printStackTrace(System.out);
      }
    }
    System.out.println(run - failed + " of " + run + " cases passed");
    System.exit(failed > 0 || run == 0 ? 1 : 0);
  }

  public static void expectEqual(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("expected " + expected + ", got " + actual);
    }
  }

  public static void expect(boolean condition, String what) {
    if (!condition) {
      throw new AssertionError(what);
    }
  }

  public static void expectContains(String part, String whole) {
    expect(whole.contains(part), "'" + part + "' is not in: " + whole);
  }

  /** Waits until the condition holds; the deadline only ends a test that would never end. */
  public static void eventually(String what, BooleanSupplier condition)
      throws InterruptedException {
    eventually(() -> what, condition);
  }

  /** With a text that is made only when it is needed. */
  public static void eventually(Supplier<String> what, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end >= 0) {
        throw new AssertionError("never came true: " + what.get());
      }
      Thread.sleep(5);
    }
  }
}
