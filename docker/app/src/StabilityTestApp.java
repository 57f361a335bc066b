import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.work.OwnLoad;

/**
 * Section 9.2.3: the order system for a day and longer. A customer of its own comes ten times a
 * second, whether or not there are clients, and every hour ends with a line in the log.
 */
public final class StabilityTestApp {
  private static final String NAME = "StabilityTestApp";
  private static final long REPORT_SECONDS = 3600;

  private StabilityTestApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, options -> {
      Application application = new Application(NAME, options, new OrderServices());
      application.start();
      new OwnLoad(application, 1, 10).start(REPORT_SECONDS);
    });
  }
}
