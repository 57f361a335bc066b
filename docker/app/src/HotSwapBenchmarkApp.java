import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.core.Log;
import bhsim.work.SwapWatch;

/**
 * Section 9.2.1: the order system, which says of every new version of a class when it served first.
 */
public final class HotSwapBenchmarkApp {
  private static final String NAME = "HotSwapBenchmarkApp";

  private HotSwapBenchmarkApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, options -> {
      SwapWatch watch = new SwapWatch(new OrderServices(), new Log("bhsim.swaps"));
      Application application = new Application(NAME, options, watch);
      application.start();
      watch.start(application);
    });
  }
}
