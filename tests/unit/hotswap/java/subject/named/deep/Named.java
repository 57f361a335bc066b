package named.deep;

import java.util.function.Supplier;

/** In a named package, abstract parents and nested classes around it. */
public class Named extends Number implements Supplier<String> {
  private static final long serialVersionUID = 1;

  /** Makes Named the host of a nest. */
  static class Inner { int value; }

  private final transient Inner inner = new Inner();

  @Override
  public String get() {
    String version = "bhsim-generation:0";
    return inner.value == 0 ? version : "";
  }

  @Override
  public int intValue() {
    return 1;
  }

  @Override
  public long longValue() {
    return 1L;
  }

  @Override
  public float floatValue() {
    return 1F;
  }

  @Override
  public double doubleValue() {
    return 1.0;
  }
}
