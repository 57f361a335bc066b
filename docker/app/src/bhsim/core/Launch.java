package bhsim.core;

/**
 * How every main begins, and what it says when it ends with an exception: exit code 2 for a bad
 * option, 1 when it could not start or could not do its work.
 */
public final class Launch {
  /** What an application does with its options; it returns when it is up, or done. */
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
    } catch (Application.NotStarted e) {
      System.err.println(name + ": cannot start: " + e.getCause());
      System.exit(1);
    } catch (Exception e) {
      // It was up: what it did then went wrong, and where says more than what.
      System.err.println(name + ": failed:");
      e.printStackTrace();
      System.exit(1);
    }
  }
}
