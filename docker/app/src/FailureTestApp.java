import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.core.Options;
import bhsim.failure.FailureRun;
import bhsim.failure.Scenarios;
import bhsim.work.Result;

/**
 * Section 9.2.5: the order system in trouble. With --scenario it plays that one and ends with a
 * result, exit code 0 when everything was noticed and recovered and 1 otherwise; without, it
 * serves.
 */
public final class FailureTestApp {
  private static final String NAME = "FailureTestApp";
  private static final int EPISODES = 20;

  private FailureTestApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, FailureTestApp::start, "scenario");
  }

  private static void start(Options options) throws Exception {
    String scenario = options.word("scenario", Scenarios.NAMES);
    Application application = new Application(NAME, options, new OrderServices());
    application.start();
    if (scenario != null) {
      Result result = new Result(NAME);
      boolean good = new FailureRun(application, scenario, options.state(), EPISODES)
                         .play(result, PricingService.class);
      result.print();
      application.end(good ? 0 : 1);
    }
  }
}
