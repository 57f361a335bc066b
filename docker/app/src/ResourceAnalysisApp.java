import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.work.OwnLoad;
import bhsim.work.ResourceLog;

/**
 * Section 9.2.6: the order system, looked at for what it uses. A customer of its own comes ten
 * times a second, whether or not there are clients, and resource-metrics.csv grows by a row every
 * ten seconds.
 */
public final class ResourceAnalysisApp {
  private static final String NAME = "ResourceAnalysisApp";
  private static final long REPORT_SECONDS = 600;

  private ResourceAnalysisApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, options -> {
      Application application = new Application(NAME, options, new OrderServices());
      application.start();
      new ResourceLog(application, options.state()).start();
      new OwnLoad(application, 1, 10).start(REPORT_SECONDS);
    });
  }
}
