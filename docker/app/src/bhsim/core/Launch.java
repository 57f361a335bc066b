package bhsim.core;

/** How every main begins: exit code 2 for a bad option, 1 when it could not start. */
public final class Launch {
  /** What an application does with its options; it returns when it is up, or does not. */
  @FunctionalInterface
  public interface Start {
    void with(Options options) throws Exception;
  }

  private Launch() {}

  /** @param own names of the options that this application has beside the common ones */
  public static void main(String name, String[] arguments, Start start, String... own) {
    try {
      start.with(Options.parse(arguments, System.getenv(), own));
    } catch (Options.BadOption e) {
      System.err.println(name + ": " + e.getMessage());
      System.exit(2);
    } catch (Exception e) {
      System.err.println(name + ": cannot start: " + e);
      System.exit(1);
    }
  }
}
