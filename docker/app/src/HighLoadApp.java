import bhsim.core.Application;
import bhsim.core.Launch;
import bhsim.core.Options;
import bhsim.work.OwnLoad;

/**
 * Section 9.2.2: the order system at a high rate. With --threads or --rps it makes that load
 * itself; without, clients do.
 */
public final class HighLoadApp {
  private static final String NAME = "HighLoadApp";
  private static final long REPORT_SECONDS = 10;

  private HighLoadApp() {}

  public static void main(String[] arguments) {
    Launch.main(NAME, arguments, HighLoadApp::start, "threads", "rps");
  }

  private static void start(Options options) throws Exception {
    int threads = options.number("threads", 1, 1000, 50);
    int rps = options.number("rps", 1, 100_000, 1000);
    Application application = new Application(NAME, options, new OrderServices());
    application.start();
    if (options.has("threads") || options.has("rps")) {
      new OwnLoad(application, threads, rps).start(REPORT_SECONDS);
    }
  }
}
