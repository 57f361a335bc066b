import java.util.function.Supplier;

/** A class with one of everything that a variant changes. */
public final class Subject implements Supplier<String> {
  // Two slots each in the constant pool.
  private static final double SHARE = 0.3125;
  private long count = 123_456_789_012L;
  private int kind;

  @Override
  public String get() {
    count++;
    return "bhsim-generation:0";
  }

  /** Instructions of variable length stand before others here. */
  public int number(int of, String word) {
    switch (of) {
      case 1:
        return 10;
      case 2:
        return 20;
      case 3:
        return 30;
      default:
        break;
    }
    switch (word) {
      case "one":
        return kind;
      case "seven hundred":
        return (int) (count * SHARE);
      default:
        return -1;
    }
  }

  static Object nothing() {
    return null;
  }
}
